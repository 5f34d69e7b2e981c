import { randomUUID } from 'node:crypto'
import { buildBus, buildOutbox } from './build-parts.ts'
import type { Bus } from './bus/bus.ts'
import type { DurationMs } from './catalogue/ids.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Closing, createClosing } from './closing.ts'
import { type CommandService, serveCommands } from './commands/serve.ts'
import type { EngineConfig } from './config/engine-config.ts'
import { leftUntilRestart } from './config/left-until-restart.ts'
import { describeFault } from './describe-fault.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import { type Ops, startOps } from './ops/ops.ts'
import { switchReadiness } from './ops/readiness.ts'
import type { LoadedPlugin } from './plugin/load-plugins.ts'
import { runPlugins } from './plugin/run-plugins.ts'
import { commandHandlers } from './runtime/command-handlers.ts'
import { createDialClaims } from './runtime/dial-claims.ts'
import { Engine } from './runtime/engine.ts'
import { showAdded, showConfigured } from './show-configured.ts'
import { loadStrategies } from './strategy/load-strategies.ts'
import { createSwitch, type SwitchPorts } from './switch-types.ts'

/** How long the engine waits for its events to be published when it stops. */
const drainMs: DurationMs = 5_000

/** What the engine uses of the outside world, to be replaced in tests and simulations. */
export interface AppPorts {
  readonly log: Logger
  readonly clock?: Clock
  /** In [0, 1). @default Math.random */
  readonly random?: () => number
  /** @default crypto.randomUUID */
  readonly newId?: () => string
  /** Creates the adapter of a FreeSWITCH. @default the one in `esl/` */
  readonly createFreeSwitch?: SwitchPorts['createFreeSwitch']
  /**
   * Service plugins to run in this process, on its bus: for the bus in memory, and for the demo.
   * A fault in one ends neither the engine nor its readiness. @default none
   */
  readonly plugins?: readonly LoadedPlugin[]
}

/** A running engine. */
export interface App {
  readonly engine: Engine
  readonly metrics: Metrics
  readonly bus: Bus
  /**
   * Applies another configuration at once: queues, agents, routes and rules of the tenants it
   * has; calls keep their places. What needs a restart is left as it is and logged.
   *
   * @throws SwitchyardError SY_CONFIG_INVALID for a strategy plugin that cannot be used;
   *   nothing has changed then
   */
  reload(config: EngineConfig): Promise<void>
  /** The port of /metrics, /healthz and /readyz. */
  readonly opsPort: number
  /** Stops in order: no more calls, events published, connections closed. Calls stay as they are on the switches. */
  stop(): Promise<void>
}

/**
 * Builds the parts, joins them and starts them in order. When one cannot start, none is
 * left running. A switch or broker that is away is no error: the engine waits for it.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID, for example when the ops port is taken;
 *   SY_PLUGIN_INVALID for a plugin that cannot be used
 */
export async function startApp(config: EngineConfig, ports: AppPorts): Promise<App> {
  const closing = createClosing()
  try {
    return await open(config, ports, closing)
  } catch (error) {
    await closing.run().catch((fault: unknown) => {
      ports.log.error(describeFault(fault), 'a part of the engine could not be closed')
    })
    throw error
  }
}

/** Builds and starts the parts. What it opens is added to `closing`, also when it fails. */
async function open(config: EngineConfig, ports: AppPorts, closing: Closing): Promise<App> {
  const { log, clock = systemClock, random = Math.random, newId = randomUUID } = ports
  const { createFreeSwitch, plugins = [] } = ports
  const { add } = closing
  const metrics = createMetrics(clock)
  add(() => metrics.stop())
  const tenants = await loadTenants(config, metrics, clock)
  let ops: Ops | undefined
  // It opens later, and closes late: until the events are published it can be asked.
  add(() => ops?.stop())
  const bus = buildBus(config, log, clock)
  add(() => bus.close())
  const outbox = buildOutbox(config, bus, log, clock)
  add(() => outbox.stop())
  add(() => outbox.drain(drainMs))
  metrics.watchOutbox(() => outbox.figures())
  showConfigured(config, metrics, clock)
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
  add(() => engine.stop())
  metrics.watchEngine(engine)
  ops = await startOps({
    ...config.ops,
    log,
    metrics: () => metrics.text(),
    readiness: () => switchReadiness(engine.switchStates()),
  })
  engine.start()
  const services: CommandService[] = []
  add(() => Promise.all(services.map((service) => service.stop())))
  for (const [tenantId, tenant] of engine.tenants) {
    const handlers = commandHandlers(tenant, { now: () => clock.now(), newId })
    services.push(await serveCommands(bus, tenantId, handlers, { clock, log, newId }))
  }
  const running = runPlugins(
    plugins.map((one) => ({ ...one, bus })),
    { clock, log, newId, random, metrics: metrics.plugins },
  )
  add(() => running.stop())
  let current = config
  const reload = async (next: EngineConfig) => {
    const loaded = await loadTenants(next, metrics, clock)
    showAdded(current, next, metrics, clock)
    const { added, removed } = engine.reload(loaded)
    const left = [...leftUntilRestart(config, next), ...[...added, ...removed].map(tenantOf)]
    current = next
    log.info({ tenants: loaded.length - added.length }, 'configuration reloaded')
    if (left.length > 0) {
      log.warn({ left }, 'some changes take effect only after a restart of the engine')
    }
  }
  return { engine, metrics, bus, reload, opsPort: ops.port, stop: () => closing.run() }
}

const tenantOf = (tenantId: string) => `tenants.${tenantId}`

/** The tenants, with the strategy plugins loaded into their queues. */
function loadTenants({ tenants }: EngineConfig, { runtime: meter }: Metrics, clock: Clock) {
  return Promise.all([...tenants.values()].map((one) => loadStrategies(one, { clock, meter })))
}
