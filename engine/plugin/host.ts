import type { z } from 'zod'
import type { DurationMs } from '../catalogue/ids.ts'
import type { RunningService } from '../commands/service.ts'
import { describeFault } from '../describe-fault.ts'
import { SwitchyardError } from '../errors.ts'
import { createBrokerRetry } from './broker-retry.ts'
import { ensureDeadLetters } from './dead-letter.ts'
import { checkPlugin, type Plugin } from './definition.ts'
import { createPluginParts, type PluginPorts } from './plugin-parts.ts'
import type { PublishedSchemas } from './published.ts'
import { servePlugin } from './serve-plugin.ts'
import { withTimeLimit } from './time-limit.ts'

/** The world a plugin runs in. */
export interface HostOptions extends PluginPorts {
  /** How long `setup` may take, once the broker is there. @default 10,000 */
  readonly startTimeoutMs?: DurationMs
  /** How long events in hand may take at the end, and then `stop`. @default 5,000 each */
  readonly stopTimeoutMs?: DurationMs
}

/** The state of a plugin. `waiting`: for the broker, or for the engine's stream of events. */
export type HostState = 'waiting' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'

/** The health of a plugin, for /readyz. */
export interface HostHealth {
  readonly plugin: string
  readonly tenant: string
  readonly state: HostState
  /** Whether it runs, the broker is connected, and no part reports a fault. */
  readonly isReady: boolean
  /** What is wrong, by part. */
  readonly faults: Readonly<Record<string, string>>
}

/** A plugin that was started. */
export interface PluginHost {
  /** Resolves when it receives events and answers commands; rejects when its setup failed or it was stopped before. */
  readonly ready: Promise<void>
  health(): HostHealth
  /** Events in hand, not answered yet. */
  readonly inHand: number
  /** Stops in order: events and commands, what is in hand, repeated runs, the plugin's own `stop`. */
  stop(): Promise<void>
}

/**
 * Runs a plugin for one tenant. Returns at once; while the broker is away it
 * waits for it, at the start as later. Run it in several processes for replicas:
 * they share events, commands and stores.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID when the plugin or its options cannot be used
 */
export function runPlugin<
  O extends z.ZodType,
  S,
  I extends Record<string, z.ZodType>,
  P extends PublishedSchemas,
>(plugin: Plugin<O, S, I, P>, host: HostOptions): PluginHost {
  checkPlugin(plugin)
  // Its definition is checked; from here on only its own parts know its types.
  return start(plugin as unknown as Plugin, host)
}

function start(plugin: Plugin, host: HostOptions): PluginHost {
  const { bus, tenant, clock, startTimeoutMs = 10_000, stopTimeoutMs = 5_000 } = host
  const { name } = plugin
  const faults = new Map<string, string>()
  let own: unknown
  const parts = createPluginParts(plugin, host, { faults, state: () => own })
  const { context, log, figures, repeats, runner, stores, withState } = parts
  const broker = createBrokerRetry(clock, log, requireGoing)
  let state: HostState = 'waiting'
  let services: readonly RunningService[] = []
  let stopping: Promise<void> | undefined
  let isSetUp = false

  function requireGoing(): void {
    if (stopping !== undefined) {
      throw new SwitchyardError('SY_PLUGIN_TIMEOUT', `${name} was stopped before it had started`)
    }
  }

  async function begin(): Promise<void> {
    await broker.retry(async () => {
      await stores.open()
      await ensureDeadLetters(bus)
    })
    state = 'starting'
    own = await withTimeLimit(clock, startTimeoutMs, `the setup of ${name}`, () =>
      plugin.setup?.(context),
    )
    isSetUp = true
    requireGoing()
    services = await servePlugin(bus, tenant, plugin, withState(), {
      clock,
      log,
      newId: host.newId,
      onEnded: figures.commandEnded,
    })
    if (Object.keys(plugin.events ?? {}).length > 0) {
      await broker.retry(() => runner.start())
    }
    requireGoing()
    state = 'running'
    log.info({ instance: context.instance }, 'plugin is running')
  }

  async function end(): Promise<void> {
    const hasFailed = state === 'failed'
    state = 'stopping'
    broker.stopWaiting()
    await orderly('its start', () => began.catch(() => {}))
    await runner.stop(stopTimeoutMs)
    await orderly('its commands', async () => {
      await Promise.all(services.map((service) => service.stop()))
    })
    await orderly('its repeated runs', () => repeats.stop())
    if (isSetUp) {
      await orderly('its own stop', () => plugin.stop?.(withState()))
    }
    state = hasFailed ? 'failed' : 'stopped'
  }

  /** One shutdown step: when it fails or times out, the next one follows all the same. */
  async function orderly(what: string, run: () => Promise<void> | void): Promise<void> {
    try {
      await withTimeLimit(clock, stopTimeoutMs, what, run)
    } catch (error) {
      log.error(
        { what, ...describeFault(error) },
        'a shutdown step of the plugin failed or timed out',
      )
    }
  }

  const began = begin()
  const ready = began.catch(async (error: unknown) => {
    if (stopping === undefined) {
      log.error(describeFault(error), 'the plugin cannot start')
      state = 'failed'
      stopping = end()
      await stopping
    }
    throw error
  })
  // Those who do not wait for it read the health instead.
  ready.catch(() => {})

  return {
    ready,
    health: () => ({
      plugin: name,
      tenant,
      state,
      isReady: state === 'running' && bus.isConnected && faults.size === 0,
      faults: Object.fromEntries(faults),
    }),
    get inHand() {
      return runner.inHand
    },
    async stop() {
      stopping ??= end()
      await stopping
    },
  }
}
