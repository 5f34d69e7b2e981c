import type { EngineEvent } from '../bus/events.ts'
import type { CallQueue, Offer, Overflow } from '../call/call-event.ts'
import type { AcdEffect } from '../core/event.ts'
import type { EpochMs, LegId, OfferId, QueueId } from '../core/ids.ts'
import type { TenantSettings } from './settings.ts'

/** A queue as a call's machine knows it; undefined where there is no such queue. */
export function callQueue({ queues }: TenantSettings, queueId: QueueId): CallQueue | undefined {
  const queue = queues.get(queueId)
  if (queue === undefined) {
    return undefined
  }
  const { music, ringback, serviceLevelMs } = queue
  return { queueId, music, ringback, serviceLevelMs }
}

/** Where a queue sends those who waited too long; a queue that is not there hangs them up. */
export function callOverflow(settings: TenantSettings, queueId: QueueId): Overflow {
  const overflow = settings.queues.get(queueId)?.overflow.maxWait
  if (overflow?.type === 'queue') {
    const queue = callQueue(settings, overflow.queueId)
    if (queue !== undefined) {
      return { type: 'queue', queue }
    }
  }
  return overflow === undefined || overflow.type === 'queue'
    ? { type: 'hangUp', cause: 'NORMAL_CLEARING' }
    : overflow
}

/** The core's decision as an offer the switch can run. */
export function callOffer(
  { queues, agents }: TenantSettings,
  { queueId, agentIds, deadlineAt }: Extract<AcdEffect, { type: 'offer' }>,
  newId: () => string,
  matchUs: number,
): Offer {
  return {
    legs: agentIds.map((agentId) => ({
      legId: newId() as LegId,
      agentId,
      dialString: agents.get(agentId)?.dialString ?? '',
    })),
    offerId: newId() as OfferId,
    ringMs: queues.get(queueId)?.settings.ringMs ?? 0,
    deadlineAt,
    matchUs,
  }
}

/** What the world is told of a change in an agent. */
export function agentEvent(
  { tenantId: tenant }: TenantSettings,
  effect: Extract<AcdEffect, { type: 'agentChanged' }>,
  at: EpochMs,
): EngineEvent {
  const { agentId: agent, state, previous, status, callId } = effect
  return {
    type: 'agent.stateChanged',
    data: {
      tenant,
      agent,
      at,
      state,
      previous,
      status: status.type,
      ...(status.type === 'onBreak' ? { breakReason: status.reason } : {}),
      ...(callId === undefined ? {} : { callId }),
    },
  }
}
