import { type PluginEvent, z } from '../../engine/plugin/index.ts'
import { callbackIdOf } from './call-ids.ts'
import type { Fact, Owed } from './fact.ts'
import { needs, type OwedFor } from './obligation.ts'
import type { RequestRule } from './options.ts'

/**
 * What is remembered of a call until some hours after its end: only its first
 * event carries the number, and events may come late, twice, or in another order.
 */
export const callNote = z.object({
  /** When it arrived, or was heard of first. */
  at: z.int(),
  /** Normalised; empty for one that is owed nothing; absent until the arrival is heard. */
  number: z.string().optional(),
  origin: z.enum(['callback', 'originate']).optional(),
  queue: z.string().optional(),
  enqueuedAt: z.int().optional(),
  needs: needs.optional(),
  /** The request it made by key: which of the options, and when. */
  request: z.object({ rule: z.int(), at: z.int() }).optional(),
  /** The number it wants to be called at; empty when it keyed none that can be. */
  wanted: z.string().optional(),
  answeredAt: z.int().optional(),
  end: z
    .object({
      type: z.string(),
      at: z.int(),
      queue: z.string().optional(),
      waitMs: z.int().optional(),
    })
    .optional(),
})
export type CallNote = z.output<typeof callNote>

/** What the options say of calls. */
export interface CallRules {
  normalise(raw: string): string | undefined
  readonly requests: readonly RequestRule[]
  /** Where customers of a queue come back to. */
  homeQueue(queue: string): string
  /** Whether a queue owes a call to a caller whom it let go. */
  owes(owedFor: OwedFor, queue: string, waitMs: number): boolean
}

/** What the plugin hears of calls. */
type HeardType =
  | 'call.arrived'
  | 'call.dialled'
  | 'call.dialEnded'
  | 'call.queued'
  | 'call.changed'
  | 'call.answered'
  | 'call.completed'
  | 'call.abandoned'
  | 'call.transferred'
  | 'call.overflowed'
  | 'call.sentAway'
  | 'call.contained'
  | 'call.rejected'
  | 'call.lost'
  | 'flow.collected'

/** An event of a call. */
export type CallEvent = { readonly [T in HeardType]: PluginEvent<T> }[HeardType]

/** Adds what an event says to what is remembered: the same note when that is nothing new. */
export function noteEvent(
  note: CallNote | undefined,
  event: CallEvent,
  rules: CallRules,
): CallNote | undefined {
  const { at } = event.data
  switch (event.type) {
    case 'call.dialled':
      return noteCaller(note, event.data.number, at, event.data.origin, rules)
    case 'call.arrived':
      return noteCaller(note, event.data.callerNumber, at, event.data.origin, rules)
    case 'call.queued':
    case 'call.changed':
      return noteQueue(note, event)
    case 'call.answered':
      return note?.answeredAt !== undefined && note.answeredAt >= at
        ? note
        : { at, ...note, answeredAt: at }
    case 'flow.collected':
      return noteRequest(note, event.data, rules)
    case 'call.dialEnded':
      return note
    default:
      return noteEnd(note, event)
  }
}

function noteCaller(
  note: CallNote | undefined,
  raw: string,
  at: number,
  origin: CallNote['origin'],
  { normalise }: CallRules,
): CallNote {
  // A caller whom the dialplan took away and sent back begins anew under the same id.
  const isBack = note?.end !== undefined && note.number !== undefined && note.end.at < at
  if (note?.number !== undefined && !isBack) {
    return note
  }
  return {
    ...(isBack ? {} : note),
    at,
    number: normalise(raw) ?? '',
    ...(origin !== undefined && { origin }),
  }
}

function noteQueue(
  note: CallNote | undefined,
  { type, data }: Extract<CallEvent, { readonly type: 'call.queued' | 'call.changed' }>,
): CallNote {
  const { at, queue, enqueuedAt, requires, preferred } = data
  const needs = {
    ...(requires !== undefined && {
      requires: requires.map(({ afterMs, anyOf }) => ({
        afterMs,
        anyOf: anyOf.map((skills) => ({ ...skills })),
      })),
    }),
    ...(preferred !== undefined && {
      preferred: { ...preferred, agents: [...preferred.agents] },
    }),
  }
  const waits = { queue, enqueuedAt, needs }
  const { answeredAt, request, ...rest } = note ?? { at }
  // Who waits again after a conversation is owed an answer again.
  return answeredAt !== undefined && answeredAt <= at && type === 'call.queued'
    ? { ...rest, ...waits }
    : { at, ...note, ...waits }
}

function noteRequest(
  note: CallNote | undefined,
  data: Extract<CallEvent, { readonly type: 'flow.collected' }>['data'],
  { requests, normalise }: CallRules,
): CallNote | undefined {
  const { flow, name, value, at } = data
  let next = note
  for (const [index, rule] of requests.entries()) {
    if (rule.flow === flow && value !== undefined) {
      if (rule.variable === name && rule.value === value && next?.request === undefined) {
        next = { at, ...next, request: { rule: index, at } }
      }
      if (rule.numberVariable === name) {
        next = { at, ...next, wanted: normalise(value) ?? '' }
      }
    }
  }
  return next
}

type EndEvent = Exclude<
  CallEvent,
  {
    readonly type:
      | 'call.arrived'
      | 'call.dialled'
      | 'call.dialEnded'
      | 'call.queued'
      | 'call.changed'
      | 'call.answered'
      | 'flow.collected'
  }
>

function noteEnd(note: CallNote | undefined, { type, data }: EndEvent): CallNote | undefined {
  const goesOn = type === 'call.overflowed' && !leavesQueues(data)
  if (goesOn || note?.end !== undefined) {
    return note
  }
  const { at } = data
  const queue = 'queue' in data ? data.queue : undefined
  const waitMs = 'waitMs' in data ? data.waitMs : undefined
  return {
    at,
    ...note,
    end: {
      type,
      at,
      ...(queue !== undefined && { queue }),
      ...(waitMs !== undefined && { waitMs }),
    },
  }
}

/** True when an overflow is the end of the call. */
function leavesQueues(data: Extract<CallEvent, { readonly type: 'call.overflowed' }>['data']) {
  return data.toQueue === undefined && data.toFlow === undefined
}

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
    callbackId: callbackIdOf(callId, request.at),
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
    callbackId: callbackIdOf(callId, end.at),
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
