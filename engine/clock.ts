import type { DurationMs, EpochMs } from './catalogue/ids.ts'

/** The only source of time in the engine, so that a test can control it. */
export interface Clock {
  /** Wall time. */
  now(): EpochMs
  /** Monotonic microseconds from an arbitrary start: only for measuring durations. */
  microseconds(): number
  /** Runs `callback` once, `delayMs` from now, unless cancelled. Longer delays than 2^31-1 ms are cut to that. */
  setTimer(delayMs: DurationMs, callback: () => void): Timer
}

export interface Timer {
  cancel(): void
}

const maxTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  microseconds: () => performance.now() * 1000,
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), maxTimerMs))
    return { cancel: () => clearTimeout(handle) }
  },
}
