import type { EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'

/** One timer for all deadlines. It is only replaced by an earlier one. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #timer: { readonly at: EpochMs; readonly timer: Timer } | undefined
  #isStopped = false

  /** @param ring called when the instant is reached; it must set the next instant */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at `at`, or earlier if it is already set to an earlier instant. */
  set(at: EpochMs | undefined): void {
    if (
      at === undefined ||
      this.#isStopped ||
      (this.#timer !== undefined && this.#timer.at <= at)
    ) {
      return
    }
    this.#timer?.timer.cancel()
    const timer = this.#clock.setTimer(at - this.#clock.now(), () => {
      this.#timer = undefined
      this.#ring()
    })
    this.#timer = { at, timer }
  }

  /** Cancels the timer for good. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.timer.cancel()
    this.#timer = undefined
  }
}
