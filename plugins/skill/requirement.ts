import type { RequirementStep } from '../../engine/plugin/index.ts'

/** Least levels by skill; `{}` is anyone. */
export type Alternative = Readonly<Record<string, number>>

/** What an agent must know, from so long a wait on: one of the alternatives. */
export interface Step {
  readonly afterMs: number
  readonly anyOf: readonly Alternative[]
}

/** So many alternatives a joined step has at most; those of the later rules are left out. */
export const mostAlternatives = 16
/** As many as a command takes. Of more, the last one replaces those that do not fit. */
export const mostSteps = 20

/**
 * Joins what several rules require: at any time the agent must satisfy each of
 * them, as far as each has relaxed by then.
 *
 * @param requirements each with a first step at 0, in order
 * @returns undefined when there is none
 */
export function joinRequirements(
  requirements: readonly (readonly Step[])[],
): RequirementStep[] | undefined {
  if (requirements.length === 0) {
    return undefined
  }
  const instants = new Set(requirements.flatMap((steps) => steps.map(({ afterMs }) => afterMs)))
  const joined: RequirementStep[] = []
  for (const afterMs of [...instants].toSorted((a, b) => a - b)) {
    const anyOf = requirements
      .map((steps) => inForce(steps, afterMs))
      .reduce(both)
      .map((alternative) => ({ ...alternative }))
    if (JSON.stringify(anyOf) !== JSON.stringify(joined.at(-1)?.anyOf)) {
      joined.push({ afterMs, anyOf })
    }
  }
  return joined.length > mostSteps
    ? [...joined.slice(0, mostSteps - 1), ...joined.slice(-1)]
    : joined
}

function inForce(steps: readonly Step[], waitedMs: number): readonly Alternative[] {
  return steps.findLast(({ afterMs }) => afterMs <= waitedMs)?.anyOf ?? [{}]
}

/** Agents who satisfy one of `a` and one of `b`. */
function both(a: readonly Alternative[], b: readonly Alternative[]): readonly Alternative[] {
  const all = a.flatMap((one) => b.map((other) => strictest(one, other)))
  const needed = all.filter(
    (one, i) =>
      !all.some((other, j) => i !== j && includes(one, other) && (j < i || !includes(other, one))),
  )
  return needed.slice(0, mostAlternatives)
}

/** The least levels that satisfy both. */
export function strictest(a: Alternative, b: Alternative): Alternative {
  const levels = new Map(Object.entries(a))
  for (const [skill, level] of Object.entries(b)) {
    levels.set(skill, Math.max(levels.get(skill) ?? 0, level))
  }
  return Object.fromEntries(levels)
}

/** Whether who satisfies `strict` satisfies `mild` as well: then `strict` adds nobody. */
function includes(strict: Alternative, mild: Alternative): boolean {
  return Object.entries(mild).every(
    ([skill, level]) => Object.hasOwn(strict, skill) && (strict[skill] ?? 0) >= level,
  )
}
