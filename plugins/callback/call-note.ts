import { type PluginEvent, z } from '../../engine/plugin/index.ts'
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
  /** The event of the arrival. */
  arrivalId: z.string().optional(),
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
      return noteCaller(note, event.data.number, event, rules)
    case 'call.arrived':
      return noteCaller(note, event.data.callerNumber, event, rules)
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
  { id, type, data }: Extract<CallEvent, { readonly type: 'call.dialled' | 'call.arrived' }>,
  { normalise }: CallRules,
): CallNote {
  const arrivalId = type === 'call.arrived' ? id : undefined
  // A caller whom the dialplan took away and sent back begins anew under the same id.
  const isBack = note?.end !== undefined && isOther(arrivalId, note.arrivalId)
  if (note?.number !== undefined && !isBack) {
    return note
  }
  return {
    ...(isBack ? {} : note),
    at: data.at,
    number: normalise(raw) ?? '',
    ...(arrivalId !== undefined && { arrivalId }),
    ...(data.origin !== undefined && { origin: data.origin }),
  }
}

function isOther(id: string | undefined, known: string | undefined): boolean {
  return id !== undefined && known !== undefined && id !== known
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
  return answeredAt !== undefined && answeredAt < at && type === 'call.queued'
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
export function leavesQueues(
  data: Extract<CallEvent, { readonly type: 'call.overflowed' }>['data'],
) {
  return data.toQueue === undefined && data.toFlow === undefined
}
