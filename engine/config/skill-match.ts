import type { Raw } from '../yaml/document.ts'
import { listOf, mapOf } from '../yaml/raw.ts'

type Levels = Readonly<Record<string, Raw>>

/** The alternatives of a requirement, which is one map of skills or a list of them. None is anyone. */
export function alternativesOf(requires: Raw | undefined): readonly Levels[] {
  return Array.isArray(requires) ? listOf(requires).map(mapOf) : [mapOf(requires)]
}

/** Whether who has these levels of skills has the needed ones; a level that is none is a fault already. */
export function suits(levels: Levels, needed: Levels): boolean {
  return Object.entries(needed).every(
    ([skill, level]) => !(Number(level) <= 5) || Number(levels[skill] ?? 0) >= Number(level),
  )
}
