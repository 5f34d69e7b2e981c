import { collectDefaultMetrics, Registry } from 'prom-client'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { SwitchId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { registerEventLoopMetrics } from './event-loop-metrics.ts'
import { type OutboxFigures, registerOutboxMetrics } from './outbox-metrics.ts'
import { createPluginMetrics, type PluginMetricsAdapter } from './plugin-metrics.ts'
import { registerQueueMetrics } from './queue-metrics.ts'
import {
  type ExpectedWait,
  type RuntimeMetrics,
  registerExpectedWaits,
  registerLiveCalls,
  registerRuntimeMetrics,
} from './runtime-metrics.ts'
import {
  registerSwitchMetrics,
  registerSwitchStates,
  type SwitchMetrics,
  type SwitchState,
} from './switch-metrics.ts'
import { createTally, type Tally } from './tally.ts'
import { registerTenantMetrics } from './tenant-metrics.ts'

/** Everything the engine counts, for Prometheus and as plain figures. */
export interface Metrics {
  /**
   * Counts an event of the engine: queues, agents, matches, leases. To be called
   * once for each event, as it happens; costs about a microsecond.
   */
  record(event: EngineEvent): void
  /** The recorder of one switch, to be made once for each. */
  switch(switchId: SwitchId): SwitchMetrics
  /** What the runtime counts. */
  readonly runtime: RuntimeMetrics
  /** The metrics of service plugins that run in the engine's process. */
  readonly plugins: PluginMetricsAdapter
  /** Shows the current state of the engine. To be called at most once. */
  watchEngine(engine: {
    switchStates(): Iterable<SwitchState>
    expectedWaits(): Iterable<ExpectedWait>
    readonly liveCalls: number
  }): void
  /** Shows how far behind the outbox is. To be called at most once. */
  watchOutbox(look: () => OutboxFigures): void
  /** The plain figures: queues and agents are added here, and the live table reads them. */
  readonly tally: Tally
  /** The text that Prometheus scrapes. Blocks for about 8 ms per thousand lines. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>
  /** Stops the sampling of the event loop. */
  stop(): void
}

/** Creates the metrics. @param registry where they are registered; it must not contain any of them yet */
export function createMetrics(clock: Clock, registry: Registry = new Registry()): Metrics {
  const tally = createTally()
  const queues = registerQueueMetrics(registry, tally, clock)
  const tenants = registerTenantMetrics(registry, tally, clock)
  const switchMetrics = registerSwitchMetrics(registry)
  const stop = registerEventLoopMetrics(registry)
  collectDefaultMetrics({ register: registry })

  return {
    tally,
    record(event) {
      tally.record(event)
      queues.record(event)
      tenants.record(event)
    },
    switch: switchMetrics,
    runtime: registerRuntimeMetrics(registry),
    plugins: createPluginMetrics(registry),
    watchEngine(engine) {
      registerSwitchStates(registry, () => engine.switchStates())
      registerExpectedWaits(registry, () => engine.expectedWaits())
      registerLiveCalls(registry, () => engine.liveCalls)
    },
    watchOutbox: (look) => registerOutboxMetrics(registry, look),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    stop,
  }
}
