import type { AgentId, DurationMs, EpochMs, SkillId } from './ids.ts'
import { isLevel, namePattern, needLimits } from './limits.ts'
import { type Refusal, refuse } from './refusals.ts'

export interface SkillRequirement {
  readonly skill: SkillId
  /** Lowest acceptable proficiency, 1 (novice) to 5 (expert). */
  readonly minLevel: number
}

/** Skills of which all are needed. An empty list suits every agent. */
export type Alternative = readonly SkillRequirement[]

/** Applies once the call has waited `afterMs`. An agent who meets one of the alternatives is suitable. */
export interface RequirementStep {
  readonly afterMs: DurationMs
  /** At least one. */
  readonly anyOf: readonly Alternative[]
}

/**
 * What a call requires of its agent, step by step. The first step applies from 0 ms, each
 * further one replaces the one before. Without steps anyone is suitable.
 */
export type Requirement = readonly RequirementStep[]

/** Agents who come first for a call: the last one the caller spoke with, the owner of the account. */
export interface Preferred {
  /** The first of them who is ready is chosen, whatever their skills and tier. */
  readonly agentIds: readonly AgentId[]
  /**
   * How long the call waits for them alone: a time from when it was enqueued, or as long as one
   * of them is staffed. 0: they come first when they are ready, but the call does not wait for them.
   */
  readonly hold: DurationMs | 'whileStaffed'
}

/** What a call brings with it, in place of its queue's settings. Absent fields were not given. */
export interface CallNeeds {
  /** Whole points, added to the queue's own. */
  readonly priority?: number
  readonly requires?: Requirement
  readonly preferred?: Preferred
}

/** A change in the needs of a waiting call. Absent fields stay as they are. */
export interface CallChange extends CallNeeds {
  /** Its place; used only if it is earlier than the current one. */
  readonly enqueuedAt?: EpochMs
}

/** The fault of one field. */
export interface NeedsFault {
  readonly field: 'priority' | 'requires' | 'preferred' | 'enqueuedAt'
  /** With the cure; for people. */
  readonly message: string
}

/**
 * Checks what a call brings. Every input goes through this function, and whatever passes it can be
 * written on the call's channel and read back.
 *
 * @returns undefined when nothing is wrong
 */
export function needsFault(change: CallChange): NeedsFault | undefined {
  for (const [field, message] of [
    ['priority', priorityFault(change.priority)],
    ['requires', requirementFault(change.requires)],
    ['preferred', preferredFault(change.preferred)],
    ['enqueuedAt', instantFault(change.enqueuedAt)],
  ] as const) {
    if (message !== undefined) {
      return { field, message }
    }
  }
  return undefined
}

/** The refusal for a fault that {@link needsFault} finds; undefined when nothing is wrong. */
export function refuseNeeds(change: CallChange): Refusal | undefined {
  const fault = needsFault(change)
  return fault === undefined ? undefined : refuse('invalid', `${fault.field}: ${fault.message}`)
}

function priorityFault(priority: number | undefined): string | undefined {
  const { priority: max } = needLimits
  return priority === undefined || (Number.isInteger(priority) && Math.abs(priority) <= max)
    ? undefined
    : `give a whole number from -${max} to ${max}`
}

function instantFault(at: EpochMs | undefined): string | undefined {
  return at === undefined || (Number.isInteger(at) && at >= 0 && at <= needLimits.instant)
    ? undefined
    : 'give whole milliseconds since the Unix epoch'
}

function requirementFault(requires: Requirement | undefined): string | undefined {
  if (requires === undefined) {
    return undefined
  }
  const { steps, characters, spanMs } = needLimits
  if (requires.length === 0 || requires.length > steps) {
    return `give 1 to ${steps} steps; an empty alternative suits every agent`
  }
  let lastMs = -1
  for (const { afterMs } of requires) {
    if (!isSpan(afterMs) || afterMs <= lastMs || (lastMs < 0 && afterMs !== 0)) {
      return `the first step has afterMs 0, each further one a later whole second, up to ${spanMs / 1_000} s`
    }
    lastMs = afterMs
  }
  return (
    alternativesFault(requires) ??
    (sizeOf(requires) > characters
      ? `the requirement is longer than ${characters} characters when written out; name fewer skills`
      : undefined)
  )
}

function alternativesFault(requires: Requirement): string | undefined {
  const { alternatives, skills } = needLimits
  if (requires.some(({ anyOf }) => anyOf.length === 0 || anyOf.length > alternatives)) {
    return `give each step 1 to ${alternatives} alternatives`
  }
  const all = requires.flatMap(({ anyOf }) => anyOf)
  if (all.some((alternative) => alternative.length > skills)) {
    return `give each alternative at most ${skills} skills`
  }
  return all.flat().every(({ skill, minLevel }) => namePattern.test(skill) && isLevel(minLevel))
    ? undefined
    : 'give skills by name, each with a level from 1 to 5'
}

/** The most characters it takes when written out: seconds, names, levels and separators. */
function sizeOf(requires: Requirement): number {
  let size = 0
  for (const { anyOf } of requires) {
    size += '999999=;'.length
    for (const alternative of anyOf) {
      size += '*|'.length
      for (const { skill } of alternative) {
        size += skill.length + ':5,'.length
      }
    }
  }
  return size
}

function preferredFault(preferred: Preferred | undefined): string | undefined {
  if (preferred === undefined) {
    return undefined
  }
  const { agentIds, hold } = preferred
  const { agents, characters, spanMs } = needLimits
  if (agentIds.length === 0 || agentIds.length > agents) {
    return `name 1 to ${agents} agents`
  }
  if (!agentIds.every((agentId) => namePattern.test(agentId))) {
    return 'name agents by id'
  }
  if (agentIds.join(',').length > characters) {
    return `the ids together are longer than ${characters} characters; name fewer agents`
  }
  return hold === 'whileStaffed' || isSpan(hold)
    ? undefined
    : `hold the call for whole seconds, up to ${spanMs / 1_000} s`
}

/** A channel keeps whole seconds. */
function isSpan(spanMs: DurationMs): boolean {
  return Number.isInteger(spanMs / 1_000) && spanMs >= 0 && spanMs <= needLimits.spanMs
}
