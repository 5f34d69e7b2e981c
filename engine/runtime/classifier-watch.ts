import type { DurationMs, EpochMs } from '../core/ids.ts'

/** So many calls in a row without a word in time, and nobody is waited for. */
const mostMisses = 3
/** Whoever was given up is waited for again when no word has been late for so long. */
const provenMs: DurationMs = 300
/** How long is waited, in times of the longest that a word took lately. */
const patience = 2
/** Shorter is within the jitter of any machine. */
const leastMs: DurationMs = 20
/** How quickly a long wait for a word is forgotten, with each word that takes less. */
const fading = 0.995

/**
 * Whether whoever classifies calls is worth waiting for, and how long: only while words come
 * in time, and not much longer than they take. So nobody, a dead or a hung one costs the calls
 * of a few moments a short wait, once, and no call after them.
 */
export class ClassifierWatch {
  #misses = mostMisses
  #longestMs: DurationMs = Number.POSITIVE_INFINITY
  #provenAt: EpochMs = 0

  /** Until when a call that arrived now is held back; undefined: it waits in its queue at once. */
  holdUntil(at: EpochMs, withinMs: DurationMs): EpochMs | undefined {
    const waitMs = Math.min(withinMs, Math.max(leastMs, Math.ceil(this.#longestMs * patience)))
    return this.#misses < mostMisses && waitMs > 0 ? at + waitMs : undefined
  }

  /**
   * Somebody spoke of a call, held back or not.
   *
   * @param afterMs since it arrived. One who works off what lay there speaks late at first
   */
  hear(afterMs: DurationMs, withinMs: DurationMs, at: EpochMs): void {
    const isGivenUp = this.#misses >= mostMisses
    if (afterMs > withinMs) {
      this.#provenAt = isGivenUp ? at + provenMs : this.#provenAt
    } else if (at >= this.#provenAt) {
      this.#misses = 0
      const isFirst = isGivenUp || this.#longestMs === Number.POSITIVE_INFINITY
      this.#longestMs = isFirst ? afterMs : Math.max(afterMs, this.#longestMs * fading)
    }
  }

  /** A call was held back for nothing. */
  miss(at: EpochMs): void {
    this.#misses += 1
    if (this.#misses === mostMisses) {
      this.#provenAt = at + provenMs
    }
  }
}
