import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

/** After this many calls in a row that were not classified in time, no call is held back. */
const maxMisses = 3
/** Calls are held back again once no classification has been late for this long. */
const provenMs: DurationMs = 300
/** How long a call is held back: this factor times the longest recent classification. */
const waitFactor = 2
/** A shorter limit would be within the jitter of any machine. */
const minMs: DurationMs = 20
/** How fast the longest time decays with each classification that takes less. */
const decay = 0.995
/**
 * The limit may double in this time: a classifier that slows down faster is in trouble, and is not
 * waited for.
 */
const doublingMs: DurationMs = 60_000

/**
 * Decides whether new calls are held back for the plugin that classifies them, and for how long.
 * Calls are held back only while classifications arrive in time, and not much longer than they have
 * taken recently. So a plugin that is absent, hung or overloaded briefly delays a few calls, and
 * then none.
 */
export class ClassifierWatch {
  #misses = maxMisses
  /** Undefined before the first classification. */
  #longestMs: DurationMs | undefined
  #learntAt: EpochMs = 0
  #provenAt: EpochMs = 0

  /** Until when a call that arrives at `at` is held back; undefined: it enters its queue at once. */
  holdUntil(at: EpochMs, withinMs: DurationMs): EpochMs | undefined {
    return this.#misses < maxMisses && withinMs > 0 ? at + this.#limitMs(withinMs) : undefined
  }

  /**
   * Records that a call was classified, whether it was held back or not.
   *
   * @param afterMs time since the call arrived; large while a plugin works off a backlog
   */
  recordAnswer(afterMs: DurationMs, withinMs: DurationMs, at: EpochMs): void {
    if (afterMs <= withinMs) {
      this.#learn(afterMs, at)
    }
    if (afterMs <= this.#limitMs(withinMs)) {
      this.#misses = at >= this.#provenAt ? 0 : this.#misses
    } else if (this.#misses >= maxMisses) {
      this.#provenAt = at + provenMs
    }
  }

  /** Records that a call was held back and not classified in time. */
  recordMiss(at: EpochMs): void {
    this.#misses += 1
    if (this.#misses === maxMisses) {
      this.#provenAt = at + provenMs
    }
  }

  #learn(afterMs: DurationMs, at: EpochMs): void {
    const known = this.#longestMs ?? afterMs
    const maxMs = Math.max(known, minMs / waitFactor) * 2 ** ((at - this.#learntAt) / doublingMs)
    const learnt = this.#longestMs === undefined ? afterMs : Math.min(afterMs, maxMs)
    this.#longestMs = Math.max(learnt, known * decay)
    this.#learntAt = at
  }

  #limitMs(withinMs: DurationMs): DurationMs {
    const longestMs = this.#longestMs ?? withinMs
    return Math.min(withinMs, Math.max(minMs, Math.ceil(longestMs * waitFactor)))
  }
}
