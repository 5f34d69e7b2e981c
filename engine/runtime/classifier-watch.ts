import type { DurationMs, EpochMs } from '../core/ids.ts'

/** So many calls in a row without a word in time, and nobody is waited for. */
const mostMisses = 3

/**
 * Whether whoever classifies calls is worth waiting for: only while words come in time.
 * Nobody, a dead or a hung one costs a few calls a wait, once, and no call after them.
 */
export class ClassifierWatch {
  #misses = mostMisses

  /** Until when a call that arrived now is held back; undefined: it waits in its queue at once. */
  holdUntil(at: EpochMs, withinMs: DurationMs): EpochMs | undefined {
    return this.#misses < mostMisses && withinMs > 0 ? at + withinMs : undefined
  }

  /** Somebody spoke of a call. A late word shows life, and earns one call's patience. */
  hear(isInTime: boolean): void {
    this.#misses = isInTime ? 0 : Math.min(this.#misses, mostMisses - 1)
  }

  /** A call was held back for nothing. */
  miss(): void {
    this.#misses += 1
  }
}
