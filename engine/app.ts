import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Bus } from './bus/bus.ts'
import { createMemoryBus } from './bus/memory/memory.ts'
import { createNatsBus, type NatsBusOptions, type NatsCredentials } from './bus/nats/nats.ts'
import type { DurationMs } from './catalogue/ids.ts'
import { type Clock, systemClock } from './clock.ts'
import { type CommandService, serveCommands } from './commands/serve.ts'
import type {
  EngineConfig,
  NatsConfig,
  NatsCredentials as NatsConfigCredentials,
} from './config/engine-config.ts'
import { leftUntilRestart } from './config/left-until-restart.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import { type Ops, startOps } from './ops/ops.ts'
import { switchReadiness } from './ops/readiness.ts'
import { createFileDisk } from './outbox/disk.ts'
import { createOutbox, type Outbox } from './outbox/outbox.ts'
import type { LoadedPlugin } from './plugin/load-plugins.ts'
import { type RunningPlugins, runPlugins } from './plugin/run-plugins.ts'
import { commandHandlers } from './runtime/command-handlers.ts'
import { createDialClaims } from './runtime/dial-claims.ts'
import { Engine } from './runtime/engine.ts'
import { loadStrategies } from './strategy/load-strategies.ts'
import { createSwitch, type SwitchPorts } from './switch-types.ts'

/** How long the events still unsent may take when the engine ends. */
const drainMs: DurationMs = 5_000

/** The world the engine lives in; whatever is not given is the real one. */
export interface AppPorts {
  readonly log: Logger
  readonly clock?: Clock
  /** In [0, 1). @default Math.random */
  readonly random?: () => number
  /** @default crypto.randomUUID */
  readonly newId?: () => string
  /** Makes the connection to a FreeSWITCH. @default that of `esl/` */
  readonly createFreeSwitch?: SwitchPorts['createFreeSwitch']
  /**
   * Service plugins to run in this process, on its bus: for the bus in memory, and for the demo.
   * A fault of theirs ends neither the engine nor its readiness. @default none
   */
  readonly plugins?: readonly LoadedPlugin[]
}

/** A running engine. */
export interface App {
  readonly engine: Engine
  readonly metrics: Metrics
  readonly bus: Bus
  /**
   * Goes on with another configuration: queues, agents, routes and rules of the tenants it
   * has, at once, while calls keep their places. What needs a start is left and logged.
   *
   * @throws SwitchyardError SY_CONFIG_INVALID for a strategy plugin that cannot be used;
   *   nothing has changed then
   */
  reload(config: EngineConfig): Promise<void>
  /** Where /metrics, /healthz and /readyz are. */
  readonly opsPort: number
  /** Ends it in order: no more calls, events out, connections closed. Calls stay as they are on the switches. */
  stop(): Promise<void>
}

/**
 * Builds the parts, joins them and starts them in order. What cannot start is
 * an error and leaves nothing running; a switch or broker that is away is not:
 * the engine waits for it.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID, for example when the ops port is taken;
 *   SY_PLUGIN_INVALID for a plugin that cannot be used
 */
export async function startApp(config: EngineConfig, ports: AppPorts): Promise<App> {
  const { log, clock = systemClock, random = Math.random, newId = randomUUID } = ports
  const { createFreeSwitch, plugins = [] } = ports
  const metrics = createMetrics(clock)
  const tenants = await loadTenants(config, metrics, clock)
  const bus = createBus(config, log, clock)
  const outbox = createEventOutbox(config, bus, log, clock)
  metrics.watchOutbox(() => outbox.figures())
  showAll(config, metrics, clock)
  const engine = new Engine(
    tenants,
    [...config.switches.values()].map((one) =>
      createSwitch(one, { log, clock, random, metrics, createFreeSwitch }),
    ),
    {
      clock,
      log,
      newId,
      claims: createDialClaims(bus),
      meter: metrics.runtime,
      publish(event, tenant, key, sequence) {
        metrics.record(event)
        outbox.append(tenant, key, sequence, event)
      },
    },
  )
  metrics.watchEngine(engine)
  const services: CommandService[] = []
  const close = async (ops?: Ops, running?: RunningPlugins) => {
    await running?.stop()
    await Promise.all(services.map((service) => service.stop()))
    await engine.stop()
    await outbox.drain(drainMs)
    await outbox.stop()
    await bus.close()
    await ops?.stop()
    metrics.stop()
  }
  try {
    const ops = await startOps({
      ...config.ops,
      log,
      metrics: () => metrics.text(),
      readiness: () => switchReadiness(engine.switchStates()),
    })
    engine.start()
    for (const [tenantId, tenant] of engine.tenants) {
      const handlers = commandHandlers(tenant, { now: () => clock.now(), newId })
      services.push(await serveCommands(bus, tenantId, handlers, { clock, log, newId }))
    }
    const running = runPlugins(
      plugins.map((one) => ({ ...one, bus })),
      { clock, log, newId, random, metrics: metrics.plugins },
    )
    let current = config
    const reload = async (next: EngineConfig) => {
      const loaded = await loadTenants(next, metrics, clock)
      showNew(current, next, metrics, clock)
      const { added, removed } = engine.reload(loaded)
      const left = [...leftUntilRestart(config, next), ...[...added, ...removed].map(tenantOf)]
      current = next
      log.info({ tenants: loaded.length - added.length }, 'took over a changed configuration')
      if (left.length > 0) {
        log.warn({ left }, 'some of what changed needs a new start of the engine')
      }
    }
    return { engine, metrics, bus, reload, opsPort: ops.port, stop: () => close(ops, running) }
  } catch (error) {
    await close()
    throw error
  }
}

const tenantOf = (tenantId: string) => `tenants.${tenantId}`

/** With the strategy plugins in their queues. */
function loadTenants({ tenants }: EngineConfig, { runtime: meter }: Metrics, clock: Clock) {
  return Promise.all([...tenants.values()].map((one) => loadStrategies(one, { clock, meter })))
}

function createBus({ bus }: EngineConfig, log: Logger, clock: Clock): Bus {
  return bus.type === 'memory'
    ? createMemoryBus({ clock, log })
    : createNatsBus(natsOptions(bus, log, clock))
}

/** A configured broker as its client wants it. */
export function natsOptions(
  { servers, credentials, tls }: NatsConfig,
  log: Logger,
  clock: Clock,
): NatsBusOptions {
  return {
    servers,
    log,
    clock,
    ...(credentials === undefined ? {} : { credentials: revealed(credentials) }),
    ...(tls === undefined ? {} : { tls }),
  }
}

function revealed(credentials: NatsConfigCredentials): NatsCredentials {
  switch (credentials.type) {
    case 'password':
      return { user: credentials.user, password: credentials.password.reveal() }
    case 'token':
      return { token: credentials.token.reveal() }
    case 'creds':
      return { creds: credentials.creds.reveal() }
    case 'nkey':
      return { nkey: credentials.seed.reveal() }
  }
}

function createEventOutbox(config: EngineConfig, bus: Bus, log: Logger, clock: Clock): Outbox {
  const { outbox } = config
  const source = `/switchyard/${hostname()}`
  return outbox === undefined
    ? createOutbox({ bus, clock, log, source })
    : createOutbox({
        bus,
        clock,
        log,
        source,
        disk: createFileDisk(outbox.directory),
        limits: { spillBytes: outbox.maxBytes, whenFull: outbox.whenFull },
      })
}

/** Every queue and agent shows in the figures from the first scrape on, at zero. */
function showAll({ tenants }: EngineConfig, { tally }: Metrics, clock: Clock): void {
  for (const { tenantId, queues, agents } of tenants.values()) {
    for (const { settings, shortAbandonMs } of queues.values()) {
      tally.addQueue(tenantId, settings.queueId, shortAbandonMs)
    }
    for (const { settings } of agents.values()) {
      const state = settings.status.type === 'available' ? 'idle' : 'off'
      tally.addAgent(tenantId, settings.agentId, state, clock.now())
    }
  }
}

/** New queues show at zero too; new agents are off until the core says more. */
function showNew(
  before: EngineConfig,
  { tenants }: EngineConfig,
  { tally }: Metrics,
  clock: Clock,
): void {
  for (const { tenantId, queues, agents } of tenants.values()) {
    const known = before.tenants.get(tenantId)
    if (known === undefined) {
      continue
    }
    for (const { settings, shortAbandonMs } of queues.values()) {
      tally.addQueue(tenantId, settings.queueId, shortAbandonMs)
    }
    for (const agentId of agents.keys()) {
      if (!known.agents.has(agentId)) {
        tally.addAgent(tenantId, agentId, 'off', clock.now())
      }
    }
  }
}
