import { Counter, Gauge, type Registry } from 'prom-client'
import { childrenOf } from './children.ts'

/** What the runtime tells of itself beside the events it publishes. Each call costs well under a microsecond. */
export interface RuntimeMetrics {
  /** A fact came that meant nothing to its call. Some are normal: races end so. @param fact of a small fixed set */
  factIgnored(tenant: string, fact: string): void
  /** An exception where there must be none. */
  faulted(tenant: string): void
}

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
  const ignoredOf = childrenOf((tenant, fact) => ignored.labels({ tenant, fact }))
  return {
    factIgnored: (tenant, fact) => ignoredOf(tenant, fact).inc(),
    faulted: (tenant) => faults.inc({ tenant }),
  }
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
