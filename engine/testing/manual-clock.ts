import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'

interface Pending {
  readonly at: EpochMs
  readonly sequence: number
  readonly callback: () => void
}

/** A clock that moves only when a test moves it. */
export class ManualClock implements Clock {
  #now: EpochMs
  #sequence = 0
  readonly #pending = new Set<Pending>()

  /** @param now the time it starts at. @default a day in 2023 */
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

  /** Advances time, running each timer at its own time and in order, all within this turn. */
  advance(ms: DurationMs): void {
    const until = this.#now + ms
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#run(next)
    }
    this.#now = until
  }

  /** Like {@link advance}, but lets promises settle before, between and after the timers. */
  async pass(ms: DurationMs): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#run(next)
      await settle()
    }
    this.#now = until
  }

  /** Advances time without running timers, like a process that was suspended. */
  stall(ms: DurationMs): void {
    this.#now += ms
  }

  /** How many timers are set and have neither run nor been cancelled. A test should leave none. */
  get pendingTimers(): number {
    return this.#pending.size
  }

  /** Time until the next timer is due; undefined while none is set. */
  get nextInMs(): DurationMs | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY)
    return next === undefined ? undefined : next.at - this.#now
  }

  #run(timer: Pending): void {
    this.#pending.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
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

/** Lets work in progress (promises and turns of the event loop) settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
