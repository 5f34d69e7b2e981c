import type { CallFlow, CallQueue, Offer, Overflow } from '../call/call-event.ts'
import type { LegId, OfferId, QueueId } from '../catalogue/ids.ts'
import type { FlowReason, OverflowReason } from '../catalogue/outcomes.ts'
import type { OverflowRule } from '../config/engine-config.ts'
import type { AcdEffect } from '../core/event.ts'
import type { QueueRuntimeSettings, TenantSettings } from './settings.ts'

/** The queue in the form that the call machine needs; undefined if there is no such queue. */
export function callQueue({ queues }: TenantSettings, queueId: QueueId): CallQueue | undefined {
  const queue = queues.get(queueId)
  if (queue === undefined) {
    return undefined
  }
  const { music, ringback, serviceLevelMs } = queue
  return { queueId, music, ringback, serviceLevelMs }
}

/** The flow in the form that the call machine needs; undefined if there is no such flow. */
export function callFlow(
  { flows }: TenantSettings,
  name: string,
  by: FlowReason,
  newId: () => string,
): CallFlow | undefined {
  const flow = flows.get(name)
  return flow === undefined
    ? undefined
    : { name, isNamed: true, flow, runId: newId(), by, variables: {} }
}

const rules: Readonly<Record<OverflowReason, OverflowRule>> = {
  maxWait: 'maxWait',
  full: 'full',
  joinUnstaffed: 'unstaffed',
  unstaffed: 'unstaffed',
  removed: 'maxWait',
}

/**
 * Where a call goes when it overflows. It is hung up if the queue names no destination, or one that
 * does not exist.
 *
 * @param queue its settings, or its last settings if it was removed
 */
export function callOverflow(
  settings: TenantSettings,
  queue: QueueRuntimeSettings | undefined,
  reason: OverflowReason,
  newId: () => string,
): Overflow {
  const overflow = queue?.overflow[rules[reason]]
  const hangUp = { type: 'hangUp', cause: 'NORMAL_TEMPORARY_FAILURE' } as const
  if (overflow === undefined) {
    return hangUp
  }
  switch (overflow.type) {
    case 'queue': {
      const other = callQueue(settings, overflow.queueId)
      return other === undefined ? hangUp : { type: 'queue', queue: other }
    }
    case 'flow': {
      const flow = callFlow(settings, overflow.flow, 'overflow', newId)
      return flow === undefined ? hangUp : { type: 'flow', flow }
    }
    default:
      return overflow
  }
}

/** Converts an offer of the core to one that the call machine can run. */
export function callOffer(
  { agents }: TenantSettings,
  { agentIds, ringMs, stepMs, deadlineAt, decision }: Extract<AcdEffect, { type: 'offer' }>,
  newId: () => string,
  matchUs: number,
): Offer {
  return {
    legs: agentIds.map((agentId, index) => ({
      legId: newId() as LegId,
      agentId,
      address: agents.get(agentId)?.address ?? '',
      startAfterMs: index * stepMs,
    })),
    offerId: newId() as OfferId,
    ringMs,
    deadlineAt,
    matchUs,
    ...(decision === undefined ? {} : { decision }),
  }
}
