import type { DurationMs } from '../catalogue/ids.ts'

/** An observed duration, complete or cut off. */
export interface Observed {
  readonly ms: DurationMs
  /** False: the observation was cut off, and the duration would have been longer. */
  readonly hasEnded: boolean
}

/** The distribution of a duration, such as patience or talk time. */
export interface Survival {
  /**
   * Draws a duration, given that it is longer than `afterMs`.
   *
   * @param chance uniform in (0, 1)
   */
  draw(chance: number, afterMs: DurationMs): DurationMs
}

/**
 * Estimates the distribution of a duration from complete and cut-off observations.
 * E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations" (1958).
 * Beyond the longest observation, an exponential tail continues the estimate: B. W. Brown,
 * M. Hollander and R. M. Korwar (1974).
 *
 * @returns undefined without a complete observation
 */
export function estimateSurvival(observed: readonly Observed[]): Survival | undefined {
  const sorted = [...observed].sort(
    (a, b) => a.ms - b.ms || Number(b.hasEnded) - Number(a.hasEnded),
  )
  const ends: DurationMs[] = []
  /** The share of durations longer than the end at the same index. */
  const shares: number[] = []
  let share = 1
  let exposureMs = 0
  sorted.forEach(({ ms, hasEnded }, index) => {
    exposureMs += ms
    if (hasEnded) {
      share *= 1 - 1 / (sorted.length - index)
      ends.push(ms)
      shares.push(share)
    }
  })
  if (ends.length === 0) {
    return undefined
  }
  const longestMs = Math.max(1, sorted.at(-1)?.ms ?? 1)
  const tailRate =
    share > 0 ? -Math.log(share) / longestMs : ends.length / Math.max(exposureMs, ends.length)
  return {
    draw(chance, afterMs) {
      const from = firstWhere(ends.length, (index) => (ends[index] ?? 0) > afterMs)
      const lasting = from === 0 ? 1 : (shares[from - 1] ?? 0)
      const target = lasting * chance
      const found = firstWhere(ends.length, (index) => (shares[index] ?? 0) <= target)
      const drawnMs =
        lasting > 0 && found < ends.length
          ? (ends[found] ?? 0)
          : tailMs(chance, afterMs, from === ends.length ? undefined : target)
      return Math.max(Math.ceil(drawnMs), afterMs + 1)
    },
  }

  /** Beyond all ends: where the tail reaches `target`, or a memoryless draw without one. */
  function tailMs(chance: number, afterMs: DurationMs, target: number | undefined): DurationMs {
    return target === undefined || share === 0
      ? afterMs - Math.log(chance) / tailRate
      : -Math.log(target) / tailRate
  }
}

/** The first of `count` indexes for which `isTrue` holds, or `count`. It must hold for all later indexes too. */
function firstWhere(count: number, isTrue: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (isTrue(middle)) {
      high = middle
    } else {
      low = middle + 1
    }
  }
  return low
}
