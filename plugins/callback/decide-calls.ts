import type { EpochMs } from '../../engine/plugin/index.ts'
import { callbackIdOf, shortId } from './call-ids.ts'
import type { Fact, Moment, Owed } from './fact.ts'
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

/** Rules of what customers do by themselves, and of what is said about them. Pure. */

/** A reason to call somebody: owed anew, or merged into what lives. */
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

/** A customer on the line takes over what is owed, unless they were there before it was. */
export function takeRangAgain(
  record: NumberRecord,
  { callId, at }: Extract<Fact, { readonly type: 'rangAgain' }>,
  moment: Moment,
): NumberRecord {
  const { obligation } = record
  return isAgain(obligation, callId, at) ? endBy(record, absorption(callId), moment) : record
}

/**
 * True for a call of a customer who has rung again: who was on the line before
 * the call was owed has not, and who was reached is called back already.
 */
function isAgain({ state, renewedAt, calls }: Obligation, callId: string, at: EpochMs): boolean {
  const isReached = state.type === 'attempt' && state.phase === 'reached'
  return at >= renewedAt && !isReached && !calls.includes(callId)
}

function absorption(callId: string) {
  return { type: 'ended', outcome: 'absorbed', reason: 'rangAgain', callId } as const
}

/** A customer to whom an agent talks is owed nothing more. */
export function takeServed(
  record: NumberRecord,
  { callId, at, arrivedAt }: Extract<Fact, { readonly type: 'served' }>,
  moment: Moment,
): NumberRecord {
  const { obligation } = record
  if (at < obligation.renewedAt) {
    return record
  }
  // The news that they rang again may come after that of the answer.
  const isAbsorbed = arrivedAt !== undefined && isAgain(obligation, callId, arrivedAt)
  const cancelled = { type: 'ended', outcome: 'cancelled', reason: 'answered', callId } as const
  return endBy(record, isAbsorbed ? absorption(callId) : cancelled, moment)
}

/** Ends what rests; an attempt is withdrawn first, unless it is for another end. */
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

/** A call is over: what it had absorbed is owed again, and what waited for its end goes on. */
export function takeCallEnded(
  record: NumberRecord,
  { callId, at, isServed, owed }: Extract<Fact, { readonly type: 'callEnded' }>,
  moment: Moment,
): NumberRecord {
  const freed = release(record, callId)
  if (isServed) {
    return freed
  }
  const { obligation } = freed
  const { state } = obligation
  if (isAbsorbedBy(state, callId)) {
    const { number } = freed
    const { enqueuedAt, queue, owedFor, needs } = obligation
    const ended = callbackIdOf(callId, 'end', at)
    const again: Owed = {
      ...(owed ?? { type: 'owed', number, queue, needs, at, callId }),
      owedFor,
      // The end of this call may have been made good before, and it was counted on all the same.
      callbackId: isKnown(freed, ended) ? shortId(`again/${obligation.callbackId}`) : ended,
      enqueuedAt: Math.min(enqueuedAt, owed?.enqueuedAt ?? enqueuedAt),
    }
    return takeOwed(withoutGift(freed, callId), again, moment) ?? freed
  }
  if (state.type === 'attempt' && state.next !== undefined && isAbsorbedBy(state.next, callId)) {
    const back = { ...state, next: { type: 'resting', dueAt: moment.now } } as const
    return changed(freed, {
      state: state.phase === 'reached' ? withoutNext(state) : back,
      renewedAt: Math.max(obligation.renewedAt, at),
      calls: [...obligation.calls, callId].slice(-10),
    })
  }
  return owed === undefined ? freed : (takeOwed(freed, owed, moment) ?? freed)
}

function isAbsorbedBy(state: Obligation['state'] | Next, callId: string): boolean {
  return state.type === 'ended' && state.outcome === 'absorbed' && state.callId === callId
}

/** The customer is off the line. */
function release(record: NumberRecord, callId: string): NumberRecord {
  return record.onLine?.callId === callId ? without(record, 'onLine') : record
}

/** Somebody, or a list, says that nobody shall be dialled. */
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
