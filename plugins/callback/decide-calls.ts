import type { EpochMs } from '../../engine/plugin/index.ts'
import { callbackIdOf, shortId } from './call-ids.ts'
import {
  type Attempt,
  isLive,
  type Next,
  type NumberRecord,
  type Obligation,
} from './obligation.ts'
import {
  beginObligation,
  changed,
  endObligation,
  renewObligation,
  without,
  withoutGift,
} from './obligation-steps.ts'
import type { Moment, Owed, RecordInput } from './record-input.ts'

/** Rules for customers' own calls and for cancellations. Pure. */

/** A reason for a callback: begins an obligation, or is merged into the live one. */
export function takeOwed(
  record: NumberRecord | undefined,
  owed: Owed,
  { rules }: Moment,
): NumberRecord | undefined {
  if (rules.isBarred(owed.number) || isKnown(record, owed.callbackId)) {
    return record
  }
  if (record === undefined || !isLive(record.obligation)) {
    return beginObligation(record, owed, rules)
  }
  return renewObligation(record, owed, rules)
}

function isKnown(record: NumberRecord | undefined, callbackId: string): boolean {
  return (
    record !== undefined &&
    (record.obligation.callbackId === callbackId ||
      record.past.some((one) => one.callbackId === callbackId))
  )
}

/** A customer who rings again absorbs the obligation, unless they were already on the line when it began. */
export function takeRangAgain(
  record: NumberRecord,
  { callId, at }: Extract<RecordInput, { readonly type: 'rangAgain' }>,
  moment: Moment,
): NumberRecord {
  const { obligation } = record
  return isAgain(obligation, callId, at) ? endBy(record, absorption(callId), moment) : record
}

/**
 * True for a call of a customer who has rung again. A customer who was on the line before
 * the callback was owed has not; one who has been reached is already being called back.
 */
function isAgain({ state, renewedAt, calls }: Obligation, callId: string, at: EpochMs): boolean {
  const isReached = state.type === 'attempt' && state.phase === 'reached'
  return at >= renewedAt && !isReached && !calls.includes(callId)
}

function absorption(callId: string) {
  return { type: 'ended', outcome: 'absorbed', reason: 'rangAgain', callId } as const
}

/** An agent talks to the customer: nothing is owed any more. */
export function takeServed(
  record: NumberRecord,
  { callId, at, arrivedAt }: Extract<RecordInput, { readonly type: 'served' }>,
  moment: Moment,
): NumberRecord {
  const { obligation } = record
  if (at < obligation.renewedAt) {
    return record
  }
  // The arrival may be reported after the answer.
  const isAbsorbed = arrivedAt !== undefined && isAgain(obligation, callId, arrivedAt)
  const cancelled = { type: 'ended', outcome: 'cancelled', reason: 'answered', callId } as const
  return endBy(record, isAbsorbed ? absorption(callId) : cancelled, moment)
}

/** Ends a resting obligation; a placed attempt is withdrawn first, unless it is already ending. */
function endBy(
  record: NumberRecord,
  end: Extract<Next, { readonly type: 'ended' }>,
  { now }: Moment,
): NumberRecord {
  const { state } = record.obligation
  switch (state.type) {
    case 'resting':
      return endObligation(record, end, now)
    case 'attempt':
      return state.next?.type === 'ended'
        ? record
        : changed(record, { state: { ...state, next: end } })
    case 'ended':
      return record
  }
}

/** A call is over: a callback that it had absorbed is owed again, and one that waited for its end proceeds. */
export function takeCallEnded(
  record: NumberRecord,
  { callId, at, isServed, owed }: Extract<RecordInput, { readonly type: 'callEnded' }>,
  moment: Moment,
): NumberRecord {
  const released = release(record, callId)
  if (isServed) {
    return released
  }
  const { obligation } = released
  const { state } = obligation
  if (isAbsorbedBy(state, callId)) {
    const { number } = released
    const { enqueuedAt, queue, owedFor, needs } = obligation
    const ended = callbackIdOf(callId, 'end', at)
    const again: Owed = {
      ...(owed ?? { type: 'owed', number, queue, needs, at, callId }),
      owedFor,
      // The id for the end of this call may be taken: an earlier obligation has used it.
      callbackId: isKnown(released, ended) ? shortId(`again/${obligation.callbackId}`) : ended,
      enqueuedAt: Math.min(enqueuedAt, owed?.enqueuedAt ?? enqueuedAt),
    }
    return takeOwed(withoutGift(released, callId), again, moment) ?? released
  }
  if (state.type === 'attempt' && state.next !== undefined && isAbsorbedBy(state.next, callId)) {
    const back = { ...state, next: { type: 'resting', dueAt: moment.now } } as const
    return changed(released, {
      state: state.phase === 'reached' ? withoutNext(state) : back,
      renewedAt: Math.max(obligation.renewedAt, at),
      calls: [...obligation.calls, callId].slice(-10),
    })
  }
  return owed === undefined ? released : (takeOwed(released, owed, moment) ?? released)
}

function isAbsorbedBy(state: Obligation['state'] | Next, callId: string): boolean {
  return state.type === 'ended' && state.outcome === 'absorbed' && state.callId === callId
}

/** The customer is no longer on the line. */
function release(record: NumberRecord, callId: string): NumberRecord {
  return record.onLine?.callId === callId ? without(record, 'onLine') : record
}

/** A command or the do-not-call list cancels the obligation. */
export function takeCancelled(record: NumberRecord, reason: string, { now }: Moment): NumberRecord {
  const { state } = record.obligation
  const end = { type: 'ended', outcome: 'cancelled', reason } as const
  if (state.type === 'resting') {
    return endObligation(record, end, now)
  }
  return state.type === 'attempt' && state.phase !== 'reached' && !isCancelled(state.next)
    ? changed(record, { state: { ...state, next: end } })
    : record
}

function isCancelled(next: Next | undefined): boolean {
  return next?.type === 'ended' && next.outcome === 'cancelled'
}

function withoutNext(state: Attempt): Attempt {
  const { next: _next, ...rest } = state
  return rest
}
