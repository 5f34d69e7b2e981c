import { z } from 'zod'
import type { Envelope } from '../catalogue/envelope.ts'
import { eventSchemas, isEventType } from '../catalogue/events/events.ts'
import { offerOutcomes } from '../catalogue/outcomes.ts'
import { lineFault } from './event-lines.ts'

/** Only what a day is rebuilt from, so that a newer engine's events can be read as long as these stay. */
const readers = {
  'call.queued': eventSchemas['call.queued'].pick({
    callId: true,
    at: true,
    queue: true,
    chargedTo: true,
    enqueuedAt: true,
    queueWaitMs: true,
    priority: true,
    requires: true,
    preferred: true,
    isAdopted: true,
  }),
  'call.offered': eventSchemas['call.offered'].pick({
    callId: true,
    at: true,
    queue: true,
    agent: true,
    offerId: true,
    startAfterMs: true,
  }),
  'call.offerEnded': eventSchemas['call.offerEnded']
    .pick({ callId: true, at: true, agent: true, offerId: true })
    // An outcome unknown here is a fault of some kind.
    .extend({ outcome: z.enum(offerOutcomes).catch('failed') }),
  'call.answered': eventSchemas['call.answered'].pick({
    callId: true,
    at: true,
    queue: true,
    chargedTo: true,
    agent: true,
    offerId: true,
    waitMs: true,
  }),
  'call.abandoned': eventSchemas['call.abandoned'].pick({
    callId: true,
    at: true,
    queue: true,
    chargedTo: true,
    waitMs: true,
  }),
  'call.overflowed': eventSchemas['call.overflowed'].pick({
    callId: true,
    at: true,
    queue: true,
    chargedTo: true,
    waitMs: true,
    toQueue: true,
    toFlow: true,
  }),
  'call.sentAway': eventSchemas['call.sentAway'].pick({
    callId: true,
    at: true,
    chargedTo: true,
    waitMs: true,
  }),
  'call.changed': eventSchemas['call.changed'].pick({
    callId: true,
    at: true,
    enqueuedAt: true,
    priority: true,
    requires: true,
    preferred: true,
  }),
  'call.requeued': eventSchemas['call.requeued'].pick({
    callId: true,
    at: true,
    toQueue: true,
  }),
  'call.transferred': eventSchemas['call.transferred'].pick({
    callId: true,
    at: true,
    queue: true,
    agent: true,
    talkMs: true,
  }),
  'call.completed': eventSchemas['call.completed'].pick({
    callId: true,
    at: true,
    queue: true,
    talkMs: true,
  }),
  'call.lost': eventSchemas['call.lost'].pick({
    callId: true,
    at: true,
    queue: true,
    chargedTo: true,
  }),
  'agent.stateChanged': eventSchemas['agent.stateChanged'].pick({
    agent: true,
    at: true,
    previous: true,
    status: true,
    breakReason: true,
  }),
} as const

/** An event a day is rebuilt from. */
export type RecordedEvent = {
  [T in keyof typeof readers]: {
    readonly type: T
    readonly data: z.infer<(typeof readers)[T]>
  }
}[keyof typeof readers]

/**
 * Reads an event if a day is rebuilt from events of its type.
 *
 * @throws SwitchyardError SY_BUS_INVALID naming the line, and the field that is missing or wrong
 */
export function readRecorded({ type, data }: Envelope, line: number): RecordedEvent | undefined {
  if (!isReadType(type)) {
    return undefined
  }
  const { data: read, error } = readers[type].safeParse(data)
  if (error !== undefined) {
    const fields = error.issues.map(({ path }) => path.join('.'))
    throw lineFault(line, `${type}: ${fields.join(', ')} missing or wrong`)
  }
  // The reader of a type gives the data of that type.
  return { type, data: read } as RecordedEvent
}

/** The fields of an event that its schema does not know; undefined for an unknown type. */
export function unknownFields({ type, data }: Envelope): readonly string[] | undefined {
  if (!isEventType(type)) {
    return undefined
  }
  const known: object = eventSchemas[type].shape
  return Object.keys(data as object).filter((field) => !Object.hasOwn(known, field))
}

function isReadType(type: string): type is keyof typeof readers {
  return Object.hasOwn(readers, type)
}
