import { type CommandInput, namePattern, upToSeconds } from '../../engine/plugin/index.ts'
import type { Facts } from './facts.ts'
import type { LastAgentOptions, Rule } from './options.ts'
import { type Alternative, fitRequirements, type Step, strictest } from './requirement.ts'
import { fitAgents, placeholders } from './rule-limits.ts'

/** What a call needs, as `call.classify` takes it; empty when nothing is known. */
export type Classification = Pick<
  CommandInput<'call.classify'>,
  'requires' | 'priority' | 'preferred'
>

/** Something that rules give a call and that exceeds the limits of `call.classify` in sum. */
export interface Cut {
  /** `requires`: the whole requirement of a rule; otherwise some steps, alternatives or preferred agents. */
  readonly part: 'requires' | 'steps' | 'alternatives' | 'preferred'
  /** With `requires`: the rule. */
  readonly rule?: string
}

/** A classification, and the names of the rules that led to it. */
export interface Verdict {
  readonly classification: Classification
  readonly rules: readonly string[]
  /** What was left out. Absent when nothing was. */
  readonly cuts?: readonly Cut[]
}

/** The agent the caller last talked to, and how long to hold the call for them. */
export interface Sticky extends Pick<LastAgentOptions, 'hold' | 'isWhileStaffed'> {
  readonly agent: string
}

type Preferred = NonNullable<Classification['preferred']>

/**
 * Classifies a call. Matching rules are combined: priorities are added, an agent must
 * satisfy the requirements of all rules, preferred agents are concatenated with the
 * last agent first, and the longest hold applies. The result keeps the limits of
 * `call.classify`, whatever the rules add up to.
 *
 * Pure: the same facts give the same verdict on every replica.
 */
export function classify(rules: readonly Rule[], facts: Facts, sticky?: Sticky): Verdict {
  const matched: string[] = []
  const requirements: { readonly rule: string; readonly steps: Step[] }[] = []
  const preferences: Preferred[] = []
  let priority: number | undefined
  if (sticky !== undefined) {
    preferences.push(preference([sticky.agent], sticky))
  }
  for (const [i, rule] of rules.entries()) {
    const requirement = isMatch(rule, facts) ? requirementOf(rule, facts) : undefined
    if (requirement === undefined) {
      continue
    }
    const name = rule.name ?? `rule ${i + 1}`
    matched.push(name)
    if (requirement.length > 0) {
      requirements.push({ rule: name, steps: requirement })
    }
    if (rule.priority !== undefined) {
      priority = (priority ?? 0) + rule.priority
    }
    if (rule.preferred !== undefined) {
      const { agents, from } = rule.preferred
      preferences.push(preference([...agents, ...named(facts, from)], rule.preferred))
    }
    if (rule.isLast) {
      break
    }
  }
  const { requires, leftOut, trimmed } = fitRequirements(requirements.map(({ steps }) => steps))
  const { preferred, isCut } = joinPreferences(preferences)
  const cuts: Cut[] = [
    ...requirements.flatMap(({ rule }, i): Cut[] =>
      leftOut.includes(i) ? [{ part: 'requires', rule }] : [],
    ),
    ...[...trimmed].map((part): Cut => ({ part })),
    ...(isCut ? [{ part: 'preferred' } as const] : []),
  ]
  return {
    rules: matched,
    ...(cuts.length > 0 && { cuts }),
    classification: {
      ...(requires !== undefined && { requires }),
      ...(priority !== undefined && { priority }),
      ...(preferred !== undefined && { preferred }),
    },
  }
}

/** Names of all facts that the rules depend on. Other facts need not be stored. */
export function decidingFacts(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ when, unless, requires = [], relax, preferred }) => [
      ...Object.keys(when),
      ...Object.keys(unless),
      ...[requires, ...relax.map((step) => step.requires)]
        .flat()
        .flatMap((alternative) => Object.keys(alternative).flatMap(placeholders)),
      ...(preferred?.from === undefined ? [] : [preferred.from]),
    ]),
  )
}

function isMatch({ when, unless }: Rule, facts: Facts): boolean {
  const has = ([name, patterns]: readonly [string, readonly string[]]) =>
    fits(facts.get(name), patterns)
  return Object.entries(when).every(has) && !Object.entries(unless).some(has)
}

function fits(value: string | undefined, patterns: readonly string[]): boolean {
  const text = value?.toLowerCase()
  return (
    text !== undefined &&
    patterns.some((pattern) =>
      pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern,
    )
  )
}

/** The steps of a rule's requirement; empty if it requires nothing, undefined if a skill's name cannot be filled in. */
function requirementOf({ requires, relax }: Rule, facts: Facts): Step[] | undefined {
  if (requires === undefined) {
    return []
  }
  const steps: Step[] = []
  for (const { after, requires: needs } of [{ after: 0, requires }, ...relax]) {
    const anyOf = needs
      .map((alternative) => fillIn(alternative, facts))
      .filter((alternative) => alternative !== undefined)
    if (anyOf.length < needs.length) {
      return undefined
    }
    // As the engine counts them: steps of two rules that begin in the same second are one step.
    steps.push({ afterMs: upToSeconds(after), anyOf })
  }
  return steps
}

/** Fills facts into skill names; undefined if a fact is unknown, or gives a name that no skill can have. */
function fillIn(alternative: Alternative, facts: Facts): Alternative | undefined {
  let filled: Alternative = {}
  for (const [skill, level] of Object.entries(alternative)) {
    if (placeholders(skill).some((name) => !facts.has(name))) {
      return undefined
    }
    const name = skill.replaceAll(/\{([^{}]+)\}/g, (_, fact: string) => facts.get(fact) ?? '')
    if (!namePattern.test(name)) {
      return undefined
    }
    filled = strictest(filled, { [name]: level })
  }
  return filled
}

/** The agents that a fact names. */
function named(facts: Facts, from: string | undefined): readonly string[] {
  const text = from === undefined ? '' : (facts.get(from) ?? '')
  return text.split(/[\s,;]+/).filter((agent) => agent !== '')
}

function preference(
  agents: string[],
  { hold, isWhileStaffed }: Pick<LastAgentOptions, 'hold' | 'isWhileStaffed'>,
): Preferred {
  return {
    agents,
    ...(hold !== undefined && { holdMs: hold }),
    ...(isWhileStaffed !== undefined && { isWhileStaffed }),
  }
}

function joinPreferences(all: readonly Preferred[]): {
  readonly preferred?: Preferred
  readonly isCut: boolean
} {
  const given = all.filter(({ agents }) => agents.length > 0)
  // A fact may name anything: what no agent can be called is skipped.
  const named = new Set(
    given.flatMap((one) => one.agents).filter((agent) => namePattern.test(agent)),
  )
  const agents = fitAgents([...named])
  const isCut = agents.length < named.size
  if (agents.length === 0) {
    return { isCut }
  }
  const holds = given.flatMap(({ holdMs }) => holdMs ?? [])
  const whiles = given.flatMap(({ isWhileStaffed }) => isWhileStaffed ?? [])
  return {
    isCut,
    preferred: {
      agents,
      ...(holds.length > 0 && { holdMs: Math.max(...holds) }),
      ...(whiles.length > 0 && { isWhileStaffed: whiles.includes(true) }),
    },
  }
}
