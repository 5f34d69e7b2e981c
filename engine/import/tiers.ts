import type { TierEntry } from './callcenter.ts'
import type { Journal } from './journal.ts'
import type { Values } from './values.ts'
import { type Entry, spanText } from './yaml-text.ts'

/** A queue's tiers in Switchyard's terms. */
export interface TierPlan {
  /** The queue's `tiers`, if they matter. */
  readonly entry: Entry | undefined
  levelOf(tier: TierEntry): number
  positionOf(tier: TierEntry): number
}

/** The highest level and position that the configuration accepts. */
const max = 99

/**
 * Plans levels so that each opens when mod_callcenter would open it (agents_callback): level n
 * after n times tier-rule-wait-second, including the first level, unless
 * tier-rule-no-agent-no-wait lets the caller skip empty levels. The engine opens level n after
 * n - 1 times `openAfter`, so levels become one higher.
 */
export function planTiers(
  tiers: readonly TierEntry[],
  values: Values,
  subject: string,
  journal: Journal,
): TierPlan {
  const positionOf = placeIn(tiers.map(({ position }) => position))
  const levels = distinct(tiers.map(({ level }) => level))
  const wait = values.seconds('tier-rule-wait-second', 0)
  const isMultiplied = values.flag('tier-rule-wait-multiply-level', false)
  const skipsEmpty = values.flag('tier-rule-no-agent-no-wait', true)
  const rules = values.get('tier-rules-apply')
  if (rules === undefined || !values.flag('tier-rules-apply', false) || wait === 0) {
    const levelOf = placeIn(levels)
    const comments = ['no tier rules: all levels are asked from the start, the lowest first']
    const entry = { key: 'tiers', value: { openAfter: '0s' }, comments }
    return {
      entry: levels.length > 1 ? entry : undefined,
      levelOf: ({ level }) => levelOf(level),
      positionOf: ({ position }) => positionOf(position),
    }
  }
  const add = (kind: 'changed' | 'look', message: string, cure: string) =>
    journal.add(kind, rules.place, subject, message, cure)
  const lowest = Math.max(0, levels[0] ?? 1)
  if (!skipsEmpty && lowest > 0) {
    const cure = 'if that is not intended, lower the level of each agent by one'
    add(
      'look',
      `as with mod_callcenter, callers wait ${wait} s before the first agent is asked`,
      cure,
    )
  }
  if (levels.some((level) => level >= max)) {
    add('changed', 'levels above 98 become one level', 'give these agents lower levels')
  }
  if (!isMultiplied && levels.length > (skipsEmpty ? 2 : 1)) {
    const message = `levels that open together, after ${wait} s, become one level, so their order is lost`
    add('changed', message, 'raise the level of the agents who are to be asked later')
  }
  return {
    entry: {
      key: 'tiers',
      value: { openAfter: spanText(wait), skipUnstaffed: skipsEmpty },
      comments: isMultiplied
        ? ['levels are one higher than in mod_callcenter, where level 1 opens after this time too']
        : [`after this time all levels ${skipsEmpty ? 'but the first ' : ''}open at once`],
    },
    levelOf({ level }) {
      if (isMultiplied) {
        return Math.min(Math.max(level, 0) + 1, max)
      }
      return level <= 0 || (skipsEmpty && level === lowest) ? 1 : 2
    },
    positionOf: ({ position }) => positionOf(position),
  }
}

/** Keeps numbers as they are if all are in range, or else renumbers them in their order. */
function placeIn(numbers: readonly number[]): (number: number) => number {
  const sorted = distinct(numbers)
  return sorted.every((number) => number >= 1 && number <= max)
    ? (number) => number
    : (number) => Math.min(sorted.indexOf(number) + 1, max)
}

function distinct(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}
