import type { EpochMs } from '../../engine/plugin/index.ts'
import { takeAttemptFact, takeConnected, takeMachine } from './decide-attempt.ts'
import {
  takeCallEnded,
  takeCancelled,
  takeOwed,
  takeRangAgain,
  takeServed,
} from './decide-calls.ts'
import { passTime } from './decide-time.ts'
import type { Fact, Moment, Rules } from './fact.ts'
import type { NumberRecord } from './obligation.ts'
import { without, withoutGift } from './obligation-steps.ts'

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
      return withoutGift(record, fact.callId)
    case 'cleared':
      return record.retired?.callId === fact.callId ? without(record, 'retired') : record
    case 'timePassed':
      return record
    default:
      return takeAttemptFact(record, fact, moment)
  }
}

function takeSaid(record: NumberRecord, ids: readonly string[]): NumberRecord {
  const unsaid = record.unsaid.filter(({ id }) => !ids.includes(id))
  return unsaid.length === record.unsaid.length ? record : { ...record, unsaid }
}
