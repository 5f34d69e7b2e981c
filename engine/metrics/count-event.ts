import type { EngineEvent } from '../catalogue/events/events.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Counts, QueueCounts } from './counts.ts'
import type { Spread } from './spread.ts'

/** Counts one event of the engine. Defines what each type means for the figures. */
export function countEvent(counts: Counts, matchUs: Spread, event: EngineEvent): void {
  switch (event.type) {
    case 'call.queued': {
      const queue = counts.queue(event.data)
      // An adopted call was counted when it arrived, perhaps by another engine.
      const { isAdopted, origin, callId, enqueuedAt, at } = event.data
      const isDialled = origin !== undefined
      queue.offered += isAdopted || isDialled ? 0 : 1
      // A customer who was called back waits from the moment they answered.
      queue.waiting.set(callId, isDialled ? at : enqueuedAt)
      break
    }
    case 'call.offered':
      matchUs.add(event.data.matchUs)
      break
    case 'call.offerEnded':
      counts.queue(event.data).leasesExpired += event.data.outcome === 'expired' ? 1 : 0
      break
    case 'call.actionDue': {
      const { tenant, callId, name } = event.data
      const { actions } = counts.queue(event.data)
      const action = actions.get(name) ?? { due: 0, answered: 0, abandoned: 0 }
      const { acted } = counts.tenant(tenant)
      action.due++
      actions.set(name, action)
      acted.set(callId, (acted.get(callId) ?? new Set()).add(action))
      break
    }
    case 'call.answered': {
      const queue = counts.queue(event.data)
      const charged = counts.charged(event.data)
      const { callId, tenant, waitMs, isWithinThreshold, origin } = event.data
      if (origin === undefined) {
        charged.answered++
        charged.answeredInTime += isWithinThreshold ? 1 : 0
        charged.answeredWaitMs += waitMs
        charged.waits.add(waitMs)
      } else {
        counts.tenant(tenant).joined[origin]++
      }
      queue.waiting.delete(callId)
      queue.talking.add(callId)
      endActions(counts, event.data, 'answered')
      break
    }
    case 'call.abandoned': {
      const charged = counts.charged(event.data)
      if (event.data.origin === undefined) {
        charged.abandoned++
        charged.shortAbandoned += event.data.waitMs < charged.shortAbandonMs ? 1 : 0
      }
      counts.queue(event.data).waiting.delete(event.data.callId)
      endActions(counts, event.data, 'abandoned')
      break
    }
    case 'call.overflowed': {
      const queue = counts.queue(event.data)
      queue.overflowed[event.data.reason]++
      queue.waiting.delete(event.data.callId)
      if (event.data.toQueue === undefined && event.data.toFlow === undefined) {
        counts.charged(event.data).sentAway++
        endActions(counts, event.data)
      }
      break
    }
    case 'call.requeued':
      counts.queue(event.data).waiting.delete(event.data.callId)
      break
    case 'call.completed': {
      const queue = counts.queue(event.data)
      const { callId, agent, tenant, talkMs, holdMs } = event.data
      countConversation(queue, talkMs, holdMs)
      queue.talking.delete(callId)
      counts.tenant(tenant).lastQueues.set(agent, queue)
      break
    }
    case 'call.transferred': {
      const queue = counts.queue(event.data)
      const { callId, agent, tenant, talkMs } = event.data
      queue.transferred += queue.waiting.delete(callId) ? 1 : 0
      if (queue.talking.delete(callId)) {
        countConversation(queue, talkMs, 0)
      }
      endActions(counts, event.data)
      if (agent !== undefined) {
        counts.tenant(tenant).lastQueues.set(agent, queue)
      }
      break
    }
    case 'call.contained': {
      const { contained } = counts.tenant(event.data.tenant)
      const { flow, origin } = event.data
      // A customer whom we dialled did not request anything.
      if (origin === undefined) {
        contained.set(flow, (contained.get(flow) ?? 0) + 1)
      }
      break
    }
    case 'call.sentAway': {
      const { tenant, callId, queue, chargedTo = queue } = event.data
      if (queue === undefined || chargedTo === undefined) {
        counts.tenant(tenant).sentOn++
      } else {
        counts.charged({ tenant, chargedTo }).sentAway++
        counts.queue({ tenant, queue }).waiting.delete(callId)
        endActions(counts, event.data)
      }
      break
    }
    case 'call.dialEnded': {
      const { dialled } = counts.tenant(event.data.tenant)
      const { outcome } = event.data
      dialled.set(outcome, (dialled.get(outcome) ?? 0) + 1)
      break
    }
    case 'call.rejected':
      counts.tenant(event.data.tenant).rejected[event.data.reason]++
      break
    case 'call.lost': {
      // A call that was lost before it had a queue must still show up somewhere.
      const { tenant, queue: id = '', chargedTo = id } = event.data
      const queue = counts.queue({ tenant, queue: id })
      counts.charged({ tenant, chargedTo }).lost++
      endActions(counts, event.data)
      queue.waiting.delete(event.data.callId)
      queue.talking.delete(event.data.callId)
      break
    }
    case 'agent.stateChanged': {
      const { ledger, lastQueues } = counts.tenant(event.data.tenant)
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
    default:
      event satisfies never
  }
}

function endActions(
  counts: Counts,
  { tenant, callId }: { readonly tenant: string; readonly callId: string },
  end?: 'answered' | 'abandoned',
): void {
  const { acted } = counts.tenant(tenant)
  for (const action of acted.get(callId) ?? []) {
    if (end !== undefined) {
      action[end]++
    }
  }
  acted.delete(callId)
}

function countConversation(queue: QueueCounts, talkMs: DurationMs, holdMs: DurationMs): void {
  queue.conversations++
  queue.talkMs += talkMs
  queue.holdMs += holdMs
}
