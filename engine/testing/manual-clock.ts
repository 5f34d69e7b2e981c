import type { Clock, Timer } from '../clock.ts'
import type { DurationMs, EpochMs } from '../core/ids.ts'

interface Pending {
  readonly at: EpochMs
  readonly sequence: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: EpochMs
  #sequence = 0
  readonly #pending = new Set<Pending>()

  constructor(now: EpochMs = 1_700_000_000_000) {
    this.#now = now
  }

  now(): EpochMs {
    return this.#now
  }

  microseconds(): number {
    return this.#now * 1000
  }

  setTimer(delayMs: DurationMs, callback: () => void): Timer {
    this.#sequence += 1
    const pending = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence, callback }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  /** Moves time on, running each timer at its own instant and in order. */
  advance(ms: DurationMs): void {
    const until = this.#now + ms
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#pending.delete(next)
      this.#now = next.at
      next.callback()
    }
    this.#now = until
  }

  /** Moves time on without running what falls due: a process that was held up. */
  stall(ms: DurationMs): void {
    this.#now += ms
  }

  get pendingTimers(): number {
    return this.#pending.size
  }

  #next(until: EpochMs): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      const isEarlier =
        first === undefined ||
        pending.at < first.at ||
        (pending.at === first.at && pending.sequence < first.sequence)
      if (pending.at <= until && isEarlier) {
        first = pending
      }
    }
    return first
  }
}
