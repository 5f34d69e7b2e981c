import type { EpochMs } from '../../engine/plugin/index.ts'
import { attemptCallId, callbackIdOf } from './call-ids.ts'
import type { Fact, Owed, Rules } from './fact.ts'
import { type AttemptOutcome, isLive, type NumberRecord, type Obligation } from './obligation.ts'
import {
  beginObligation,
  changed,
  endObligation,
  lineUntilOver,
  renewObligation,
  say,
} from './obligation-steps.ts'

/** How long an attempt that is over waits for the event that says how, by how far it had come. */
export const graceMs = { placed: 60_000, dialling: 60_000, reached: 15 * 60_000 } as const
/** How long a command to place what was withdrawn may still be on its way. */
export const retireMs = 60_000

type State = Obligation['state']
type Attempt = Extract<State, { readonly type: 'attempt' }>
type Next = NonNullable<Attempt['next']>

interface Moment {
  readonly now: EpochMs
  readonly rules: Rules
}

/**
 * What becomes of a number's record by a fact, and by the time. Pure: the same
 * record when nothing changes, undefined when nothing is left to be kept.
 */
export function decide(
  record: NumberRecord | undefined,
  fact: Fact,
  now: EpochMs,
  rules: Rules,
): NumberRecord | undefined {
  const moment = { now, rules }
  const next = takeFact(record, fact, moment)
  return next && passTime(next, moment)
}

function takeFact(
  record: NumberRecord | undefined,
  fact: Fact,
  moment: Moment,
): NumberRecord | undefined {
  if (fact.type === 'owed') {
    return takeOwed(record, fact, moment)
  }
  if (record === undefined) {
    const owed = fact.type === 'callEnded' ? fact.owed : undefined
    return owed && takeOwed(record, owed, moment)
  }
  switch (fact.type) {
    case 'rangAgain':
      return takeRangAgain(record, fact, moment)
    case 'served':
      return takeServed(record, fact, moment)
    case 'callEnded':
      return takeCallEnded(record, fact, moment)
    case 'cancelled':
      return takeCancelled(record, fact.reason, moment)
    case 'connected':
      return takeConnected(record, fact, moment)
    case 'machineFound':
      return takeMachine(record, fact.callId, moment)
    case 'said':
      return takeSaid(record, fact.ids)
    case 'given':
      return record.gift?.callId === fact.callId ? without(record, 'gift') : record
    case 'timePassed':
      return record
    default:
      return takeAttemptFact(record, fact, moment)
  }
}

function takeOwed(
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

function takeRangAgain(
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

function takeServed(
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

function takeCallEnded(
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
    const again: Owed = {
      ...(owed ?? { type: 'owed', number, queue, needs, at, callId }),
      owedFor,
      callbackId: callbackIdOf(callId, at),
      enqueuedAt: Math.min(enqueuedAt, owed?.enqueuedAt ?? enqueuedAt),
    }
    return takeOwed(without(freed, 'gift'), again, moment) ?? freed
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

function isAbsorbedBy(state: State | Next, callId: string): boolean {
  return state.type === 'ended' && state.outcome === 'absorbed' && state.callId === callId
}

/** The customer is off the line. */
function release(record: NumberRecord, callId: string): NumberRecord {
  return record.onLine?.callId === callId ? without(record, 'onLine') : record
}

function takeCancelled(record: NumberRecord, reason: string, { now }: Moment): NumberRecord {
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

function takeConnected(
  record: NumberRecord,
  { callId, reason }: Extract<Fact, { readonly type: 'connected' }>,
  moment: Moment,
): NumberRecord {
  const { now } = moment
  const { obligation } = record
  const { state, attempts } = obligation
  const isCurrent = state.type === 'attempt' && state.callId === callId
  // News of an attempt that had been counted as over: the customer is served all the same.
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

function takeMachine(record: NumberRecord, callId: string, moment: Moment): NumberRecord {
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
  const told = say(reopened, 'callback.attempted', { callId, outcome: 'machine' })
  const rested = afterFailure(told, 'machine', moment)
  return isLive(rested.obligation) ? say(rested, 'callback.owed', {}) : rested
}

/** Facts of the attempt under way; of any other they say nothing new. */
function takeAttemptFact(
  record: NumberRecord,
  fact: Extract<Fact, { readonly callId: string }>,
  moment: Moment,
): NumberRecord {
  const { state } = record.obligation
  if (state.type !== 'attempt' || state.callId !== fact.callId) {
    return fact.type === 'reached' ? takeLateReached(record, fact.callId) : record
  }
  const { spentAt: _spentAt, ...alive } = state
  switch (fact.type) {
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
      return endAttempt(record, state, fact.outcome, moment)
    case 'placeRefused':
      return endObligation(
        record,
        { type: 'ended', outcome: 'givenUp', reason: fact.code },
        moment.now,
      )
    case 'withdrawn':
      return state.next === undefined || state.phase === 'reached'
        ? record
        : follow(retire(record, state.callId, moment), state.next, moment)
    default:
      return record
  }
}

/** A contact that was withdrawn, and dialled all the same: the customer is on the line. */
function takeLateReached(record: NumberRecord, callId: string): NumberRecord {
  const isRetired = record.retired?.callId === callId
  return isRetired && record.obligation.state.type === 'resting'
    ? changed(record, { state: { type: 'attempt', callId, phase: 'reached' } })
    : record
}

function endAttempt(
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
  const attempts = [...record.obligation.attempts, { callId, outcome, at: now }]
  return say(changed(record, { attempts }), 'callback.attempted', { callId, outcome })
}

/** After an attempt that reached nobody. */
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

function retire(record: NumberRecord, callId: string, { now }: Moment): NumberRecord {
  return { ...record, retired: { callId, at: now } }
}

/** Lets happen what is due, one thing after the other. */
function passTime(record: NumberRecord, moment: Moment): NumberRecord | undefined {
  const next = takeDue(record, moment)
  return next === record || next === undefined ? next : passTime(next, moment)
}

function takeDue(record: NumberRecord, moment: Moment): NumberRecord | undefined {
  const { obligation, unsaid, gift } = record
  const { state } = obligation
  const { now, rules } = moment
  switch (state.type) {
    case 'ended': {
      const isForgettable = unsaid.length === 0 && gift === undefined
      return isForgettable && now >= state.at + rules.keepForMs ? undefined : record
    }
    case 'attempt':
      return takeDueAttempt(record, state, moment)
    case 'resting':
      return takeDueRest(record, state.dueAt, moment)
  }
}

function takeDueRest(record: NumberRecord, dueAt: EpochMs, { now, rules }: Moment): NumberRecord {
  const { obligation, number, retired, onLine } = record
  const { expiresAt, queue } = obligation
  if (rules.isBarred(number)) {
    return endObligation(record, { type: 'ended', outcome: 'cancelled', reason: 'doNotCall' }, now)
  }
  if (now >= expiresAt) {
    return endObligation(record, expiry(obligation), now)
  }
  if (now < dueAt || (onLine !== undefined && now < onLine.untilAt)) {
    return record
  }
  const isClear = retired === undefined || Math.abs(now - retired.at) >= retireMs
  if (!isClear) {
    return record
  }
  const openAt = rules.openAt(queue, now) ?? expiresAt
  if (openAt > now) {
    return changed(record, { state: { type: 'resting', dueAt: openAt } })
  }
  const serial = obligation.serial + 1
  const callId = attemptCallId(obligation.callbackId, serial)
  return changed(record, { serial, state: { type: 'attempt', callId, phase: 'placed' } })
}

function takeDueAttempt(record: NumberRecord, state: Attempt, moment: Moment): NumberRecord {
  const { now, rules } = moment
  const { obligation, number } = record
  if (state.spentAt !== undefined && Math.abs(now - state.spentAt) >= graceMs[state.phase]) {
    return endAttempt(record, state, 'unknown', moment)
  }
  if (state.phase !== 'reached' && state.next?.type !== 'ended' && rules.isBarred(number)) {
    return takeCancelled(record, 'doNotCall', moment)
  }
  if (state.phase !== 'placed' || state.next !== undefined || state.spentAt !== undefined) {
    return record
  }
  if (now >= obligation.expiresAt) {
    return changed(record, { state: { ...state, next: expiry(obligation) } })
  }
  const openAt = rules.openAt(obligation.queue, now) ?? obligation.expiresAt
  return openAt > now
    ? changed(record, { state: { ...state, next: { type: 'resting', dueAt: openAt } } })
    : record
}

function expiry({ attempts }: Obligation) {
  const reason = attempts.length === 0 ? 'neverDialled' : 'notReached'
  return { type: 'ended', outcome: 'expired', reason } as const
}

function takeSaid(record: NumberRecord, ids: readonly string[]): NumberRecord {
  const unsaid = record.unsaid.filter(({ id }) => !ids.includes(id))
  return unsaid.length === record.unsaid.length ? record : { ...record, unsaid }
}

function without(record: NumberRecord, key: 'gift' | 'onLine'): NumberRecord {
  const { [key]: _gone, ...rest } = record
  return rest
}

function withoutNext(state: Attempt): Attempt {
  const { next: _next, ...rest } = state
  return rest
}
