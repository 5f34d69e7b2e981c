import { judgeNeeds, needLimits, type RequirementStep } from '../../engine/plugin/index.ts'

/** Minimum levels by skill; `{}` matches any agent. */
export type Alternative = Readonly<Record<string, number>>

/** What an agent must have once the call has waited for `afterMs`: one of the alternatives. */
export interface Step {
  readonly afterMs: number
  readonly anyOf: readonly Alternative[]
}

/** Maximum number of alternatives in a joined step; those of later rules are dropped. */
export const maxAlternatives = 16
/** Limit of `call.classify`. If there are more, the last step replaces those beyond it. */
export const maxSteps = needLimits.steps

/** What was dropped from a joined requirement. */
export type Trimmed = 'alternatives' | 'steps'

/** Requirements joined within the limits of `call.classify`. */
export interface FittedRequirement {
  /** Undefined if nothing is required. */
  readonly requires: RequirementStep[] | undefined
  /** Indexes of the requirements that do not fit. */
  readonly leftOut: readonly number[]
  readonly trimmed: ReadonlySet<Trimmed>
}

/**
 * Joins the requirements of several rules within the limits of `call.classify`. When all
 * together exceed them, the requirements are taken in order, and each one is left
 * out that does not fit beside those taken before.
 */
export function fitRequirements(requirements: readonly (readonly Step[])[]): FittedRequirement {
  const trimmed = new Set<Trimmed>()
  const all = joinRequirements(requirements, (what) => trimmed.add(what))
  if (judgeNeeds({ requires: all }) === undefined) {
    return { requires: all, leftOut: [], trimmed }
  }
  trimmed.clear()
  const leftOut: number[] = []
  let requires: RequirementStep[] | undefined
  for (const [index, one] of requirements.entries()) {
    const trimmedNow: Trimmed[] = []
    const next = joinRequirements(requires === undefined ? [one] : [requires, one], (what) =>
      trimmedNow.push(what),
    )
    if (judgeNeeds({ requires: next }) === undefined) {
      requires = next
      for (const what of trimmedNow) {
        trimmed.add(what)
      }
    } else {
      leftOut.push(index)
    }
  }
  return { requires, leftOut, trimmed }
}

/**
 * Joins the requirements of several rules: at any time the agent must satisfy each of
 * them, as relaxed by then.
 *
 * @param requirements each has its steps in order, the first one at 0
 * @param onTrimmed told what is dropped to keep the limits on steps and alternatives
 * @returns undefined if there are none
 */
export function joinRequirements(
  requirements: readonly (readonly Step[])[],
  onTrimmed: (what: Trimmed) => void = () => {},
): RequirementStep[] | undefined {
  if (requirements.length === 0) {
    return undefined
  }
  const instants = new Set(requirements.flatMap((steps) => steps.map(({ afterMs }) => afterMs)))
  const joined: RequirementStep[] = []
  for (const afterMs of [...instants].toSorted((a, b) => a - b)) {
    const anyOf = requirements
      .map((steps) => inForce(steps, afterMs))
      .reduce((a, b) => both(a, b, onTrimmed))
      .map((alternative) => ({ ...alternative }))
    if (JSON.stringify(anyOf) !== JSON.stringify(joined.at(-1)?.anyOf)) {
      joined.push({ afterMs, anyOf })
    }
  }
  if (joined.length <= maxSteps) {
    return joined
  }
  onTrimmed('steps')
  return [...joined.slice(0, maxSteps - 1), ...joined.slice(-1)]
}

function inForce(steps: readonly Step[], waitedMs: number): readonly Alternative[] {
  return steps.findLast(({ afterMs }) => afterMs <= waitedMs)?.anyOf ?? [{}]
}

/** Alternatives that match the agents who satisfy one of `a` and one of `b`. */
function both(
  a: readonly Alternative[],
  b: readonly Alternative[],
  onTrimmed: (what: Trimmed) => void,
): readonly Alternative[] {
  const all = a.flatMap((one) => b.map((other) => strictest(one, other)))
  const needed = all.filter(
    (one, i) =>
      !all.some((other, j) => i !== j && includes(one, other) && (j < i || !includes(other, one))),
  )
  if (needed.length > maxAlternatives) {
    onTrimmed('alternatives')
  }
  return needed.slice(0, maxAlternatives)
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
