import type { Bus } from '../bus/bus.ts'
import { encodeEvent } from '../catalogue/envelope.ts'
import { eventExamples } from '../catalogue/events/event-examples.ts'
import {
  assertEvent,
  type EngineEvent,
  type EventData,
  type EventType,
} from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'

/** An event as it was published; pass it to `redeliver` to deliver it again. */
export interface GivenEvent {
  readonly id: string
  readonly type: EventType
  readonly subject: string
  readonly bytes: Uint8Array
}

/** The fields to change in the event's example in docs/events.md. */
export type EventChanges<T extends EventType> = Partial<EventData<T>>

/** Publishes events as an engine would: valid, numbered for each call and agent, with the clock's time. */
export interface EventSource {
  /** Publishes an event. @throws TypeError when the changed event is not valid */
  publish<T extends EventType>(type: T, changes: EventChanges<T>): Promise<GivenEvent>
  /** Publishes what only a newer engine would: an unknown type, or unknown fields. Not checked. */
  publishNewer(type: string, data: Readonly<Record<string, unknown>>): Promise<void>
  /** Publishes the same event again, as after an outage longer than the duplicate window. */
  again(event: GivenEvent): Promise<void>
}

/** Creates a source of events. @param tenant the tenant of the events */
export function createEventSource(bus: Bus, tenant: string, clock: Clock): EventSource {
  const sequences = new Map<string, number>()
  let repeats = 0

  async function send(event: EngineEvent, key: string) {
    const sequence = (sequences.get(key) ?? 0) + 1
    sequences.set(key, sequence)
    const origin = { source: '/switchyard/testing', tenant, key, sequence }
    const { id, subject, data: bytes } = encodeEvent(origin, event)
    await bus.publish([{ subject, id, data: bytes }])
    return { id, type: event.type, subject, bytes }
  }

  return {
    async publish(type, changes) {
      const data = { ...eventExamples[type], tenant, at: clock.now(), ...changes }
      const event: { readonly type: string; readonly data: unknown } = { type, data }
      assertEvent(event)
      const key = event.type === 'agent.stateChanged' ? event.data.agent : event.data.callId
      return await send(event, key)
    },

    async publishNewer(type, data) {
      const { callId } = eventExamples['call.arrived']
      const full = { tenant, callId, at: clock.now(), ...data }
      // Unknown to our types, as it is to the plugin that reads it.
      await send({ type, data: full } as unknown as EngineEvent, callId)
    },

    async again({ id, subject, bytes }) {
      repeats += 1
      await bus.publish([{ subject, id: `${id}.again${repeats}`, data: bytes }])
    },
  }
}
