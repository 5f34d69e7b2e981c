import type { AgentId, EpochMs } from '../../catalogue/ids.ts'
import type { Alternative } from '../../catalogue/needs.ts'
import type { Observer, SeenCall } from './observer.ts'

/**
 * Whether a call may go to an agent at `at`, whatever the two are doing then, as far as an observer
 * can tell. Calls that the agent refused are not considered: see {@link Observer.areApart}.
 */
export function suits(seen: Observer, agentId: AgentId, call: SeenCall, at: EpochMs): boolean {
  const { settings, skills } = seen
  const agent = settings.agents.find((named) => named.agentId === agentId)
  const queue = settings.queues.find(({ queueId }) => queueId === call.queueId)
  const membership = agent?.queues.find(({ queueId }) => queueId === call.queueId)
  if (queue === undefined || membership === undefined) {
    return false
  }
  if (call.preferred?.agentIds.includes(agentId) === true) {
    return true
  }
  const waitedMs = at - call.enqueuedAt
  const { openAfterMs, skipUnstaffed } = queue.tiers
  const isOpen =
    openAfterMs === 0 ||
    waitedMs >= (membership.level - 1) * openAfterMs ||
    (skipUnstaffed && isFirstStaffed(seen, call, membership.level))
  const known = skills.get(agentId)
  const isAble = (needs: Alternative) =>
    !needs.some(({ skill, minLevel }) => (known?.get(skill) ?? 0) < minLevel)
  let inForce: readonly Alternative[] = [[]]
  for (const { afterMs, anyOf } of call.requires ?? queue.requires) {
    inForce = afterMs <= waitedMs ? anyOf : inForce
  }
  return isOpen && !waitsForPreferred(seen, call, waitedMs) && inForce.some(isAble)
}

/** The levels of the staffed agents of a queue. */
function staffedLevels({ settings, statuses }: Observer, call: SeenCall): readonly number[] {
  return settings.agents
    .filter(({ agentId }) => statuses.get(agentId)?.type === 'available')
    .flatMap(({ queues }) => queues.filter(({ queueId }) => queueId === call.queueId))
    .map(({ level }) => level)
}

function isFirstStaffed(seen: Observer, call: SeenCall, level: number): boolean {
  const staffed = staffedLevels(seen, call)
  return staffed.length > 0 && staffed.every((other) => other >= level)
}

function waitsForPreferred(seen: Observer, { preferred, queueId }: SeenCall, waitedMs: number) {
  const { settings, statuses } = seen
  if (preferred === undefined || waitedMs >= settings.fairAfterMs) {
    return false
  }
  if (typeof preferred.hold === 'number') {
    return waitedMs < preferred.hold
  }
  return settings.agents.some(
    ({ agentId, queues }) =>
      preferred.agentIds.includes(agentId) &&
      queues.some((membership) => membership.queueId === queueId) &&
      statuses.get(agentId)?.type === 'available',
  )
}
