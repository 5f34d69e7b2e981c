import type { z } from 'zod'
import { agentEvents } from './agent-events.ts'
import { arrivalEvents, talkEvents } from './call-events.ts'
import { flowEvents } from './flow-events.ts'
import { waitingEvents } from './waiting-events.ts'

/**
 * The schema of every event the engine publishes: the source of the types, of the checks in tests,
 * and of docs/events.md (`npm run docs`). The engine does not check the events it publishes:
 * the compiler does.
 */
export const eventSchemas = {
  ...arrivalEvents,
  ...waitingEvents,
  ...talkEvents,
  ...flowEvents,
  ...agentEvents,
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** An event without its envelope: type and data. */
export type EngineEvent = {
  [T in EventType]: { readonly type: T; readonly data: EventData<T> }
}[EventType]

/** True for the types of this engine. A newer engine may publish others. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type)
}

/**
 * Checks that an event has exactly the fields of its schema. For tests: it costs more than
 * publishing does.
 *
 * @throws TypeError naming the fields that are wrong, not their values
 */
export function assertEvent(event: {
  readonly type: string
  readonly data: unknown
}): asserts event is EngineEvent {
  if (!isEventType(event.type)) {
    throw new TypeError(`${event.type} is not an event of the engine`)
  }
  const { error } = eventSchemas[event.type].strict().safeParse(event.data)
  if (error !== undefined) {
    const faults = error.issues.map(
      ({ code, path, ...rest }) =>
        `${path.join('.') || ('keys' in rest ? rest.keys.join() : 'data')} (${code})`,
    )
    throw new TypeError(`${event.type}: ${faults.join(', ')}`)
  }
}
