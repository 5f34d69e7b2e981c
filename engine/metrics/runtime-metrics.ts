import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { childrenOf } from './children.ts'

/** The expected wait of a call that would enter a queue now. */
export interface ExpectedWait {
  readonly tenant: string
  readonly queue: string
  readonly expectedWaitMs: number | undefined
}

/** What the runtime counts beside the events it publishes. Each method takes far less than a microsecond. */
export interface RuntimeMetrics {
  /** A call ignored an event that has no meaning in its state; races cause some. @param event of a small fixed set */
  eventIgnored(tenant: string, event: string): void
  /** An exception inside the engine: a bug. */
  faulted(tenant: string): void
  /** A strategy plugin threw, or returned something that is not a number. */
  strategyFailed(tenant: string, queue: string, strategy: string): void
  /** A strategy plugin gave one score. @param us time it took, in microseconds */
  scored(tenant: string, queue: string, strategy: string, us: number): void
  /** A prompt or question of a flow failed on the switch; the caller went on. @param problem of a small fixed set */
  flowFailed(tenant: string, flow: string, problem: string): void
  /** A variable of a caller's channel could not be read. @param variable of a small fixed set */
  variableMalformed(tenant: string, variable: string): void
}

const scoreBuckets = [1e-7, 2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2]

export function registerRuntimeMetrics(registry: Registry): RuntimeMetrics {
  const ignored = new Counter({
    name: 'switchyard_call_events_ignored_total',
    help: 'Events about a call that meant nothing in its state, by event. Some are normal: races cause them.',
    labelNames: ['tenant', 'event'],
    registers: [registry],
  })
  const faults = new Counter({
    name: 'switchyard_faults_total',
    help: 'Exceptions inside the engine. Each is a bug; a call whose state machine fails is ended (call.lost).',
    labelNames: ['tenant'],
    registers: [registry],
  })
  const strategyFaults = new Counter({
    name: 'switchyard_strategy_faults_total',
    help: 'Times a strategy plugin threw, or returned something that is not a number; its score counted as 0.',
    labelNames: ['tenant', 'queue', 'strategy'],
    registers: [registry],
  })
  const strategyTime = new Histogram({
    name: 'switchyard_strategy_seconds',
    help: 'Time a strategy plugin took for one score.',
    labelNames: ['tenant', 'queue', 'strategy'],
    buckets: scoreBuckets,
    registers: [registry],
  })
  const flowFaults = new Counter({
    name: 'switchyard_flow_faults_total',
    help: 'Prompts and questions of flows that failed on the switch; the caller went on.',
    labelNames: ['tenant', 'flow', 'problem'],
    registers: [registry],
  })
  const malformed = new Counter({
    name: 'switchyard_call_variables_malformed_total',
    help: 'Channel variables of callers (acd_require, ...) that could not be read; the call was taken without them.',
    labelNames: ['tenant', 'variable'],
    registers: [registry],
  })
  const timeOf = childrenOf((place, strategy) => {
    const [tenant = '', queue = ''] = place.split('/')
    return strategyTime.labels({ tenant, queue, strategy })
  })
  const ignoredOf = childrenOf((tenant, event) => ignored.labels({ tenant, event }))
  return {
    eventIgnored: (tenant, event) => ignoredOf(tenant, event).inc(),
    faulted: (tenant) => faults.inc({ tenant }),
    strategyFailed: (tenant, queue, strategy) => strategyFaults.inc({ tenant, queue, strategy }),
    scored: (tenant, queue, strategy, us) =>
      timeOf(`${tenant}/${queue}`, strategy).observe(us / 1e6),
    flowFailed: (tenant, flow, problem) => flowFaults.inc({ tenant, flow, problem }),
    variableMalformed: (tenant, variable) => malformed.inc({ tenant, variable }),
  }
}

/** Shows the expected wait in each queue, read by `look` at each scrape. */
export function registerExpectedWaits(
  registry: Registry,
  look: () => Iterable<ExpectedWait>,
): void {
  new Gauge({
    name: 'switchyard_queue_expected_wait_seconds',
    help: 'The wait to expect for a call that came now; absent while too little is known or nobody is staffed.',
    labelNames: ['tenant', 'queue'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { tenant, queue, expectedWaitMs } of look()) {
        if (expectedWaitMs !== undefined) {
          this.set({ tenant, queue }, expectedWaitMs / 1_000)
        }
      }
    },
  })
}

/** Shows how many calls the engine holds, read by `look` at each scrape. */
export function registerLiveCalls(registry: Registry, look: () => number): void {
  new Gauge({
    name: 'switchyard_live_calls',
    help: 'Calls the engine holds now, waiting or in conversation.',
    registers: [registry],
    collect() {
      this.set(look())
    },
  })
}
