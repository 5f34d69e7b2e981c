import { comparablePrefix, type NumberPlan } from './number-plan.ts'

/** Gives what belongs to the longest of the beginnings that a number has. */
export type PrefixTable<T> = (number: string) => T | undefined

/**
 * Creates a table of numbers by how they begin.
 *
 * @param byPrefix by the beginning, in any spelling; of two that are one the later counts
 * @returns asked with numbers as `comparableNumber` or `normaliseNumber` writes them
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
