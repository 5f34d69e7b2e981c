import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'

/** What is learnt of a call after it came; what is left out stays. */
export interface CallChange {
  /** Whole points, instead of those it had. */
  readonly priority?: number
  readonly requires?: Requirement
  readonly preferred?: Preferred
  /** Its place, where that is earlier than the one it has. */
  readonly enqueuedAt?: EpochMs
}

/** As the configuration allows them: they become part of channel variables. */
export const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Whether a skill can be known so well. */
export function isLevel(level: number): boolean {
  return Number.isInteger(level) && level >= 1 && level <= 5
}

/** What is wrong with a change; undefined when nothing is. */
export function faultOf({ priority, requires, preferred }: CallChange): string | undefined {
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    return 'priority is no whole number'
  }
  let lastMs = -1
  for (const { afterMs, anyOf } of requires ?? []) {
    const isFirst = lastMs < 0
    if (!isSeconds(afterMs) || afterMs <= lastMs || (isFirst && afterMs !== 0)) {
      return 'requires: steps begin at 0 and follow each other in whole seconds'
    }
    if (
      anyOf.length === 0 ||
      !anyOf.flat().every((one) => name.test(one.skill) && isLevel(one.minLevel))
    ) {
      return 'requires: each step has alternatives of skills with levels from 1 to 5'
    }
    lastMs = afterMs
  }
  if (requires?.length === 0) {
    return 'requires: name one step at least; an empty alternative is met by anyone'
  }
  if (preferred !== undefined && !preferred.agentIds.every((agentId) => name.test(agentId))) {
    return 'preferred: agents by id'
  }
  return preferred === undefined || preferred.hold === 'whileStaffed' || isSeconds(preferred.hold)
    ? undefined
    : 'preferred: hold is whole seconds'
}

/** A channel remembers seconds. */
function isSeconds(spanMs: DurationMs): boolean {
  return Number.isInteger(spanMs / 1_000) && spanMs >= 0
}
