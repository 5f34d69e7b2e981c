import { z } from 'zod'
import type { Envelope } from '../catalogue/envelope.ts'
import { eventSchemas, isEventType } from '../catalogue/events/events.ts'
import { offerOutcomes } from '../catalogue/outcomes.ts'
import { lineFault } from './event-lines.ts'

/** Only the fields a day is rebuilt from, so that events of a newer engine can be read as long as it keeps these. */
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
    // An unknown outcome counts as a fault.
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
 * Reads an event. Undefined for types that a day is not rebuilt from.
 *
 * @throws SwitchyardError SY_BUS_INVALID with the line's number and the fields that are missing or invalid
 */
export function readRecorded({ type, data }: Envelope, line: number): RecordedEvent | undefined {
  if (!isReadType(type)) {
    return undefined
  }
  const { data: read, error } = readers[type].safeParse(data)
  if (error !== undefined) {
    const fields = error.issues.map(({ path }) => path.join('.'))
    throw lineFault(line, `${type}: ${fields.join(', ')} missing or invalid`)
  }
  // The reader of a type gives the data of that type.
  return { type, data: read } as RecordedEvent
}

/** The fields of an event that its schema does not have. Undefined for an unknown type. */
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
