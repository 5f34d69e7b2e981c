import type { AgentState } from '../catalogue/agent.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, DurationMs, EpochMs, QueueId, TenantId } from '../catalogue/ids.ts'
import { countEvent } from './count-event.ts'
import { Counts } from './counts.ts'
import { occupancy } from './definitions.ts'
import type { TenantFigures } from './figures.ts'
import { createSpread, type Spread } from './spread.ts'

/**
 * Plain figures, counted from the engine's events. Both the Prometheus metrics
 * and the live table read them; memory is bounded by queues, agents and live calls.
 */
export interface Tally {
  /** Shows the queue from now on. An abandon sooner than `shortAbandonMs` is a short one. */
  addQueue(tenantId: TenantId, queueId: QueueId, shortAbandonMs: DurationMs): void
  /** Counts the agent, in `state` from `at` on. */
  addAgent(tenantId: TenantId, agentId: AgentId, state: AgentState, at: EpochMs): void
  /** Takes far less than a microsecond; does not keep the event. */
  record(event: EngineEvent): void
  readonly tenants: ReadonlyMap<string, TenantFigures>
  /** Time taken to match a call and an agent, in microseconds with a resolution of 0.01. */
  readonly matchUs: Spread
  /** Time the tenant's agents spent in each state, and their occupancy. */
  agentTime(
    tenant: string,
    now: EpochMs,
  ): { readonly spentMs: Record<AgentState, DurationMs>; readonly occupancy: number | undefined }
}

export function createTally(): Tally {
  const counts = new Counts()
  const matchUs = createSpread(0.01)

  return {
    tenants: counts.tenants,
    matchUs,
    addQueue(tenant, queue, shortAbandonMs) {
      counts.queue({ tenant, queue }).shortAbandonMs = shortAbandonMs
    },
    addAgent(tenantId, agentId, state, at) {
      counts.tenant(tenantId).ledger.change(agentId, state, at)
    },
    agentTime(tenant, now) {
      const spentMs = counts.tenant(tenant).ledger.spentMs(now)
      return { spentMs, occupancy: occupancy(spentMs) }
    },
    record: (event) => countEvent(counts, matchUs, event),
  }
}
