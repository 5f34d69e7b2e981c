import type { EpochMs } from '../core/ids.ts'
import { SwitchyardError } from '../errors.ts'
import type { EngineEvent } from './events.ts'
import { eventSubject } from './subjects.ts'

/** An event ready for the bus. */
export interface EncodedEvent {
  readonly subject: string
  /** CloudEvents `id` and `Nats-Msg-Id` in one. */
  readonly id: string
  /** CloudEvents 1.0 in structured JSON, UTF-8. */
  readonly data: Uint8Array
}

/** What identifies an event: see {@link encodeEvent}. */
export interface EventOrigin {
  /** The engine that sends it, a URI reference, for example `/switchyard/engine-1`. */
  readonly source: string
  readonly tenant: string
  /** What its sequence counts: a call's id, or an agent's id with the run of the engine. */
  readonly key: string
  /** Position among the events of `key`, from 1. */
  readonly sequence: number
}

/** An event as a reader finds it. */
export interface Envelope {
  readonly id: string
  readonly source: string
  /** An {@link EngineEvent} type, or one of a newer engine. */
  readonly type: string
  readonly tenant: string
  /** The call or the agent it is about. */
  readonly subject: string
  readonly sequence: number
  readonly at: EpochMs
  /** Shaped as `eventSchemas` says for its type. Not checked. */
  readonly data: unknown
}

const sequenceDigits = 10
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Wraps an event. Its id is `TENANT.KEY.SEQUENCE`, so that the stream drops a
 * repeat. Whoever numbers the events must not use a key and a sequence twice: an
 * engine that adopts a call goes on with its numbers or puts its run in the key.
 *
 * @throws SwitchyardError SY_BUS_INVALID when the tenant cannot be part of a subject
 */
export function encodeEvent(
  { source, tenant, key, sequence }: EventOrigin,
  event: EngineEvent,
): EncodedEvent {
  const subject = eventSubject(tenant, event.type)
  const id = `${tenant}.${key}.${sequence}`
  const envelope = {
    specversion: '1.0',
    id,
    source,
    type: event.type,
    subject: event.type === 'agent.stateChanged' ? event.data.agent : event.data.callId,
    time: new Date(event.data.at).toISOString(),
    datacontenttype: 'application/json',
    tenant,
    // A string that sorts as it counts: the sequence extension of CloudEvents asks for it.
    sequence: sequence.toString().padStart(sequenceDigits, '0'),
    data: event.data,
  }
  return { subject, id, data: Buffer.from(JSON.stringify(envelope)) }
}

/**
 * Unwraps an event.
 *
 * @throws SwitchyardError SY_BUS_INVALID naming the attribute that is missing or wrong, never its value
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const raw = parseObject(bytes)
  if (raw['specversion'] !== '1.0') {
    throw invalid('specversion is not "1.0"')
  }
  const contentType = raw['datacontenttype'] ?? 'application/json'
  if (contentType !== 'application/json') {
    throw invalid('datacontenttype is not application/json')
  }
  if (!isObject(raw['data'])) {
    throw invalid('data is not an object')
  }
  const at = Date.parse(text(raw, 'time'))
  if (Number.isNaN(at)) {
    throw invalid('time is not a timestamp (RFC 3339)')
  }
  const sequence = text(raw, 'sequence')
  if (!/^\d+$/.test(sequence)) {
    throw invalid('sequence is not a number')
  }
  return {
    id: text(raw, 'id'),
    source: text(raw, 'source'),
    type: text(raw, 'type'),
    tenant: text(raw, 'tenant'),
    subject: text(raw, 'subject'),
    sequence: Number(sequence),
    at,
    data: raw['data'],
  }
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(decoder.decode(bytes))
  } catch {
    // Without the cause: a parser's message quotes what it read.
    throw invalid('it is not JSON in UTF-8')
  }
  if (!isObject(value)) {
    throw invalid('it is not a JSON object')
  }
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(raw: Record<string, unknown>, attribute: string): string {
  const value = raw[attribute]
  if (typeof value !== 'string' || value === '') {
    throw invalid(`${attribute} is missing`)
  }
  return value
}

function invalid(reason: string): SwitchyardError {
  return new SwitchyardError('SY_BUS_INVALID', `not a CloudEvent of the engine: ${reason}`)
}
