import type { Clock, Timer } from '../clock.ts'
import type { DurationMs, EpochMs } from '../core/ids.ts'

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves time on by `ms`, running each timer at its own instant, in order, and
   * letting promised work settle after each.
   */
  advance(ms: DurationMs): Promise<void>
  /** Timers set and neither run nor cancelled: none should be left over. */
  readonly pendingTimers: number
}

interface PendingTimer {
  readonly at: EpochMs
  readonly order: number
  readonly callback: () => void
}

/** @param startAt the first instant it shows. @default 1_000_000 */
export function createManualClock(startAt: EpochMs = 1_000_000): ManualClock {
  let now = startAt
  let order = 0
  const timers = new Set<PendingTimer>()

  function due(until: EpochMs): PendingTimer | undefined {
    let next: PendingTimer | undefined
    for (const timer of timers) {
      const isEarlier =
        next === undefined ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      if (timer.at <= until && isEarlier) {
        next = timer
      }
    }
    return next
  }

  return {
    now: () => now,
    microseconds: () => now * 1000,
    setTimer(delayMs, callback): Timer {
      order += 1
      const timer = { at: now + Math.max(delayMs, 0), order, callback }
      timers.add(timer)
      return { cancel: () => timers.delete(timer) }
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let timer = due(until); timer !== undefined; timer = due(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await settle()
      }
      now = until
    },
    get pendingTimers() {
      return timers.size
    },
  }
}

/** Lets what is already under way (promises and turns of the loop) come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
