import type { AgentState } from '../catalogue/agent.ts'
import type { EngineEvent, EventData } from '../catalogue/events/events.ts'
import type { AgentId, DurationMs, EpochMs, QueueId, TenantId } from '../catalogue/ids.ts'
import { type AgentLedger, createAgentLedger } from './agent-ledger.ts'
import { occupancy } from './definitions.ts'
import type { ActionFigures, QueueFigures, TenantFigures } from './figures.ts'
import { createSpread, type Spread } from './spread.ts'

/**
 * Plain figures, counted from the engine's events. Both the Prometheus metrics
 * and the live table read them; memory is bounded by queues, agents and live calls.
 */
export interface Tally {
  /** Shows the queue from now on, and tells short abandons by `shortAbandonMs`. */
  addQueue(tenantId: TenantId, queueId: QueueId, shortAbandonMs: DurationMs): void
  /** Counts the agent, in `state` from `at` on. */
  addAgent(tenantId: TenantId, agentId: AgentId, state: AgentState, at: EpochMs): void
  /** Costs well under a microsecond; does not keep the event. */
  record(event: EngineEvent): void
  readonly tenants: ReadonlyMap<string, TenantFigures>
  /** Time taken to match a call and an agent, in microseconds, resolution 0.01. */
  readonly matchUs: Spread
  /** Time the tenant's agents spent in each state, and the occupancy that follows. */
  agentTime(
    tenant: string,
    now: EpochMs,
  ): { readonly spentMs: Record<AgentState, DurationMs>; readonly occupancy: number | undefined }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Queue extends Mutable<QueueFigures> {
  readonly waiting: Map<string, EpochMs>
  readonly talking: Set<string>
  readonly overflowed: Record<EventData<'call.overflowed'>['reason'], number>
  readonly actions: Map<string, Mutable<ActionFigures>>
  shortAbandonMs: DurationMs
}

interface Tenant extends Mutable<TenantFigures> {
  readonly queues: Map<string, Queue>
  readonly contained: Map<string, number>
  readonly dialled: Map<string, number>
  readonly joined: { callback: number; originate: number }
  readonly rejected: { noRoute: number; unknownQueue: number }
  readonly ledger: AgentLedger
  /** Calls that wait and had actions done about it. */
  readonly acted: Map<string, Set<Mutable<ActionFigures>>>
  /** The queue an agent last talked for: wrap-up is charged to it. */
  readonly lastQueues: Map<string, Queue>
}

export function createTally(): Tally {
  const tenants = new Map<string, Tenant>()
  const matchUs = createSpread(0.01)

  function tenantOf(id: string): Tenant {
    let tenant = tenants.get(id)
    if (tenant === undefined) {
      tenant = createTenant(id)
      tenants.set(id, tenant)
    }
    return tenant
  }

  function queueOf({ tenant, queue: id }: { readonly tenant: string; readonly queue: string }) {
    const { queues } = tenantOf(tenant)
    let queue = queues.get(id)
    if (queue === undefined) {
      queue = createQueue(tenant, id)
      queues.set(id, queue)
    }
    return queue
  }

  /** The queue that is answerable for the wait. */
  function chargedOf({ tenant, chargedTo: queue }: { tenant: string; chargedTo: string }): Queue {
    return queueOf({ tenant, queue })
  }

  function endActions(
    { tenant, callId }: { readonly tenant: string; readonly callId: string },
    end?: 'answered' | 'abandoned',
  ): void {
    const { acted } = tenantOf(tenant)
    for (const action of acted.get(callId) ?? []) {
      if (end !== undefined) {
        action[end]++
      }
    }
    acted.delete(callId)
  }

  return {
    tenants,
    matchUs,
    addQueue(tenant, queue, shortAbandonMs) {
      queueOf({ tenant, queue }).shortAbandonMs = shortAbandonMs
    },
    addAgent(tenantId, agentId, state, at) {
      tenantOf(tenantId).ledger.change(agentId, state, at)
    },
    agentTime(tenant, now) {
      const spentMs = tenantOf(tenant).ledger.spentMs(now)
      return { spentMs, occupancy: occupancy(spentMs) }
    },
    record(event) {
      switch (event.type) {
        case 'call.queued': {
          const queue = queueOf(event.data)
          // An adopted call was counted when it came, maybe by another engine.
          const { isAdopted, origin, callId, enqueuedAt, at } = event.data
          const isDialled = origin !== undefined
          queue.offered += isAdopted || isDialled ? 0 : 1
          // A customer who was called back waits from when they answered.
          queue.waiting.set(callId, isDialled ? at : enqueuedAt)
          break
        }
        case 'call.offered':
          matchUs.add(event.data.matchUs)
          break
        case 'call.offerEnded':
          queueOf(event.data).leasesExpired += event.data.outcome === 'expired' ? 1 : 0
          break
        case 'call.actionDue': {
          const { tenant, callId, name } = event.data
          const { actions } = queueOf(event.data)
          const action = actions.get(name) ?? { due: 0, answered: 0, abandoned: 0 }
          const { acted } = tenantOf(tenant)
          action.due++
          actions.set(name, action)
          acted.set(callId, (acted.get(callId) ?? new Set()).add(action))
          break
        }
        case 'call.answered': {
          const queue = queueOf(event.data)
          const charged = chargedOf(event.data)
          const { callId, tenant, waitMs, isWithinThreshold, origin } = event.data
          if (origin === undefined) {
            charged.answered++
            charged.answeredInTime += isWithinThreshold ? 1 : 0
            charged.answeredWaitMs += waitMs
            charged.waits.add(waitMs)
          } else {
            tenantOf(tenant).joined[origin]++
          }
          queue.waiting.delete(callId)
          queue.talking.add(callId)
          endActions(event.data, 'answered')
          break
        }
        case 'call.abandoned': {
          const charged = chargedOf(event.data)
          if (event.data.origin === undefined) {
            charged.abandoned++
            charged.shortAbandoned += event.data.waitMs < charged.shortAbandonMs ? 1 : 0
          }
          queueOf(event.data).waiting.delete(event.data.callId)
          endActions(event.data, 'abandoned')
          break
        }
        case 'call.overflowed': {
          const queue = queueOf(event.data)
          queue.overflowed[event.data.reason]++
          queue.waiting.delete(event.data.callId)
          if (event.data.toQueue === undefined && event.data.toFlow === undefined) {
            chargedOf(event.data).sentAway++
            endActions(event.data)
          }
          break
        }
        case 'call.requeued':
          queueOf(event.data).waiting.delete(event.data.callId)
          break
        case 'call.completed': {
          const queue = queueOf(event.data)
          const { callId, agent, tenant, talkMs, holdMs } = event.data
          countConversation(queue, talkMs, holdMs)
          queue.talking.delete(callId)
          tenantOf(tenant).lastQueues.set(agent, queue)
          break
        }
        case 'call.transferred': {
          const queue = queueOf(event.data)
          const { callId, agent, tenant, talkMs } = event.data
          queue.transferred += queue.waiting.delete(callId) ? 1 : 0
          if (queue.talking.delete(callId)) {
            countConversation(queue, talkMs, 0)
          }
          endActions(event.data)
          if (agent !== undefined) {
            tenantOf(tenant).lastQueues.set(agent, queue)
          }
          break
        }
        case 'call.contained': {
          const { contained } = tenantOf(event.data.tenant)
          const { flow, origin } = event.data
          // Whom we dialled asked for nothing.
          if (origin === undefined) {
            contained.set(flow, (contained.get(flow) ?? 0) + 1)
          }
          break
        }
        case 'call.sentAway': {
          const { tenant, callId, queue, chargedTo = queue } = event.data
          if (queue === undefined || chargedTo === undefined) {
            tenantOf(tenant).sentOn++
          } else {
            chargedOf({ tenant, chargedTo }).sentAway++
            queueOf({ tenant, queue }).waiting.delete(callId)
            endActions(event.data)
          }
          break
        }
        case 'call.dialEnded': {
          const { dialled } = tenantOf(event.data.tenant)
          const { outcome } = event.data
          dialled.set(outcome, (dialled.get(outcome) ?? 0) + 1)
          break
        }
        case 'call.rejected':
          tenantOf(event.data.tenant).rejected[event.data.reason]++
          break
        case 'call.lost': {
          // A call lost before it had a queue still has to show somewhere.
          const { tenant, queue: id = '', chargedTo = id } = event.data
          const queue = queueOf({ tenant, queue: id })
          chargedOf({ tenant, chargedTo }).lost++
          endActions(event.data)
          queue.waiting.delete(event.data.callId)
          queue.talking.delete(event.data.callId)
          break
        }
        case 'agent.stateChanged': {
          const { ledger, lastQueues } = tenantOf(event.data.tenant)
          const before = ledger.change(event.data.agent, event.data.state, event.data.at)
          const queue = lastQueues.get(event.data.agent)
          if (before?.state === 'wrapUp' && queue !== undefined) {
            queue.wrapUpMs += before.lastedMs
          }
          break
        }
        case 'call.arrived':
        case 'call.changed':
        case 'call.dialled':
        case 'call.matched':
        case 'call.held':
        case 'flow.started':
        case 'flow.collected':
        case 'flow.ended':
        case 'call.resumed':
          break
      }
    },
  }
}

function countConversation(queue: Queue, talkMs: DurationMs, holdMs: DurationMs): void {
  queue.conversations++
  queue.talkMs += talkMs
  queue.holdMs += holdMs
}

function createTenant(tenant: string): Tenant {
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

function createQueue(tenant: string, queue: string): Queue {
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
