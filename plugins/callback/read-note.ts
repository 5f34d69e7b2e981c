import { callbackIdOf } from './call-ids.ts'
import { type CallEvent, type CallNote, type CallRules, leavesQueues } from './call-note.ts'
import type { Fact, Owed } from './fact.ts'
import type { OwedFor } from './obligation.ts'

/** What an event of an attempt says of it. */
export function readAttempt(event: CallEvent, callId: string): readonly Fact[] {
  const isOver: Fact = { type: 'callEnded', callId, at: event.data.at, isServed: true }
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

/** What a call that is no attempt means for numbers, as far as it is known. The same facts each time. */
export function readNote(
  note: CallNote,
  callId: string,
  rules: CallRules,
): readonly { readonly number: string; readonly fact: Fact }[] {
  const { number = '', answeredAt, end, origin } = note
  const request = readRequest(note, callId, rules)
  const facts: { number: string; fact: Fact }[] = []
  if (number !== '') {
    if (answeredAt !== undefined) {
      const arrivedAt = origin === undefined ? note.at : undefined
      facts.push({ number, fact: { type: 'served', callId, at: answeredAt, arrivedAt } })
    } else if (end === undefined && origin === undefined) {
      facts.push({ number, fact: { type: 'rangAgain', callId, at: note.at } })
    }
  }
  if (request !== undefined) {
    facts.push({ number: request.number, fact: request })
  }
  if (end !== undefined) {
    const isServed = answeredAt !== undefined || end.type === 'call.transferred'
    const owed = isServed || request !== undefined ? undefined : readDebt(note, callId, rules)
    const ended: Fact = { type: 'callEnded', callId, at: end.at, isServed, owed }
    for (const one of new Set([number, request?.number ?? ''])) {
      if (one !== '') {
        facts.push({ number: one, fact: one === number ? ended : { ...ended, owed: undefined } })
      }
    }
  }
  return facts
}

/** What is known by now of a call that somebody counts on, as far as it is about a number. */
export function readAnew(
  note: CallNote,
  callId: string,
  number: string,
  rules: CallRules,
): readonly Fact[] {
  const { origin, end } = note
  if (origin !== 'callback') {
    const said = readNote(note, callId, rules)
    return said.filter((one) => one.number === number).map(({ fact }) => fact)
  }
  return end === undefined ? [] : [{ type: 'callEnded', callId, at: end.at, isServed: true }]
}

/** What a caller asked for by a key; nothing once an agent has answered. */
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

/** What a caller is owed who was let go unanswered. */
function readDebt(note: CallNote, callId: string, rules: CallRules): Owed | undefined {
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
