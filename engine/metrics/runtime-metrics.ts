import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { childrenOf } from './children.ts'

/** The wait of a call that would come to a queue now. */
export interface ExpectedWait {
  readonly tenant: string
  readonly queue: string
  readonly expectedWaitMs: number | undefined
}

/** What the runtime tells of itself beside the events it publishes. Each call costs well under a microsecond. */
export interface RuntimeMetrics {
  /** A fact came that meant nothing to its call. Some are normal: races end so. @param fact of a small fixed set */
  factIgnored(tenant: string, fact: string): void
  /** An exception where there must be none. */
  faulted(tenant: string): void
  /** A strategy plugin threw, or gave what is no number. */
  strategyFailed(tenant: string, queue: string, strategy: string): void
  /** A strategy plugin was asked for one score, and took so long. @param us microseconds */
  scored(tenant: string, queue: string, strategy: string, us: number): void
  /** A flow could not say or ask something; the caller went on. @param problem of a small fixed set */
  flowFailed(tenant: string, flow: string, problem: string): void
  /** A variable of a caller's channel could not be read. @param variable of a small fixed set */
  variableMalformed(tenant: string, variable: string): void
}

const scoreBuckets = [1e-7, 2e-7, 5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 1e-3, 1e-2]

export function registerRuntimeMetrics(registry: Registry): RuntimeMetrics {
  const ignored = new Counter({
    name: 'switchyard_facts_ignored_total',
    help: 'Facts about a call that meant nothing in its state, by fact. Some are normal: races end so.',
    labelNames: ['tenant', 'fact'],
    registers: [registry],
  })
  const faults = new Counter({
    name: 'switchyard_faults_total',
    help: 'Exceptions inside the engine. Each is a bug; the call they struck goes on by its deadlines.',
    labelNames: ['tenant'],
    registers: [registry],
  })
  const strategyFaults = new Counter({
    name: 'switchyard_strategy_faults_total',
    help: 'Times a strategy plugin threw or gave what is no number; its score counted as 0.',
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
    help: 'Prompts and questions of flows that the switch could not say or ask; the caller went on.',
    labelNames: ['tenant', 'flow', 'problem'],
    registers: [registry],
  })
  const malformed = new Counter({
    name: 'switchyard_call_variables_malformed_total',
    help: 'Variables of callers (acd_require, ...) that could not be read; the call was taken without.',
    labelNames: ['tenant', 'variable'],
    registers: [registry],
  })
  const timeOf = childrenOf((place, strategy) => {
    const [tenant = '', queue = ''] = place.split('/')
    return strategyTime.labels({ tenant, queue, strategy })
  })
  const ignoredOf = childrenOf((tenant, fact) => ignored.labels({ tenant, fact }))
  return {
    factIgnored: (tenant, fact) => ignoredOf(tenant, fact).inc(),
    faulted: (tenant) => faults.inc({ tenant }),
    strategyFailed: (tenant, queue, strategy) => strategyFaults.inc({ tenant, queue, strategy }),
    scored: (tenant, queue, strategy, us) =>
      timeOf(`${tenant}/${queue}`, strategy).observe(us / 1e6),
    flowFailed: (tenant, flow, problem) => flowFaults.inc({ tenant, flow, problem }),
    variableMalformed: (tenant, variable) => malformed.inc({ tenant, variable }),
  }
}

/** Shows the wait that a call would have to expect, read by `look` at each scrape. */
export function registerExpectedWaits(
  registry: Registry,
  look: () => Iterable<ExpectedWait>,
): void {
  new Gauge({
    name: 'switchyard_queue_expected_wait_seconds',
    help: 'The wait a call would have to expect that came now; no line while too little is known or nobody is staffed.',
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
