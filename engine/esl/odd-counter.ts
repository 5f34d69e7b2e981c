import type { Logger } from '../log.ts'
import type { EslMeter, Oddity } from './meter.ts'

/** Counts every oddity and logs the first of each kind, so that a storm of them cannot fill the log. */
export class OddCounter {
  readonly #log: Logger
  readonly #meter: EslMeter
  readonly #switchId: string
  readonly #seen = new Set<string>()

  constructor(log: Logger, meter: EslMeter, switchId: string) {
    this.#log = log
    this.#meter = meter
    this.#switchId = switchId
  }

  /** `detail` tells apart what is logged once: an event's name, a frame's type; never a caller's data. */
  count(kind: Oddity, detail = ''): void {
    this.#meter.frameOdd(kind)
    const key = `${kind} ${detail}`
    if (!this.#seen.has(key) && this.#seen.size < 100) {
      this.#seen.add(key)
      this.#log.warn(
        { switch: this.#switchId, kind, detail },
        'odd input on the event socket: survived; counted and no longer logged from here on',
      )
    }
  }

  /** A fault of the engine, met in a callback: logged each time, as it should never be. */
  threw(error: unknown): void {
    this.#meter.frameOdd('listenerThrew')
    this.#log.error({ switch: this.#switchId, err: error }, 'a listener of the event socket threw')
  }
}
