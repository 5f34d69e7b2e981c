import { z } from 'zod'
import type { AgentId, SkillId } from '../ids.ts'
import type { Alternative, CallNeeds, Preferred, Requirement } from '../needs.ts'

/** What a call requires of its agent, as events carry it: in the form that `call.classify` takes. */
export const requires = z
  .array(
    z.object({
      afterMs: z.int().nonnegative(),
      anyOf: z.array(z.record(z.string(), z.int()).readonly()).readonly(),
    }),
  )
  .readonly()

/** Agents who come first for a call, in the form that `call.classify` takes. */
export const preferred = z.object({
  agents: z.array(z.string()).readonly(),
  holdMs: z.int().nonnegative().optional(),
  isWhileStaffed: z.boolean().optional(),
})

type Brought = Pick<CallNeeds, 'requires' | 'preferred'>

/** A call's needs in the form of events and commands. What the call did not bring is absent. */
export interface WrittenNeeds {
  readonly requires?: z.output<typeof requires> | undefined
  readonly preferred?: z.output<typeof preferred> | undefined
}

/** Reads a call's needs from an event or a command. */
export function readNeeds({ requires, preferred }: WrittenNeeds): Brought {
  return {
    ...(requires === undefined ? {} : { requires: readRequirement(requires) }),
    ...(preferred === undefined ? {} : { preferred: readPreferred(preferred) }),
  }
}

function readRequirement(steps: NonNullable<WrittenNeeds['requires']>): Requirement {
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
}: NonNullable<WrittenNeeds['preferred']>): Preferred {
  return { agentIds: agents as readonly AgentId[], hold: isWhileStaffed ? 'whileStaffed' : holdMs }
}

/** Writes a call's needs into an event. */
export function writeNeeds({
  requires,
  preferred,
}: {
  readonly requires?: Requirement | undefined
  readonly preferred?: Preferred | undefined
}) {
  return {
    ...(requires === undefined ? {} : { requires: requires.map(writeStep) }),
    ...(preferred === undefined ? {} : { preferred: writePreferred(preferred) }),
  }
}

function writeStep({ afterMs, anyOf }: Requirement[number]) {
  return { afterMs, anyOf: anyOf.map(writeAlternative) }
}

function writeAlternative(skills: Alternative): Readonly<Record<string, number>> {
  const levels: Record<string, number> = {}
  for (const { skill, minLevel } of skills) {
    // All are needed: of one skill named twice the higher level counts.
    levels[skill] = Math.max(minLevel, levels[skill] ?? 0)
  }
  return levels
}

function writePreferred({ agentIds, hold }: Preferred) {
  return hold === 'whileStaffed'
    ? { agents: [...agentIds], isWhileStaffed: true }
    : { agents: [...agentIds], holdMs: hold }
}
