import { chance } from '../chance.ts'

/**
 * Roll number `index` of a die: a whole number below `sides`. A die of 0 rolls only zeros, so that
 * smaller dice make plainer cases.
 */
export function roll(die: number, index: number, sides: number): number {
  return die === 0 ? 0 : Math.floor(chance(die, index) * sides)
}

/** One of `items`, by roll number `index` of a die. The first item should be the plain one. */
export function pick<T>(die: number, index: number, items: readonly T[]): T {
  return items[roll(die, index, items.length)] as T
}
