import type { AgentId, SkillId } from '../catalogue/ids.ts'
import { namePattern, needLimits } from '../catalogue/limits.ts'
import type { Alternative, Preferred, Requirement, RequirementStep } from '../catalogue/needs.ts'
import type { CallerChannel } from '../switch/event.ts'

/** What a call says of itself by variables of its channel. */
export interface CallFacts {
  /** Instead of its queue's own. */
  readonly requires: Requirement | undefined
  readonly preferred: Preferred | undefined
  /** The variables that cannot be read: the call is taken as if they were not there. */
  readonly malformed: readonly string[]
}

/**
 * Reads `acd_require`, `acd_prefer` and `acd_hold`.
 *
 * @param defaultHold of the call's queue, for one that prefers agents and does not say how long
 */
export function readCallFacts(
  { requires, prefers, holds }: CallerChannel,
  defaultHold: Preferred['hold'],
): CallFacts {
  const malformed: string[] = []
  const read = <Value>(
    variable: string,
    text: string | undefined,
    parse: (text: string) => Value | undefined,
  ): Value | undefined => {
    const value =
      text === undefined || text.length > needLimits.characters ? undefined : parse(text.trim())
    if (text !== undefined && value === undefined) {
      malformed.push(variable)
    }
    return value
  }
  const agentIds = read('acd_prefer', prefers, parseAgents)
  const hold = read('acd_hold', holds, parseHold) ?? defaultHold
  return {
    requires: read('acd_require', requires, parseRequirement),
    preferred: agentIds === undefined ? undefined : { agentIds, hold },
    malformed,
  }
}

/**
 * Reads a requirement such as `english:5;30=english:3,sales:2|german:4;60=`: steps after
 * so many seconds, each with alternatives; an empty one, or `*`, is met by anyone.
 *
 * @returns undefined when it is none
 */
export function parseRequirement(text: string): Requirement | undefined {
  const steps: RequirementStep[] = []
  for (const [index, part] of text.split(';').entries()) {
    const [, seconds = '0', list = ''] = /^(?:(\d{1,6})=)?(.*)$/s.exec(part.trim()) ?? []
    const anyOf = list.split('|').map(parseAlternative)
    const afterMs = Number(seconds) * 1_000
    const previous = steps.at(-1)
    const isLater = previous === undefined ? afterMs === 0 : afterMs > previous.afterMs
    if (!isLater || index >= needLimits.steps || anyOf.length > needLimits.alternatives) {
      return undefined
    }
    if (!anyOf.every((alternative) => alternative !== undefined)) {
      return undefined
    }
    steps.push({ afterMs, anyOf })
  }
  return steps
}

function parseAlternative(text: string): Alternative | undefined {
  if (text.trim() === '' || text.trim() === '*') {
    return []
  }
  const skills = text.split(',').map((part) => {
    const [skill = '', level = '1', ...rest] = part.trim().split(':')
    return namePattern.test(skill) && /^[1-5]$/.test(level) && rest.length === 0
      ? { skill: skill as SkillId, minLevel: Number(level) }
      : undefined
  })
  return skills.length <= needLimits.skills && skills.every((skill) => skill !== undefined)
    ? skills
    : undefined
}

function parseAgents(text: string): readonly AgentId[] | undefined {
  const agentIds = text.split(',').map((part) => part.trim())
  return agentIds.length <= needLimits.agents &&
    agentIds.every((agentId) => namePattern.test(agentId))
    ? (agentIds as AgentId[])
    : undefined
}

function parseHold(text: string): Preferred['hold'] | undefined {
  if (text === 'staffed') {
    return 'whileStaffed'
  }
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined
}

/** The channel variables that {@link readCallFacts} reads as these; of what is left out, none. */
export function writeCallFacts({
  requires,
  preferred,
}: {
  readonly requires?: Requirement
  readonly preferred?: Preferred
}): Readonly<Record<string, string>> {
  return {
    ...(requires === undefined ? {} : { acd_require: requires.map(writeStep).join(';') }),
    ...(preferred === undefined
      ? {}
      : { acd_prefer: preferred.agentIds.join(','), acd_hold: writeHold(preferred.hold) }),
  }
}

function writeStep({ afterMs, anyOf }: RequirementStep): string {
  const list = anyOf.map((alternative) =>
    // A channel variable that is empty is none.
    alternative.length === 0
      ? '*'
      : alternative.map(({ skill, minLevel }) => `${skill}:${minLevel}`).join(','),
  )
  return `${afterMs === 0 ? '' : `${Math.ceil(afterMs / 1_000)}=`}${list.join('|')}`
}

function writeHold(hold: Preferred['hold']): string {
  return hold === 'whileStaffed' ? 'staffed' : String(Math.ceil(hold / 1_000))
}
