import type { CommandInput } from '../../engine/plugin/index.ts'
import type { Facts } from './facts.ts'
import type { LastAgentOptions, Rule } from './options.ts'
import { type Alternative, joinRequirements, type Step, strictest } from './requirement.ts'

/** What a call needs, as `call.classify` takes it; empty when nothing is known. */
export type Classification = Pick<
  CommandInput<'call.classify'>,
  'requires' | 'priority' | 'preferred'
>

/** A classification, and the names of the rules that led to it. */
export interface Verdict {
  readonly classification: Classification
  readonly rules: readonly string[]
}

/** The agent the caller last talked to, and how long to hold the call for them. */
export interface Sticky extends Pick<LastAgentOptions, 'hold' | 'isWhileStaffed'> {
  readonly agent: string
}

type Preferred = NonNullable<Classification['preferred']>

/** Limits of `call.classify`: agents, characters of one id, and of all ids joined by commas. */
const mostPreferred = 50
const longestAgentId = 64
const longestPreferred = 2_000
/** A skill's name, as the engine accepts it. */
const skillName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/**
 * Classifies a call. Matching rules are combined: priorities are added, an agent must
 * satisfy the requirements of all rules, preferred agents are concatenated with the
 * last agent first, and the longest hold applies.
 *
 * Pure: the same facts give the same verdict on every replica.
 */
export function classify(rules: readonly Rule[], facts: Facts, sticky?: Sticky): Verdict {
  const matched: string[] = []
  const requirements: Step[][] = []
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
    matched.push(rule.name ?? `rule ${i + 1}`)
    if (requirement.length > 0) {
      requirements.push(requirement)
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
  const requires = joinRequirements(requirements)
  const preferred = joinPreferences(preferences)
  return {
    rules: matched,
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
    steps.push({ afterMs: after, anyOf })
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
    if (!skillName.test(name)) {
      return undefined
    }
    filled = strictest(filled, { [name]: level })
  }
  return filled
}

function placeholders(skill: string): readonly string[] {
  return [...skill.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)
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

function joinPreferences(all: readonly Preferred[]): Preferred | undefined {
  const given = all.filter(({ agents }) => agents.length > 0)
  const agents = withinLimits(new Set(given.flatMap((one) => one.agents)))
  const holds = given.flatMap(({ holdMs }) => holdMs ?? [])
  const whiles = given.flatMap(({ isWhileStaffed }) => isWhileStaffed ?? [])
  return agents.length === 0
    ? undefined
    : {
        agents,
        ...(holds.length > 0 && { holdMs: Math.max(...holds) }),
        ...(whiles.length > 0 && { isWhileStaffed: whiles.includes(true) }),
      }
}

/** The first agents, as many as a command takes. */
function withinLimits(all: Iterable<string>): string[] {
  const agents = [...all].filter(({ length }) => length <= longestAgentId).slice(0, mostPreferred)
  while (agents.join(',').length > longestPreferred) {
    agents.pop()
  }
  return agents
}
