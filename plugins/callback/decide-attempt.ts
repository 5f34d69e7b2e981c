import type { EpochMs } from '../../engine/plugin/index.ts'
import {
  type Attempt,
  type AttemptOutcome,
  isLive,
  type Next,
  type NumberRecord,
} from './obligation.ts'
import { addEvent, changed, endObligation, lineUntilOver } from './obligation-steps.ts'
import type { Moment, RecordInput } from './record-input.ts'

/** Rules for dial attempts and their outcomes. Pure. */

/** An agent talks to the customer in one of our attempts. */
export function takeConnected(
  record: NumberRecord,
  { callId, reason }: Extract<RecordInput, { readonly type: 'connected' }>,
  moment: Moment,
): NumberRecord {
  const { now } = moment
  const { obligation } = record
  const { state, attempts } = obligation
  const isCurrent = state.type === 'attempt' && state.callId === callId
  // Late news of an attempt already counted as over: the customer has been served all the same.
  const isLate =
    isLive(obligation) && attempts.some((one) => one.callId === callId && one.outcome !== 'machine')
  if (!isCurrent && !isLate) {
    return record
  }
  const end = { type: 'ended', outcome: 'connected', reason, callId } as const
  if (state.type === 'attempt' && !isCurrent) {
    return changed(record, { state: { ...state, next: end } })
  }
  if (state.type === 'attempt' && state.isMachine === true) {
    return endAttempt({ ...record, ...lineUntilOver(callId, now) }, state, 'machine', moment)
  }
  const counted = isCurrent ? countAttempt(record, callId, 'connected', now) : record
  return endObligation(counted, end, now)
}

/** An answering machine took the call. */
export function takeMachine(record: NumberRecord, callId: string, moment: Moment): NumberRecord {
  const { obligation } = record
  const { state, attempts } = obligation
  if (state.type === 'attempt' && state.callId === callId) {
    return state.phase === 'reached' && state.isMachine === undefined
      ? changed(record, { state: { ...state, isMachine: true } })
      : record
  }
  const isOurs = state.type === 'ended' && state.outcome === 'connected' && state.callId === callId
  if (!isOurs) {
    return record
  }
  const corrected = attempts.map((one) =>
    one.callId === callId ? { ...one, outcome: 'machine' as const } : one,
  )
  // The agent may still be listening to it.
  const waiting = { ...record, ...lineUntilOver(callId, moment.now) }
  const reopened = changed(waiting, { attempts: corrected })
  const told = addEvent(reopened, 'callback.attempted', { callId, outcome: 'machine' })
  const rested = afterFailure(told, 'machine', moment)
  return isLive(rested.obligation) ? addEvent(rested, 'callback.owed', {}) : rested
}

/** Applies an input about the current attempt; inputs about other attempts change nothing. */
export function takeAttemptInput(
  record: NumberRecord,
  input: Extract<RecordInput, { readonly callId: string }>,
  moment: Moment,
): NumberRecord {
  const { state } = record.obligation
  if (state.type !== 'attempt' || state.callId !== input.callId) {
    return input.type === 'reached' ? takeLateReached(record, input.callId) : record
  }
  const { spentAt: _spentAt, ...alive } = state
  switch (input.type) {
    case 'dialled':
      return state.phase === 'placed'
        ? changed(record, { state: { ...state, phase: 'dialling' } })
        : record
    case 'reached':
      return state.phase === 'reached' && state.spentAt === undefined
        ? record
        : changed(record, { state: { ...alive, phase: 'reached' } })
    case 'spent':
      return state.spentAt === undefined
        ? changed(record, { state: { ...state, spentAt: moment.now } })
        : record
    case 'attemptEnded':
      return endAttempt(record, state, input.outcome, moment)
    case 'placeRefused':
      return endObligation(
        record,
        { type: 'ended', outcome: 'givenUp', reason: input.code },
        moment.now,
      )
    case 'withdrawn':
      return state.next === undefined || state.phase === 'reached'
        ? record
        : follow(
            { ...record, retired: { callId: state.callId, at: moment.now } },
            state.next,
            moment,
          )
    default:
      return record
  }
}

/** A withdrawn contact was dialled all the same, and the customer is on the line. */
function takeLateReached(record: NumberRecord, callId: string): NumberRecord {
  const isRetired = record.retired?.callId === callId
  return isRetired && record.obligation.state.type === 'resting'
    ? changed(record, { state: { type: 'attempt', callId, phase: 'reached' } })
    : record
}

/** Ends an attempt. The obligation then ends as pending, rests until the next attempt, or is given up. */
export function endAttempt(
  record: NumberRecord,
  { callId, next, isMachine }: Attempt,
  told: AttemptOutcome,
  moment: Moment,
): NumberRecord {
  const outcome = isMachine === true ? 'machine' : told
  const counted = countAttempt(record, callId, outcome, moment.now)
  return next?.type === 'ended'
    ? follow(counted, next, moment)
    : afterFailure(counted, outcome, moment)
}

function countAttempt(
  record: NumberRecord,
  callId: string,
  outcome: AttemptOutcome,
  now: EpochMs,
): NumberRecord {
  // An attempt that was counted as over may reach the customer late: its last outcome counts.
  const others = record.obligation.attempts.filter((one) => one.callId !== callId)
  const attempts = [...others, { callId, outcome, at: now }]
  return addEvent(changed(record, { attempts }), 'callback.attempted', { callId, outcome })
}

/** Decides what follows an attempt that did not connect: a pause, or giving up. */
function afterFailure(
  record: NumberRecord,
  outcome: AttemptOutcome,
  { now, rules }: Moment,
): NumberRecord {
  return record.obligation.attempts.length >= rules.attempts
    ? endObligation(record, { type: 'ended', outcome: 'givenUp', reason: outcome }, now)
    : changed(record, { state: { type: 'resting', dueAt: now + rules.spacingMs(outcome) } })
}

function follow(record: NumberRecord, next: Next, { now }: Moment): NumberRecord {
  return next.type === 'ended' ? endObligation(record, next, now) : changed(record, { state: next })
}
