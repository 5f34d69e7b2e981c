import { type PluginEvent, z } from '../../engine/plugin/index.ts'
import { needs, type OwedFor } from './obligation.ts'
import type { RequestRule } from './options.ts'

/**
 * What is remembered of a call until some hours after its end. Only its first event
 * carries the number, and events may arrive late, twice or out of order.
 */
export const callNote = z.object({
  /** When it arrived, or its first known event. */
  at: z.int(),
  /** Normalised; empty if it cannot be called back; absent until the arrival is known. */
  number: z.string().optional(),
  origin: z.enum(['callback', 'originate']).optional(),
  /** The id of the arrival event. */
  arrivalId: z.string().optional(),
  queue: z.string().optional(),
  enqueuedAt: z.int().optional(),
  needs: needs.optional(),
  /** The callback requested by key: index in the option `requests`, and when. */
  request: z.object({ rule: z.int(), at: z.int() }).optional(),
  /** The number keyed in for the callback; empty if it cannot be called. */
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

/** The options that apply to calls. */
export interface CallRules {
  normalise(raw: string): string | undefined
  readonly requests: readonly RequestRule[]
  /** The queue that customers of a queue are called back from. */
  homeQueue(queue: string): string
  /** Whether a queue owes a callback to a caller whom it did not serve. */
  owes(owedFor: OwedFor, queue: string, waitMs: number): boolean
}

/** The event types the plugin handles. */
type HandledType =
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
export type CallEvent = { readonly [T in HandledType]: PluginEvent<T> }[HandledType]

/** Adds an event to the note of its call. Returns the same note if the event adds nothing. */
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
  // A caller whom the dialplan took and sent back to us starts over under the same id.
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
  const waiting = { queue, enqueuedAt, needs }
  const { answeredAt, request, ...rest } = note ?? { at }
  // A caller who waits again after a conversation needs to be answered again.
  return answeredAt !== undefined && answeredAt < at && type === 'call.queued'
    ? { ...rest, ...waiting }
    : { at, ...note, ...waiting }
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

/** True when an overflow ends the call: it goes to no other queue or flow. */
export function leavesQueues(
  data: Extract<CallEvent, { readonly type: 'call.overflowed' }>['data'],
) {
  return data.toQueue === undefined && data.toFlow === undefined
}
