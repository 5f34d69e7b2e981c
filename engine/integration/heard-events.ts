import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { decodeEnvelope, type Envelope } from '../catalogue/envelope.ts'
import type { EngineEvent, EventData, EventType } from '../catalogue/events/events.ts'

/** The data of an event of a type. The data of plugins' events is not typed here. */
export type DataOf<T extends string> = T extends EventType
  ? EventData<T>
  : Readonly<Record<string, unknown>>

/** All events of the tenant `default`, published by engines and plugins. */
export class HeardEvents {
  /** In the order of arrival. */
  readonly all: Envelope[] = []

  private constructor() {}

  static async listen(bus: Bus): Promise<HeardEvents> {
    const heard = new HeardEvents()
    const ids = new Set<string>()
    await bus.subscribe('switchyard.default.event.>', ({ data }) => {
      const event = decodeEnvelope(data)
      // An event that is published again is the same event.
      if (!ids.has(event.id)) {
        ids.add(event.id)
        heard.all.push(event)
      }
    })
    return heard
  }

  get ofEngine(): readonly EngineEvent[] {
    return this.all
      .filter(({ source }) => !source.startsWith('/switchyard/plugin/'))
      .map(({ type, data }) => ({ type, data }) as EngineEvent)
  }

  /** The data of all events of a type, oldest first. */
  of<T extends string>(type: T): readonly DataOf<T>[] {
    return this.all.filter((one) => one.type === type).map(({ data }) => data as DataOf<T>)
  }

  /** Waits for an event, which may already have been published. @param fields values it must have */
  async until<T extends string>(
    type: T,
    fields: Partial<DataOf<T>> = {},
    withinMs = 20_000,
  ): Promise<DataOf<T>> {
    const matches = (data: DataOf<T>) =>
      Object.entries(fields).every(
        ([name, value]) => (data as Record<string, unknown>)[name] === value,
      )
    for (let waited = 0; waited < withinMs; waited += 10) {
      const found = this.of(type).find(matches)
      if (found !== undefined) {
        return found
      }
      await sleep(10)
    }
    throw new Error(`no ${type}; there were ${this.all.map((one) => one.type).join(', ')}`)
  }
}
