import type { Logger } from '../log.ts'
import type { EslMeter, Oddity } from './meter.ts'

/** Counts every oddity and logs the first of each kind, so that a flood of them cannot fill the log. */
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

  /** Each `kind` with each `detail` is logged once. `detail` is an event's name or a frame's type, never a caller's data. */
  count(kind: Oddity, detail = ''): void {
    this.#meter.frameOdd(kind)
    const key = `${kind} ${detail}`
    if (!this.#seen.has(key) && this.#seen.size < 100) {
      this.#seen.add(key)
      this.#log.warn(
        { switch: this.#switchId, kind, detail },
        'unexpected input on the event socket was ignored; more of this kind is counted but not logged',
      )
    }
  }

  /** A callback of the engine threw. Logged every time, because it is a bug. */
  threw(error: unknown): void {
    this.#meter.frameOdd('listenerThrew')
    this.#log.error({ switch: this.#switchId, err: error }, 'a listener for the event socket threw')
  }
}
