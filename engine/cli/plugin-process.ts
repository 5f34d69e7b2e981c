import { randomUUID } from 'node:crypto'
import { natsOptions } from '../build-parts.ts'
import { createNatsBus } from '../bus/nats/nats.ts'
import { systemClock } from '../clock.ts'
import { type Closing, createClosing } from '../closing.ts'
import type { NatsConfig } from '../config/engine-config.ts'
import { describeFault } from '../describe-fault.ts'
import type { Logger } from '../log.ts'
import { createPluginProcessMetrics } from '../metrics/plugin-process.ts'
import { type Ops, startOps } from '../ops/ops.ts'
import type { Readiness } from '../ops/readiness.ts'
import type { HostHealth } from '../plugin/host.ts'
import type { LoadedPlugin } from '../plugin/load-plugins.ts'
import { pluginInbox } from '../plugin/nats-permissions.ts'
import { runPlugins } from '../plugin/run-plugins.ts'

/** Options of {@link startPluginProcess}. */
export interface PluginProcessOptions {
  readonly log: Logger
  readonly ops: { readonly host: string; readonly port: number }
  /** The broker for the plugins of a tenant, with their credentials. */
  readonly natsOf: (tenant: string) => NatsConfig
}

export interface PluginProcess {
  /** The port of /metrics, /healthz and /readyz. */
  readonly opsPort: number
  /** Resolves when all plugins run; rejects when one cannot start. */
  readonly ready: Promise<void>
  /** Stops in order: plugins, connections, the operations port. */
  stop(): Promise<void>
}

/**
 * Runs plugins, each on its own connection to the broker, with its own user and an
 * inbox that only it may read. While the broker is away, the plugins wait for it.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID, or SY_CONFIG_INVALID when the port is taken; then
 *   nothing is left running
 */
export async function startPluginProcess(
  plugins: readonly LoadedPlugin[],
  { log, ops, natsOf }: PluginProcessOptions,
): Promise<PluginProcess> {
  const closing = createClosing()
  try {
    return await open(plugins, { log, ops, natsOf }, closing)
  } catch (error) {
    await closing.run().catch((fault: unknown) => {
      log.error(describeFault(fault), 'a part of the process could not be closed')
    })
    throw error
  }
}

/** Starts the parts. What it opens is added to `closing`, also when it fails. */
async function open(
  plugins: readonly LoadedPlugin[],
  { log, ops: { host, port }, natsOf }: PluginProcessOptions,
  closing: Closing,
): Promise<PluginProcess> {
  const metrics = createPluginProcessMetrics()
  let ops: Ops | undefined
  closing.add(() => ops?.stop())
  closing.add(() => metrics.stop())
  const runs = plugins.map((one) => {
    const bus = createNatsBus({
      ...natsOptions(natsOf(one.tenant), log, systemClock),
      inboxPrefix: pluginInbox(one.tenant, one.plugin.name),
    })
    closing.add(() => bus.close())
    return { ...one, bus }
  })
  const running = runPlugins(runs, {
    clock: systemClock,
    log,
    newId: randomUUID,
    metrics: metrics.plugins,
  })
  closing.add(() => running.stop())
  ops = await startOps({
    host,
    port,
    portSetting: '--ops-port',
    metrics: () => metrics.text(),
    readiness: () => pluginReadiness(running.health()),
    log,
  })
  return {
    opsPort: ops.port,
    ready: running.ready,
    async stop() {
      log.info({}, 'stopping')
      await closing.run()
    },
  }
}

function pluginReadiness(
  plugins: readonly HostHealth[],
): Readiness & { readonly plugins: readonly HostHealth[] } {
  const late = plugins.filter(({ isReady }) => !isReady)
  return {
    ready: late.length === 0,
    missing: late.map(({ plugin, tenant, state, faults }) => {
      const why = Object.entries(faults).map(([part, fault]) => `${part}: ${fault}`)
      const shown = state === 'running' && why.length === 0 ? ['no connection to the broker'] : why
      return `${plugin} of ${tenant} is ${[state, ...shown].join('; ')}`
    }),
    plugins,
  }
}
