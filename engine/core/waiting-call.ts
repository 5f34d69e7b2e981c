import type { EpochMs } from '../catalogue/ids.ts'
import { saveDeadline } from './deadlines.ts'
import type { CallGroup, QueueState, SharedRequirement, WaitingCall } from './groups.ts'
import { stepAfter } from './requirement.ts'
import type { SavedCall } from './snapshot.ts'

/** What a call is made from. */
export type GivenCall = Pick<
  WaitingCall,
  | 'callId'
  | 'enqueuedAt'
  | 'enteredAt'
  | 'dial'
  | 'priority'
  | 'preferred'
  | 'requires'
  | 'sequence'
>

/**
 * A call that no agent can find yet. Spelt out, since spreading this many fields costs more than
 * everything else.
 */
export function createCall(
  { callId, enqueuedAt, enteredAt, dial, priority, requires, preferred, sequence }: GivenCall,
  queue: QueueState,
  requirement: SharedRequirement,
  group: CallGroup,
  now: EpochMs,
): WaitingCall {
  return {
    callId,
    enqueuedAt,
    enteredAt,
    dial,
    priority,
    requires,
    preferred,
    sequence,
    queue,
    requirement,
    group,
    isHeld: false,
    isOverdue: false,
    basePoints: 0,
    offeredTo: [],
    lease: undefined,
    maxWait: undefined,
    unstaffed: undefined,
    change: undefined,
    changedAt: now,
    overflow: undefined,
    refusedBy: undefined,
    heapIndex: -1,
  }
}

/** What a snapshot keeps of a call. */
export function saveCall(call: WaitingCall): SavedCall {
  const { callId, queue, requires, enqueuedAt, enteredAt, priority, preferred, sequence } = call
  const { offeredTo, changedAt, overflow, dial } = call
  return {
    ...{ callId, enqueuedAt, enteredAt, priority, preferred, sequence },
    ...{ offeredTo, changedAt, overflow, dial },
    queueId: queue.settings.queueId,
    requires,
    lease: saveDeadline(call.lease),
    maxWait: saveDeadline(call.maxWait),
    unstaffed: saveDeadline(call.unstaffed),
    change: saveDeadline(call.change),
    refusedBy: [...(call.refusedBy ?? [])].map(([agentId, { at, sequence: order }]) => [
      agentId,
      { at, sequence: order },
    ]),
  }
}

/** Whether a call is not on offer and its queue has not given it up. */
export function mayBeOffered({ offeredTo, overflow }: WaitingCall): boolean {
  return offeredTo.length === 0 && overflow === undefined
}

/** The step of a call's requirement that is in force, counted from 0; 0 also before the first. */
export function stepInForce({ requirement, enqueuedAt }: WaitingCall, now: EpochMs): number {
  return Math.max(0, stepAfter(requirement.steps, now - enqueuedAt))
}
