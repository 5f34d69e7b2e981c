import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { decodeEnvelope, type Envelope } from '../catalogue/envelope.ts'
import type { EngineEvent, EventData, EventType } from '../catalogue/events/events.ts'

/** What an event of a type says; of plugins' events no more is known here than their type. */
export type Told<T extends string> = T extends EventType
  ? EventData<T>
  : Readonly<Record<string, unknown>>

/** Everything that was published about the tenant `default`, by engines and by plugins. */
export class HeardEvents {
  /** In the order in which they came. */
  readonly all: Envelope[] = []

  private constructor() {}

  static async listen(bus: Bus): Promise<HeardEvents> {
    const heard = new HeardEvents()
    const ids = new Set<string>()
    await bus.subscribe('switchyard.default.event.>', ({ data }) => {
      const event = decodeEnvelope(data)
      // What is published again, to be sure, is one event.
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

  /** What the events of a type say, oldest first. */
  of<T extends string>(type: T): readonly Told<T>[] {
    return this.all.filter((one) => one.type === type).map(({ data }) => data as Told<T>)
  }

  /** Waits for an event, published already or yet to come. @param fields what it must say */
  async until<T extends string>(
    type: T,
    fields: Partial<Told<T>> = {},
    withinMs = 20_000,
  ): Promise<Told<T>> {
    const isMeant = (told: Told<T>) =>
      Object.entries(fields).every(
        ([name, value]) => (told as Record<string, unknown>)[name] === value,
      )
    for (let waited = 0; waited < withinMs; waited += 10) {
      const found = this.of(type).find(isMeant)
      if (found !== undefined) {
        return found
      }
      await sleep(10)
    }
    throw new Error(`no ${type}; there were ${this.all.map((one) => one.type).join(', ')}`)
  }
}
