import type { EpochMs } from '../../engine/plugin/index.ts'
import { attemptCallId } from './call-ids.ts'
import { endAttempt } from './decide-attempt.ts'
import { takeCancelled } from './decide-calls.ts'
import type { Attempt, NumberRecord, Obligation } from './obligation.ts'
import { changed, endObligation } from './obligation-steps.ts'
import type { Moment } from './record-input.ts'

/** How long a spent attempt waits for the event with its outcome, by phase. */
const graceMs = { placed: 60_000, dialling: 60_000, reached: 15 * 60_000 } as const

/** Applies everything that is due by now, one step after the other. */
export function passTime(record: NumberRecord, moment: Moment): NumberRecord | undefined {
  const next = takeDue(record, moment)
  return next === record || next === undefined ? next : passTime(next, moment)
}

function takeDue(record: NumberRecord, moment: Moment): NumberRecord | undefined {
  const { obligation, unsaid, gifts } = record
  const { state } = obligation
  const { now, rules } = moment
  switch (state.type) {
    case 'ended': {
      const isForgettable = unsaid.length === 0 && gifts.length === 0
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
  if (retired !== undefined) {
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
