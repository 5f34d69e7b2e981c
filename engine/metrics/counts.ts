import type { EventData } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import { type AgentLedger, createAgentLedger } from './agent-ledger.ts'
import type { ActionFigures, QueueFigures, TenantFigures } from './figures.ts'
import { createSpread } from './spread.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What is counted of one queue. */
export interface QueueCounts extends Mutable<QueueFigures> {
  readonly waiting: Map<string, EpochMs>
  readonly talking: Set<string>
  readonly overflowed: Record<EventData<'call.overflowed'>['reason'], number>
  readonly actions: Map<string, Mutable<ActionFigures>>
  shortAbandonMs: DurationMs
}

/** What is counted of one tenant. */
export interface TenantCounts extends Mutable<TenantFigures> {
  readonly queues: Map<string, QueueCounts>
  readonly contained: Map<string, number>
  readonly dialled: Map<string, number>
  readonly joined: { callback: number; originate: number }
  readonly rejected: { noRoute: number; unknownQueue: number }
  readonly ledger: AgentLedger
  /** Waiting calls for which actions fell due, with those actions. */
  readonly acted: Map<string, Set<Mutable<ActionFigures>>>
  /** The queue an agent last talked for: wrap-up is charged to it. */
  readonly lastQueues: Map<string, QueueCounts>
}

/** The counts of all tenants; those of a tenant or a queue start when it is first named. */
export class Counts {
  readonly tenants = new Map<string, TenantCounts>()

  tenant(id: string): TenantCounts {
    let tenant = this.tenants.get(id)
    if (tenant === undefined) {
      tenant = createTenantCounts(id)
      this.tenants.set(id, tenant)
    }
    return tenant
  }

  queue({ tenant, queue: id }: { readonly tenant: string; readonly queue: string }): QueueCounts {
    const { queues } = this.tenant(tenant)
    let queue = queues.get(id)
    if (queue === undefined) {
      queue = createQueueCounts(tenant, id)
      queues.set(id, queue)
    }
    return queue
  }

  /** The queue that the wait is charged to. */
  charged({
    tenant,
    chargedTo: queue,
  }: {
    readonly tenant: string
    readonly chargedTo: string
  }): QueueCounts {
    return this.queue({ tenant, queue })
  }
}

function createTenantCounts(tenant: string): TenantCounts {
  const ledger = createAgentLedger()
  return {
    tenant,
    queues: new Map(),
    agents: ledger.counts,
    contained: new Map(),
    dialled: new Map(),
    joined: { callback: 0, originate: 0 },
    sentOn: 0,
    rejected: { noRoute: 0, unknownQueue: 0 },
    acted: new Map(),
    ledger,
    lastQueues: new Map(),
  }
}

function createQueueCounts(tenant: string, queue: string): QueueCounts {
  return {
    tenant,
    queue,
    shortAbandonMs: 0,
    offered: 0,
    answered: 0,
    answeredInTime: 0,
    abandoned: 0,
    shortAbandoned: 0,
    overflowed: { maxWait: 0, full: 0, joinUnstaffed: 0, unstaffed: 0, removed: 0, command: 0 },
    actions: new Map(),
    leasesExpired: 0,
    sentAway: 0,
    lost: 0,
    transferred: 0,
    conversations: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: 0,
    answeredWaitMs: 0,
    waits: createSpread(),
    waiting: new Map(),
    talking: new Set(),
  }
}
