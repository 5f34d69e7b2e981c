import type { RequirementStep } from '../../engine/plugin/index.ts'

/** Minimum levels by skill; `{}` matches any agent. */
export type Alternative = Readonly<Record<string, number>>

/** What an agent must have once the call has waited for `afterMs`: one of the alternatives. */
export interface Step {
  readonly afterMs: number
  readonly anyOf: readonly Alternative[]
}

/** Maximum number of alternatives in a joined step; those of later rules are dropped. */
export const mostAlternatives = 16
/** Limit of `call.classify`. If there are more, the last step replaces those beyond it. */
export const mostSteps = 20

/**
 * Joins the requirements of several rules: at any time the agent must satisfy each of
 * them, as relaxed by then.
 *
 * @param requirements each has its steps in order, the first one at 0
 * @returns undefined if there are none
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

/** Alternatives that match the agents who satisfy one of `a` and one of `b`. */
function both(a: readonly Alternative[], b: readonly Alternative[]): readonly Alternative[] {
  const all = a.flatMap((one) => b.map((other) => strictest(one, other)))
  const needed = all.filter(
    (one, i) =>
      !all.some((other, j) => i !== j && includes(one, other) && (j < i || !includes(other, one))),
  )
  return needed.slice(0, mostAlternatives)
}

/** The lowest levels that satisfy both. */
export function strictest(a: Alternative, b: Alternative): Alternative {
  const levels = new Map(Object.entries(a))
  for (const [skill, level] of Object.entries(b)) {
    levels.set(skill, Math.max(levels.get(skill) ?? 0, level))
  }
  return Object.fromEntries(levels)
}

/** True if every agent who satisfies `strict` also satisfies `mild`, so that `strict` adds nobody. */
function includes(strict: Alternative, mild: Alternative): boolean {
  return Object.entries(mild).every(
    ([skill, level]) => Object.hasOwn(strict, skill) && (strict[skill] ?? 0) >= level,
  )
}
