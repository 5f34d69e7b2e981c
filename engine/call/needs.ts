import type { EventData } from '../catalogue/events/events.ts'
import type { Alternative, Preferred } from '../catalogue/needs.ts'
import type { CallInput } from './call-event.ts'

/** What the call itself asks of its agent, as `call.queued` says it; what it did not bring is left out. */
export function describeNeeds({
  requires,
  preferred,
}: Pick<CallInput, 'requires' | 'preferred'>): Pick<
  EventData<'call.queued'>,
  'requires' | 'preferred'
> {
  return {
    ...(requires === undefined
      ? {}
      : {
          requires: requires.map(({ afterMs, anyOf }) => ({
            afterMs,
            anyOf: anyOf.map(describeAlternative),
          })),
        }),
    ...(preferred === undefined ? {} : { preferred: describePreferred(preferred) }),
  }
}

function describeAlternative(skills: Alternative): Readonly<Record<string, number>> {
  const levels: Record<string, number> = {}
  for (const { skill, minLevel } of skills) {
    // All are needed: of one skill named twice the higher level counts.
    levels[skill] = Math.max(minLevel, levels[skill] ?? 0)
  }
  return levels
}

function describePreferred({
  agentIds,
  hold,
}: Preferred): NonNullable<EventData<'call.queued'>['preferred']> {
  return hold === 'whileStaffed'
    ? { agents: [...agentIds], isWhileStaffed: true }
    : { agents: [...agentIds], holdMs: hold }
}
