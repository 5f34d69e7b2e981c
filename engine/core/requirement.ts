import type { DurationMs, SkillId } from '../catalogue/ids.ts'
import type { Alternative, Requirement } from '../catalogue/needs.ts'

type Skills = ReadonlyMap<SkillId, number>

/** Whether these skills meet one of the alternatives. `undefined` asks for nothing. */
export function suits(skills: Skills, anyOf: readonly Alternative[] | undefined): boolean {
  if (anyOf === undefined) {
    return true
  }
  for (const alternative of anyOf) {
    if (hasAll(skills, alternative)) {
      return true
    }
  }
  return false
}

function hasAll(skills: Skills, alternative: Alternative): boolean {
  for (const { skill, minLevel } of alternative) {
    if ((skills.get(skill) ?? 0) < minLevel) {
      return false
    }
  }
  return true
}

/** The step in force after `waitedMs`, counted from 0; -1 before the first. */
export function stepAfter(requires: Requirement, waitedMs: DurationMs): number {
  let step = -1
  for (const { afterMs } of requires) {
    if (afterMs > waitedMs) {
      break
    }
    step += 1
  }
  return step
}

/**
 * How well these skills match what the first step asks for: the sum of the levels in the skills of
 * the alternative that they match best. It stays the same when the requirement relaxes.
 */
export function skillMatch(skills: Skills, [first]: Requirement): number {
  let best = 0
  for (const alternative of first?.anyOf ?? []) {
    let sum = 0
    for (const { skill } of alternative) {
      sum += skills.get(skill) ?? 0
    }
    best = Math.max(best, sum)
  }
  return best
}
