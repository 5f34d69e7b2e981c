import { callbackIdOf } from './call-ids.ts'
import { type CallEvent, type CallNote, type CallRules, leavesQueues } from './call-note.ts'
import type { OwedFor } from './obligation.ts'
import type { Owed, RecordInput } from './record-input.ts'

/** The inputs that follow from an event of an attempt. */
export function readAttempt(event: CallEvent, callId: string): readonly RecordInput[] {
  const isOver: RecordInput = { type: 'callEnded', callId, at: event.data.at, isServed: true }
  switch (event.type) {
    case 'call.dialled':
      return [{ type: 'dialled', callId }]
    case 'call.dialEnded': {
      const { outcome } = event.data
      return outcome === 'answered'
        ? [{ type: 'reached', callId }]
        : [{ type: 'attemptEnded', callId, outcome }]
    }
    case 'call.arrived':
      return [{ type: 'reached', callId }]
    case 'call.answered':
      return [{ type: 'connected', callId, reason: 'answered' }]
    case 'call.completed':
      return [{ type: 'connected', callId, reason: 'answered' }, isOver]
    case 'call.transferred':
      return [{ type: 'connected', callId, reason: 'transferred' }, isOver]
    case 'call.abandoned':
      return [{ type: 'attemptEnded', callId, outcome: 'hungUp' }, isOver]
    case 'call.overflowed':
      return leavesQueues(event.data)
        ? [{ type: 'attemptEnded', callId, outcome: 'lost' }, isOver]
        : []
    case 'call.sentAway':
    case 'call.contained':
    case 'call.rejected':
    case 'call.lost':
      return [{ type: 'attemptEnded', callId, outcome: 'lost' }, isOver]
    case 'call.queued':
    case 'call.changed':
    case 'flow.collected':
      return []
  }
}

/** The inputs that follow from what is known of a call that is not an attempt, with the number each applies to. Repeatable. */
export function readNote(
  note: CallNote,
  callId: string,
  rules: CallRules,
): readonly { readonly number: string; readonly input: RecordInput }[] {
  const { number = '', answeredAt, end, origin } = note
  const request = readRequest(note, callId, rules)
  const inputs: { number: string; input: RecordInput }[] = []
  if (number !== '') {
    if (answeredAt !== undefined) {
      const arrivedAt = origin === undefined ? note.at : undefined
      inputs.push({ number, input: { type: 'served', callId, at: answeredAt, arrivedAt } })
    } else if (end === undefined && origin === undefined) {
      inputs.push({ number, input: { type: 'rangAgain', callId, at: note.at } })
    }
  }
  if (request !== undefined) {
    inputs.push({ number: request.number, input: request })
  }
  if (end !== undefined) {
    const isServed = answeredAt !== undefined || end.type === 'call.transferred'
    const owed = isServed || request !== undefined ? undefined : readOwed(note, callId, rules)
    const ended: RecordInput = { type: 'callEnded', callId, at: end.at, isServed, owed }
    for (const one of new Set([number, request?.number ?? ''])) {
      if (one !== '') {
        inputs.push({ number: one, input: one === number ? ended : { ...ended, owed: undefined } })
      }
    }
  }
  return inputs
}

/** The inputs for one number that follow from what is known by now of a call. */
export function readAnew(
  note: CallNote,
  callId: string,
  number: string,
  rules: CallRules,
): readonly RecordInput[] {
  const { origin, end } = note
  if (origin !== 'callback') {
    const found = readNote(note, callId, rules)
    return found.filter((one) => one.number === number).map(({ input }) => input)
  }
  return end === undefined ? [] : [{ type: 'callEnded', callId, at: end.at, isServed: true }]
}

/** The callback that a caller requested by key; undefined once an agent has answered. */
function readRequest(note: CallNote, callId: string, rules: CallRules): Owed | undefined {
  const { request } = note
  const rule = request && rules.requests[request.rule]
  const number = rule?.numberVariable === undefined ? note.number : note.wanted
  const queue = note.queue ?? note.end?.queue ?? rule?.queue
  const isServed = note.answeredAt !== undefined
  if (isServed || request === undefined || queue === undefined || !isNumber(number)) {
    return undefined
  }
  return {
    type: 'owed',
    callbackId: callbackIdOf(callId, 'key', request.at),
    number,
    queue: rules.homeQueue(queue),
    owedFor: 'requested',
    at: request.at,
    enqueuedAt: note.enqueuedAt ?? note.at,
    callId,
    onLineIn: note.end === undefined ? callId : undefined,
    needs: note.needs,
  }
}

/** The callback owed to a caller whose call ended unserved. */
function readOwed(note: CallNote, callId: string, rules: CallRules): Owed | undefined {
  const { number, end, origin } = note
  const owedFor = owedForEnd(end?.type)
  const queue = end?.queue ?? note.queue
  if (!isNumber(number) || end === undefined || origin !== undefined || queue === undefined) {
    return undefined
  }
  const waitMs = end.waitMs ?? end.at - (note.enqueuedAt ?? end.at)
  if (owedFor === undefined || !rules.owes(owedFor, queue, waitMs)) {
    return undefined
  }
  return {
    type: 'owed',
    callbackId: callbackIdOf(callId, 'end', end.at),
    number,
    queue: rules.homeQueue(queue),
    owedFor,
    at: end.at,
    enqueuedAt: note.enqueuedAt ?? end.at - waitMs,
    callId,
    needs: note.needs,
  }
}

function isNumber(number: string | undefined): number is string {
  return number !== undefined && number !== ''
}

function owedForEnd(type: string | undefined): OwedFor | undefined {
  switch (type) {
    case 'call.abandoned':
      return 'abandoned'
    case 'call.sentAway':
      return 'sentAway'
    case 'call.overflowed':
      return 'overflowed'
    case 'call.lost':
      return 'lost'
    default:
      return undefined
  }
}
