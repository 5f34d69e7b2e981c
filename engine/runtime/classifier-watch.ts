import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

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
/** In so long the patience may double: who slows down of a sudden is in trouble, and is not waited for. */
const doublingMs: DurationMs = 60_000

/**
 * Whether whoever classifies calls is worth waiting for, and how long: only while words come
 * in time, and not much longer than they use to take. So nobody, a dead, a hung or an
 * overwhelmed one costs the calls of a few moments a short wait, once, and no call after them.
 */
export class ClassifierWatch {
  #misses = mostMisses
  /** Undefined before the first word. */
  #longestMs: DurationMs | undefined
  #heardAt: EpochMs = 0
  #provenAt: EpochMs = 0

  /** Until when a call that arrived now is held back; undefined: it waits in its queue at once. */
  holdUntil(at: EpochMs, withinMs: DurationMs): EpochMs | undefined {
    return this.#misses < mostMisses && withinMs > 0 ? at + this.#patienceMs(withinMs) : undefined
  }

  /**
   * Somebody spoke of a call, held back or not.
   *
   * @param afterMs since it arrived. One who works off what lay there speaks late at first
   */
  hear(afterMs: DurationMs, withinMs: DurationMs, at: EpochMs): void {
    if (afterMs <= withinMs) {
      this.#learn(afterMs, at)
    }
    if (afterMs <= this.#patienceMs(withinMs)) {
      this.#misses = at >= this.#provenAt ? 0 : this.#misses
    } else if (this.#misses >= mostMisses) {
      this.#provenAt = at + provenMs
    }
  }

  /** A call was held back for nothing. */
  miss(at: EpochMs): void {
    this.#misses += 1
    if (this.#misses === mostMisses) {
      this.#provenAt = at + provenMs
    }
  }

  #learn(afterMs: DurationMs, at: EpochMs): void {
    const known = this.#longestMs ?? afterMs
    const most = Math.max(known, leastMs / patience) * 2 ** ((at - this.#heardAt) / doublingMs)
    const learnt = this.#longestMs === undefined ? afterMs : Math.min(afterMs, most)
    this.#longestMs = Math.max(learnt, known * fading)
    this.#heardAt = at
  }

  #patienceMs(withinMs: DurationMs): DurationMs {
    const longestMs = this.#longestMs ?? withinMs
    return Math.min(withinMs, Math.max(leastMs, Math.ceil(longestMs * patience)))
  }
}
