import type { EpochMs } from '../../engine/plugin/index.ts'
import { takeAttemptInput, takeConnected, takeMachine } from './decide-attempt.ts'
import {
  takeCallEnded,
  takeCancelled,
  takeOwed,
  takeRangAgain,
  takeServed,
} from './decide-calls.ts'
import { passTime } from './decide-time.ts'
import type { NumberRecord } from './obligation.ts'
import { without, withoutGift } from './obligation-steps.ts'
import type { Moment, RecordInput, Rules } from './record-input.ts'

/**
 * Applies an input, and then the time, to the record of a number. Pure. Returns the same
 * record if nothing changes, and undefined if nothing needs to be kept.
 */
export function decide(
  record: NumberRecord | undefined,
  input: RecordInput,
  now: EpochMs,
  rules: Rules,
): NumberRecord | undefined {
  const moment = { now, rules }
  const next = takeInput(record, input, moment)
  return next && passTime(next, moment)
}

function takeInput(
  record: NumberRecord | undefined,
  input: RecordInput,
  moment: Moment,
): NumberRecord | undefined {
  if (input.type === 'owed') {
    return takeOwed(record, input, moment)
  }
  if (record === undefined) {
    const owed = input.type === 'callEnded' ? input.owed : undefined
    return owed && takeOwed(record, owed, moment)
  }
  switch (input.type) {
    case 'rangAgain':
      return takeRangAgain(record, input, moment)
    case 'served':
      return takeServed(record, input, moment)
    case 'callEnded':
      return takeCallEnded(record, input, moment)
    case 'cancelled':
      return takeCancelled(record, input.reason, moment)
    case 'connected':
      return takeConnected(record, input, moment)
    case 'machineFound':
      return takeMachine(record, input.callId, moment)
    case 'published':
      return takePublished(record, input.ids)
    case 'placeGiven':
      return withoutGift(record, input.callId)
    case 'cleared':
      return record.retired?.callId === input.callId ? without(record, 'retired') : record
    case 'timePassed':
      return record
    default:
      return takeAttemptInput(record, input, moment)
  }
}

function takePublished(record: NumberRecord, ids: readonly string[]): NumberRecord {
  const unsaid = record.unsaid.filter(({ id }) => !ids.includes(id))
  return unsaid.length === record.unsaid.length ? record : { ...record, unsaid }
}
