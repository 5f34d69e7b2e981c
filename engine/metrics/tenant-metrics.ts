import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { agentStates } from '../catalogue/agent.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import { childrenOf } from './children.ts'
import { containmentOf } from './figures.ts'
import type { Tally } from './tally.ts'

const matchBuckets = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2]

/** Registers the metrics of tenants: agents, matches, offers, rejected calls. */
export function registerTenantMetrics(
  registry: Registry,
  tally: Tally,
  clock: Clock,
): { record(event: EngineEvent): void } {
  const registers = [registry]
  new Gauge({
    name: 'switchyard_agents',
    help: 'Agents in each state now. off: logged out or on break.',
    labelNames: ['tenant', 'state'],
    registers,
    collect() {
      for (const { tenant, agents } of tally.tenants.values()) {
        for (const state of agentStates) {
          this.set({ tenant, state }, agents[state])
        }
      }
    },
  })
  new Counter({
    name: 'switchyard_agent_state_seconds_total',
    help: 'Time spent in each state, summed over agents. Occupancy: (talking + wrapUp) / all but off.',
    labelNames: ['tenant', 'state'],
    registers,
    collect() {
      this.reset()
      for (const tenant of tally.tenants.keys()) {
        const { spentMs } = tally.agentTime(tenant, clock.now())
        for (const state of agentStates) {
          this.inc({ tenant, state }, spentMs[state] / 1_000)
        }
      }
    },
  })
  new Counter({
    name: 'switchyard_calls_rejected_total',
    help: 'Calls that the engine did not take because no route fits or the queue is not configured.',
    labelNames: ['tenant', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, rejected } of tally.tenants.values()) {
        this.inc({ tenant, reason: 'noRoute' }, rejected.noRoute)
        this.inc({ tenant, reason: 'unknownQueue' }, rejected.unknownQueue)
      }
    },
  })
  new Counter({
    name: 'switchyard_dials_total',
    help: 'Numbers dialled, for callbacks and by command, by outcome.',
    labelNames: ['tenant', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, dialled } of tally.tenants.values()) {
        for (const [outcome, count] of dialled) {
          this.inc({ tenant, outcome }, count)
        }
      }
    },
  })
  new Counter({
    name: 'switchyard_dialled_joined_total',
    help: 'Customers who were dialled and connected to an agent. They do not count in waiting times and service levels.',
    labelNames: ['tenant', 'origin'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, joined } of tally.tenants.values()) {
        this.inc({ tenant, origin: 'callback' }, joined.callback)
        this.inc({ tenant, origin: 'originate' }, joined.originate)
      }
    },
  })
  new Counter({
    name: 'switchyard_calls_contained_total',
    help: 'Calls that ended in a flow without asking for an agent, whoever hung up.',
    labelNames: ['tenant', 'flow'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, contained } of tally.tenants.values()) {
        for (const [flow, count] of contained) {
          this.inc({ tenant, flow }, count)
        }
      }
    },
  })
  new Gauge({
    name: 'switchyard_containment_ratio',
    help: 'Share of ended calls that never asked for an agent, since the engine started.',
    labelNames: ['tenant'],
    registers,
    collect() {
      this.reset()
      for (const figures of tally.tenants.values()) {
        const share = containmentOf(figures)
        if (share !== undefined) {
          this.set({ tenant: figures.tenant }, share)
        }
      }
    },
  })
  const match = new Histogram({
    name: 'switchyard_match_seconds',
    help: 'Time the core took to match a call and an agent.',
    labelNames: ['tenant'],
    buckets: matchBuckets,
    registers,
  })
  const failed = new Counter({
    name: 'switchyard_offers_failed_total',
    help: 'Offers that ended without a conversation, by outcome.',
    labelNames: ['tenant', 'outcome'],
    registers,
  })
  const matchOf = childrenOf((tenant) => match.labels({ tenant }))
  const failedOf = childrenOf((tenant, outcome) => failed.labels({ tenant, outcome }))

  return {
    record(event) {
      if (event.type === 'call.offered') {
        matchOf(event.data.tenant).observe(event.data.matchUs / 1e6)
      } else if (event.type === 'call.offerEnded') {
        failedOf(event.data.tenant, event.data.outcome).inc()
      }
    },
  }
}
