import type { DurationMs, EpochMs } from './catalogue/ids.ts'

/** The only source of time in the engine, so that tests can control it. */
export interface Clock {
  /** Wall-clock time. */
  now(): EpochMs
  /** Monotonic microseconds since an arbitrary start, for measuring durations only. */
  microseconds(): number
  /** Runs `callback` once after `delayMs`, unless cancelled. Longer delays than 2^31-1 ms are cut to that. */
  setTimer(delayMs: DurationMs, callback: () => void): Timer
}

export interface Timer {
  cancel(): void
}

const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  microseconds: () => performance.now() * 1000,
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestTimer))
    return { cancel: () => clearTimeout(handle) }
  },
}
