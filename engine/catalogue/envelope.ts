import { SwitchyardError } from '../errors.ts'
import type { EngineEvent } from './events/events.ts'
import type { EpochMs } from './ids.ts'
import { eventSubject, pluginEventSubject } from './subjects.ts'

/** An event ready for the bus. */
export interface EncodedEvent {
  readonly subject: string
  /** Both the CloudEvents `id` and the `Nats-Msg-Id`. */
  readonly id: string
  /** CloudEvents 1.0 in structured JSON, UTF-8. */
  readonly data: Uint8Array
}

/** What identifies an event: see {@link encodeEvent}. */
export interface EventOrigin {
  /** The engine that sends it, a URI reference, for example `/switchyard/engine-1`. */
  readonly source: string
  readonly tenant: string
  /** The scope of the sequence: a call's id, or an agent's id with the run of the engine. */
  readonly key: string
  /** Position among the events of `key`, from 1. */
  readonly sequence: number
}

/** What identifies an event of a plugin: see {@link encodePluginEvent}. */
export interface PluginOrigin {
  readonly tenant: string
  readonly plugin: string
  /** Unique among the events of the plugin; a repeat has the same. */
  readonly id: string
  /** What the event is about. */
  readonly subject: string
  readonly at: EpochMs
}

/** An event as a reader receives it. */
export interface Envelope {
  readonly id: string
  readonly source: string
  /** An {@link EngineEvent} type, one of a newer engine, or one of a plugin. */
  readonly type: string
  readonly tenant: string
  /** The call or the agent it is about; in an event of a plugin, whatever the plugin set. */
  readonly subject: string
  readonly sequence: number
  readonly at: EpochMs
  /** Fields as in `eventSchemas` for its type. Not checked. */
  readonly data: unknown
}

const sequenceDigits = 10
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Wraps an event. Its id is `TENANT.KEY.SEQUENCE`, so that the stream drops a
 * repeat. Whoever numbers the events must not use a key and a sequence twice: an
 * engine that adopts a call continues its numbers or puts its run in the key.
 *
 * @throws SwitchyardError SY_BUS_INVALID when the tenant cannot be part of a subject
 */
export function encodeEvent(
  { source, tenant, key, sequence }: EventOrigin,
  event: EngineEvent,
): EncodedEvent {
  return encode(eventSubject(tenant, event.type), {
    id: `${tenant}.${key}.${sequence}`,
    source,
    type: event.type,
    tenant,
    subject: event.type === 'agent.stateChanged' ? event.data.agent : event.data.callId,
    sequence,
    at: event.data.at,
    data: event.data,
  })
}

/**
 * Wraps an event of a plugin, like one of the engine. Its id is `TENANT.PLUGIN.ID`.
 * Its sequence is always 1: replicas do not count together.
 *
 * @param type `PLUGIN.pastTense`
 * @param data its fields; `tenant` and `at` are added, as in events of the engine
 * @throws SwitchyardError SY_BUS_INVALID when a part cannot be part of a subject
 */
export function encodePluginEvent(
  { tenant, plugin, id, subject, at }: PluginOrigin,
  type: string,
  data: object,
): EncodedEvent {
  return encode(pluginEventSubject(tenant, type), {
    id: `${tenant}.${plugin}.${id}`,
    source: `/switchyard/plugin/${plugin}`,
    type,
    tenant,
    subject,
    sequence: 1,
    at,
    data: { tenant, ...data, at },
  })
}

function encode(busSubject: string, { at, sequence, data, ...event }: Envelope): EncodedEvent {
  const envelope = {
    specversion: '1.0',
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    tenant: event.tenant,
    // A string that sorts in numerical order: the sequence extension of CloudEvents requires it.
    sequence: sequence.toString().padStart(sequenceDigits, '0'),
    data,
  }
  return { subject: busSubject, id: event.id, data: Buffer.from(JSON.stringify(envelope)) }
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
