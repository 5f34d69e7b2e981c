import type { EpochMs } from '../catalogue/ids.ts'
import type { Agent, CallGroup, QueueState, WaitingCall } from './groups.ts'
import type { Heap, HeapItem } from './heap.ts'
import { fractionsOf, goesFirst } from './precedence.ts'
import { skillMatch, suits } from './requirement.ts'
import { lowestStaffed } from './staffing.ts'

/** The highest level whose agents may be offered the calls of a group now. */
export function openLevel({ queue, level }: CallGroup): number {
  return level < queue.topLevel && queue.settings.tiers.skipUnstaffed
    ? Math.max(level, lowestStaffed(queue) ?? 0)
    : level
}

/**
 * The order of a call's agents: by level, by skills where the strategy compares them, then by the
 * strategy's order.
 */
export function agentsInOrder({
  queue,
  requirement,
}: WaitingCall): (a: Agent, b: Agent) => boolean {
  const { comparesSkills } = queue.strategy
  return (a, b) => {
    const levels = levelIn(queue, a) - levelIn(queue, b)
    if (levels !== 0) {
      return levels < 0
    }
    const matches = comparesSkills
      ? skillMatch(b.skills, requirement.steps) - skillMatch(a.skills, requirement.steps)
      : 0
    return matches === 0 ? queue.order.isBefore(a, b) : matches < 0
  }
}

/** The level of an agent in a queue. */
export function levelIn({ settings }: QueueState, { memberships }: Agent): number {
  return memberships.get(settings.queueId)?.level ?? 0
}

/** The first of the agents that a call prefers who can be rung for it now. */
export function choosePreferred(
  { preferred, refusedBy, queue }: WaitingCall,
  find: (agentId: Agent['agentId']) => Agent | undefined,
): Agent | undefined {
  for (const agentId of preferred?.agentIds ?? []) {
    const agent = find(agentId)
    if (
      agent?.isReady === true &&
      refusedBy?.has(agentId) !== true &&
      agent.memberships.has(queue.settings.queueId)
    ) {
      return agent
    }
  }
  return undefined
}

/** Whether the agent is among those that the call prefers. */
export function prefers({ preferred }: WaitingCall, { agentId }: Agent): boolean {
  return preferred?.agentIds.includes(agentId) === true
}

/** Whether an agent is ready now to whom the calls of a group may be offered. */
export function hasReady(group: CallGroup): boolean {
  const open = openLevel(group)
  return group.queue.pools.some(
    ({ level, profile }) => level <= open && suits(profile.skills, group.anyOf),
  )
}

/**
 * The call to ring `agent` for: the first of the waiting calls that suit the agent and that they
 * have not refused lately.
 */
export function chooseCall(agent: Agent, now: EpochMs): WaitingCall | undefined {
  let best: WaitingCall | undefined
  let bestPreference = 0
  for (const call of agent.preferredBy) {
    const preference = preferenceFor(call, agent)
    if (isWilling(call, agent) && precedes(call, preference, best, bestPreference, now)) {
      best = call
      bestPreference = preference
    }
  }
  let threshold = best === undefined ? Number.NEGATIVE_INFINITY : minPoints(best, now)
  for (const { queue, level, preference, profile } of agent.profile.pools) {
    const ageing = queue.settings.ageing.perMinute * now
    for (const group of queue.groups) {
      // The first call of a group has its highest base points, so most groups need no closer look.
      if (group.basePoints + ageing < threshold || level > openLevel(group)) {
        continue
      }
      const call = firstFor(group, agent)
      if (
        call !== undefined &&
        precedes(call, preference, best, bestPreference, now) &&
        suits(profile.skills, group.anyOf)
      ) {
        best = call
        bestPreference = preference
        threshold = minPoints(call, now)
      }
    }
  }
  return best
}

/**
 * The points a call needs at least to go before this one. Before a call held for the agent goes
 * only one beyond the bound of fairness.
 */
function minPoints(call: WaitingCall, now: EpochMs): number {
  return call.isHeld ? Number.POSITIVE_INFINITY : fractionsOf(call, now)
}

function precedes(
  call: WaitingCall,
  preference: number,
  best: WaitingCall | undefined,
  bestPreference: number,
  now: EpochMs,
): boolean {
  return best === undefined || goesFirst(call, preference, best, bestPreference, now)
}

function preferenceFor({ queue }: WaitingCall, { memberships }: Agent): number {
  return memberships.get(queue.settings.queueId)?.preference ?? 0
}

/** Whether the agent is not being kept from the call after refusing it. */
export function isWilling({ refusedBy }: WaitingCall, { agentId }: Agent): boolean {
  return refusedBy === undefined || !refusedBy.has(agentId)
}

function firstFor({ waiting }: CallGroup, agent: Agent): WaitingCall | undefined {
  const first = waiting.peek()
  return first === undefined || isWilling(first, agent)
    ? first
    : waiting.firstWhere((call) => isWilling(call, agent))
}

/** The first `limit` calls for `agent`, in the order used by {@link chooseCall}. */
export function rankCalls(agent: Agent, limit: number, now: EpochMs): readonly WaitingCall[] {
  const ranked = new Set<WaitingCall>()
  for (const call of agent.preferredBy) {
    if (isWilling(call, agent)) {
      ranked.add(call)
    }
  }
  for (const { queue, level, profile } of agent.profile.pools) {
    for (const group of queue.groups) {
      if (level <= openLevel(group) && suits(profile.skills, group.anyOf)) {
        for (const call of firstOf(group.waiting, limit, (one) => isWilling(one, agent))) {
          ranked.add(call)
        }
      }
    }
  }
  return [...ranked]
    .sort((a, b) =>
      goesFirst(a, preferenceFor(a, agent), b, preferenceFor(b, agent), now) ? -1 : 1,
    )
    .slice(0, limit)
}

/** The first `limit` items of a heap that `accepts` accepts, in order. */
function* firstOf<T extends HeapItem>(
  heap: Heap<T>,
  limit: number,
  accepts: (item: T) => boolean,
): Generator<T, void> {
  let taken = 0
  for (const item of heap.inOrder()) {
    if (accepts(item)) {
      taken += 1
      yield item
    }
    if (taken === limit) {
      return
    }
  }
}
