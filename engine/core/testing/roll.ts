import { chance } from '../chance.ts'

/**
 * Rolls `index` of a die, below `sides`. A die of 0 rolls zeros alone, so that
 * what is made of smaller dice is plainer.
 */
export function roll(die: number, index: number, sides: number): number {
  return die === 0 ? 0 : Math.floor(chance(die, index) * sides)
}

/** One of `items` by roll `index` of a die; the first of them is the plain one. */
export function pick<T>(die: number, index: number, items: readonly T[]): T {
  return items[roll(die, index, items.length)] as T
}
