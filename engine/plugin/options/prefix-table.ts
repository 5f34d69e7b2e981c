import { comparablePrefix, type NumberPlan } from './number-plan.ts'

/** Looks up the value of the longest prefix that a number begins with. */
export type PrefixTable<T> = (number: string) => T | undefined

/**
 * Creates a table of values by number prefix.
 *
 * @param byPrefix values by prefix, in any spelling; if two are the same prefix, the later one applies
 * @returns a look-up for numbers normalised by `comparableNumber` or `normaliseNumber`
 */
export function createPrefixTable<T>(
  byPrefix: Readonly<Record<string, T>>,
  plan: NumberPlan,
): PrefixTable<T> {
  const table = new Map<string, T>()
  for (const [raw, value] of Object.entries(byPrefix)) {
    const prefix = comparablePrefix(raw, plan)
    if (prefix !== undefined) {
      table.set(prefix, value)
    }
  }
  const lengths = new Set([...table.keys()].map((prefix) => prefix.length))
  const longestFirst = [...lengths].toSorted((a, b) => b - a)
  return (number) => {
    const length = longestFirst.find(
      (one) => number.length >= one && table.has(number.slice(0, one)),
    )
    return length === undefined ? undefined : table.get(number.slice(0, length))
  }
}
