import type { Occupation } from '../catalogue/agent.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

/** How occupied an agent has been lately. */
export interface Workload {
  /**
   * Occupancy, 0 to 1: the share of staffed time spent occupied, where time `windowMs` ago weighs
   * 1/e.
   */
  readonly load: number
  /** Up to when `load` is counted. */
  readonly at: EpochMs
}

/** Counts the time since `at` up to `now`. */
export function countWork(
  { load, at }: Workload,
  occupation: Occupation,
  now: EpochMs,
  windowMs: DurationMs,
): Workload {
  const decay = Math.exp((at - now) / windowMs)
  switch (occupation) {
    case 'busy':
      return { load: 1 - (1 - load) * decay, at: now }
    case 'free':
      return { load: load * decay, at: now }
    case 'off':
      return { load, at: now }
  }
}

/**
 * Orders free agents by load, the least first. The loads of all free agents fall by the same
 * factor, so a key computed when an agent becomes free stays right: it is the logarithm of the load
 * at instant 0.
 */
export function loadKey({ load, at }: Workload, windowMs: DurationMs): number {
  return load === 0 ? Number.NEGATIVE_INFINITY : Math.log(load) + at / windowMs
}

/**
 * How long a free agent needs until their load has fallen to `limit`, in whole milliseconds; 0 if
 * it is no higher.
 */
export function restToReach(limit: number, { load }: Workload, windowMs: DurationMs): DurationMs {
  return load <= limit ? 0 : Math.ceil(windowMs * Math.log(load / limit))
}
