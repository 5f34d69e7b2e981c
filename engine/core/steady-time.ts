import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

/**
 * Time that never runs backwards, made from a wall clock that may.
 *
 * When the wall clock is set back, steady time stands still for that one reading and then goes on
 * at the clock's pace. So a lease still lasts as long as it should, and no caller loses their place
 * to a later one.
 */
export class SteadyTime {
  #wallAt: EpochMs
  /** How far steady time is ahead of the wall clock. */
  #aheadMs: DurationMs

  constructor(wallAt: EpochMs, aheadMs: DurationMs = 0) {
    this.#wallAt = wallAt
    this.#aheadMs = aheadMs
  }

  /** The last reading of the wall clock. */
  get wallAt(): EpochMs {
    return this.#wallAt
  }

  get aheadMs(): DurationMs {
    return this.#aheadMs
  }

  get now(): EpochMs {
    return this.#wallAt + this.#aheadMs
  }

  /** Takes in a reading of the wall clock. */
  read(wallAt: EpochMs): void {
    if (wallAt < this.#wallAt) {
      this.#aheadMs += this.#wallAt - wallAt
    }
    this.#wallAt = wallAt
  }

  /** An instant of steady time in terms of the wall clock. */
  toWall(at: EpochMs): EpochMs {
    return at - this.#aheadMs
  }

  /** A past instant of the wall clock in steady time; never later than {@link now}. */
  fromWall(wallAt: EpochMs): EpochMs {
    return Math.min(wallAt + this.#aheadMs, this.now)
  }
}
