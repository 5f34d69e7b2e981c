import type { EpochMs } from '../catalogue/ids.ts'
import { saveDeadline } from './deadlines.ts'
import type { Demand, Line, Need, WaitingCall } from './groups.ts'
import type { SavedCall } from './snapshot.ts'

/** What a call brings. */
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

/** A call that nobody can find yet. Spelt out: with so many fields a spread costs more than all the rest. */
export function createCall(
  { callId, enqueuedAt, enteredAt, dial, priority, requires, preferred, sequence }: GivenCall,
  line: Line,
  need: Need,
  demand: Demand,
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
    line,
    need,
    demand,
    isHeld: false,
    isOverdue: false,
    standing: 0,
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
  const { callId, line, requires, enqueuedAt, enteredAt, priority, preferred, sequence } = call
  const { offeredTo, changedAt, overflow, dial } = call
  return {
    ...{ callId, enqueuedAt, enteredAt, priority, preferred, sequence },
    ...{ offeredTo, changedAt, overflow, dial },
    queueId: line.settings.queueId,
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

/** Whether a call is on no offer, and its queue has not given it up. */
export function mayBeOffered({ offeredTo, overflow }: WaitingCall): boolean {
  return offeredTo.length === 0 && overflow === undefined
}
