import type { DurationMs } from '../catalogue/ids.ts'

/** A span that was seen to its end, or only for as long as somebody looked. */
export interface Observed {
  readonly ms: DurationMs
  /** False: it would have gone on. */
  readonly hasEnded: boolean
}

/** How long something lasts: patience, or a conversation. */
export interface Survival {
  /**
   * Draws a span longer than `afterMs`, which it has lasted already.
   *
   * @param chance from (0, 1), evenly
   */
  draw(chance: number, afterMs: DurationMs): DurationMs
}

/**
 * Estimates how long spans last from some that ended and some that were cut off.
 * E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete
 * observations" (1958). Beyond the longest observation, where that says nothing,
 * the tail is exponential and joins the estimate: B. W. Brown, M. Hollander and
 * R. M. Korwar (1974).
 *
 * @returns undefined when none was seen to end
 */
export function estimateSurvival(observed: readonly Observed[]): Survival | undefined {
  const sorted = [...observed].sort(
    (a, b) => a.ms - b.ms || Number(b.hasEnded) - Number(a.hasEnded),
  )
  const ends: DurationMs[] = []
  /** The share that lasts longer than the end at the same index. */
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

  /** Beyond all ends: the tail passes `target` where it is known, and forgets the past where it is not. */
  function tailMs(chance: number, afterMs: DurationMs, target: number | undefined): DurationMs {
    return target === undefined || share === 0
      ? afterMs - Math.log(chance) / tailRate
      : -Math.log(target) / tailRate
  }
}

/** The first of `count` indexes for which `isTrue`, which then holds for all after it; `count` if none. */
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
