import type { AgentId, SkillId } from '../ids.ts'
import type { CallNeeds, Preferred, Requirement } from '../needs.ts'
import type { EventData } from './events.ts'

/** What a call itself asks of its agent, in the words of events and commands; what it did not bring is left out. */
export type Needs = Pick<EventData<'call.queued'>, 'requires' | 'preferred'>

/** A call's needs as the core takes them. */
export function readNeeds({
  requires,
  preferred,
}: Needs): Pick<CallNeeds, 'requires' | 'preferred'> {
  return {
    ...(requires === undefined ? {} : { requires: readRequirement(requires) }),
    ...(preferred === undefined ? {} : { preferred: readPreferred(preferred) }),
  }
}

function readRequirement(steps: NonNullable<Needs['requires']>): Requirement {
  return steps.map(({ afterMs, anyOf }) => ({
    afterMs,
    anyOf: anyOf.map((skills) =>
      Object.entries(skills).map(([skill, minLevel]) => ({ skill: skill as SkillId, minLevel })),
    ),
  }))
}

function readPreferred({
  agents,
  holdMs = 0,
  isWhileStaffed = false,
}: NonNullable<Needs['preferred']>): Preferred {
  return { agentIds: agents as readonly AgentId[], hold: isWhileStaffed ? 'whileStaffed' : holdMs }
}
