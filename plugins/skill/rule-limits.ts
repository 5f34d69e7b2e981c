import { judgeNeeds, needLimits, upToSeconds } from '../../engine/plugin/index.ts'
import { type Alternative, fitRequirements, type Step } from './requirement.ts'

/** What a rule gives a call, as far as the limits of `call.classify` concern it. */
interface LimitedRule {
  readonly when: object
  readonly unless: object
  readonly requires?: readonly Alternative[] | undefined
  readonly relax: readonly { readonly after: number; readonly requires: readonly Alternative[] }[]
  readonly preferred?: { readonly agents: readonly string[] } | undefined
  readonly isLast: boolean
}

/** A fault in the rules, and where it is. */
interface RuleFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The first of these agents, as many as a command takes. */
export function fitAgents(all: readonly string[]): string[] {
  const agents = all.slice(0, needLimits.agents)
  while (agents.length > 0 && judgeNeeds({ preferred: { agents } }) !== undefined) {
    agents.pop()
  }
  return agents
}

/** The names of the facts that a skill's name is made from. */
export function placeholders(skill: string): readonly string[] {
  return [...skill.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)
}

/** What is wrong with the requirement of a rule, whatever the facts are. */
export function requirementFault(rule: LimitedRule): string | undefined {
  return judgeNeeds({ requires: stepsOf(rule) })?.message
}

/** Where the rules that match every call exceed the limits together. */
export function sumFaults(rules: readonly LimitedRule[]): readonly RuleFault[] {
  const end = rules.findIndex((rule) => rule.isLast && matchesAlways(rule))
  const always = [...rules.slice(0, end === -1 ? undefined : end + 1).entries()].filter(
    ([, rule]) => matchesAlways(rule),
  )
  const requiring = always.flatMap(([index, rule]) => {
    const steps = stepsOf(rule)
    return steps === undefined ? [] : [{ index, steps }]
  })
  const { leftOut } = fitRequirements(requiring.map(({ steps }) => steps))
  const agents = new Set<string>()
  const crowded = always.find(([, { preferred }]) => {
    for (const agent of preferred?.agents ?? []) {
      agents.add(agent)
    }
    return fitAgents([...agents]).length < agents.size
  })
  const message = (cure: string) =>
    `too much together with the rules before it that match every call: ${cure}`
  return [
    ...leftOut.map((one) => ({
      path: ['rules', requiring[one]?.index ?? 0, 'requires'],
      message: message('name fewer skills, or add `when`'),
    })),
    ...(crowded === undefined
      ? []
      : [
          {
            path: ['rules', crowded[0], 'preferred', 'agents'],
            message: message('name fewer agents, or add `when`'),
          },
        ]),
  ]
}

function matchesAlways({ when, unless, requires, relax }: LimitedRule): boolean {
  const alternatives = [requires ?? [], ...relax.map((step) => step.requires)].flat()
  return (
    [when, unless].every((conditions) => Object.keys(conditions).length === 0) &&
    alternatives.flatMap(Object.keys).every((skill) => placeholders(skill).length === 0)
  )
}

/** The steps of a rule, without the skills that are named after facts. */
function stepsOf({ requires, relax }: LimitedRule): Step[] | undefined {
  return requires === undefined
    ? undefined
    : [{ after: 0, requires }, ...relax].map((step) => ({
        afterMs: upToSeconds(step.after),
        anyOf: step.requires.map(literal),
      }))
}

function literal(alternative: Alternative): Alternative {
  return Object.fromEntries(
    Object.entries(alternative).filter(([skill]) => placeholders(skill).length === 0),
  )
}
