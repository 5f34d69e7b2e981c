import type { AgentId, SkillId } from '../catalogue/ids.ts'
import { namePattern, needLimits } from '../catalogue/limits.ts'
import type { Alternative, Preferred, Requirement, RequirementStep } from '../catalogue/needs.ts'

/**
 * Reads a requirement such as `english:5;30=english:3,sales:2|german:4;60=`: steps, each with the
 * seconds after which it applies and its alternatives. Anyone meets an empty alternative, or `*`.
 *
 * @returns undefined when the text is not a valid requirement
 */
export function parseRequirement(text: string): Requirement | undefined {
  const steps: RequirementStep[] = []
  for (const [index, part] of partsOf(text, ';').entries()) {
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
  return steps.length === 0 ? undefined : steps
}

/** The parts of a text; none when it is too long. */
function partsOf(text: string, separator: string): readonly string[] {
  return text.length > needLimits.characters ? [] : text.trim().split(separator)
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

/** Writes a requirement as {@link parseRequirement} reads it; spans are rounded up to seconds. */
export function writeRequirement(requires: Requirement): string {
  return requires.map(writeStep).join(';')
}

function writeStep({ afterMs, anyOf }: RequirementStep): string {
  const list = anyOf.map((alternative) =>
    // An empty channel variable would count as absent.
    alternative.length === 0
      ? '*'
      : alternative.map(({ skill, minLevel }) => `${skill}:${minLevel}`).join(','),
  )
  return `${afterMs === 0 ? '' : `${Math.ceil(afterMs / 1_000)}=`}${list.join('|')}`
}

/**
 * Reads a list of agents such as `ann,bob`.
 *
 * @returns undefined when the text is not a valid list
 */
export function parseAgents(text: string): readonly AgentId[] | undefined {
  const agentIds = partsOf(text, ',').map((part) => part.trim())
  return agentIds.length > 0 &&
    agentIds.length <= needLimits.agents &&
    agentIds.every((agentId) => namePattern.test(agentId))
    ? (agentIds as AgentId[])
    : undefined
}

/** Writes a list of agents as {@link parseAgents} reads it. */
export function writeAgents(agentIds: readonly AgentId[]): string {
  return agentIds.join(',')
}

/**
 * Reads how long a call waits for its preferred agents: seconds, or `staffed`.
 *
 * @returns undefined when it is neither
 */
export function parseHold(text: string): Preferred['hold'] | undefined {
  const word = text.trim()
  if (word === 'staffed') {
    return 'whileStaffed'
  }
  return /^\d{1,6}$/.test(word) ? Number(word) * 1_000 : undefined
}

/** Writes a hold as {@link parseHold} reads it; a span is rounded up to seconds. */
export function writeHold(hold: Preferred['hold']): string {
  return hold === 'whileStaffed' ? 'staffed' : String(Math.ceil(hold / 1_000))
}
