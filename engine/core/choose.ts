import type { EpochMs } from '../catalogue/ids.ts'
import type { Agent, Demand, Line, WaitingCall } from './groups.ts'
import type { Heap, HeapItem } from './heap.ts'
import { fractionsOf, goesFirst } from './precedence.ts'
import { skillMatch, suits } from './requirement.ts'
import { lowestStaffed } from './staffing.ts'

/** The highest level whose agents may be offered the calls of a demand now. */
export function openLevel({ line, level }: Demand): number {
  return level < line.topLevel && line.settings.tiers.skipUnstaffed
    ? Math.max(level, lowestStaffed(line) ?? 0)
    : level
}

/** The order of a call's agents: level, skill where the strategy asks for it, then the strategy's own. */
export function agentsInOrder({ line, need }: WaitingCall): (a: Agent, b: Agent) => boolean {
  const isBySkill = line.settings.strategy === 'bestSkill'
  return (a, b) => {
    const levels = levelIn(line, a) - levelIn(line, b)
    if (levels !== 0) {
      return levels < 0
    }
    const matches = isBySkill
      ? skillMatch(b.skills, need.requires) - skillMatch(a.skills, need.requires)
      : 0
    return matches === 0 ? line.order.isBefore(a, b) : matches < 0
  }
}

/** The tier of an agent in a queue. */
export function levelIn({ settings }: Line, { memberships }: Agent): number {
  return memberships.get(settings.queueId)?.level ?? 0
}

/** The first of the agents a call prefers who could be rung for it now. */
export function choosePreferred(
  { preferred, refusedBy, line }: WaitingCall,
  find: (agentId: Agent['agentId']) => Agent | undefined,
): Agent | undefined {
  for (const agentId of preferred?.agentIds ?? []) {
    const agent = find(agentId)
    if (
      agent?.isReady === true &&
      refusedBy?.has(agentId) !== true &&
      agent.memberships.has(line.settings.queueId)
    ) {
      return agent
    }
  }
  return undefined
}

/** Whether a call names the agent among those it prefers. */
export function prefers({ preferred }: WaitingCall, { agentId }: Agent): boolean {
  return preferred?.agentIds.includes(agentId) === true
}

/** Whether somebody is ready now whom the calls of a demand may be offered to. */
export function hasReady(demand: Demand): boolean {
  const open = openLevel(demand)
  return demand.line.seats.some(
    ({ level, profile }) => level <= open && suits(profile.skills, demand.anyOf),
  )
}

/** The call to ring `agent` for: the first of those waiting whom the agent suits and did not refuse lately. */
export function chooseCall(agent: Agent, now: EpochMs): WaitingCall | undefined {
  let best: WaitingCall | undefined
  let liking = 0
  for (const call of agent.wantedBy) {
    const preference = preferenceFor(call, agent)
    if (isWilling(call, agent) && precedes(call, preference, best, liking, now)) {
      best = call
      liking = preference
    }
  }
  let least = best === undefined ? Number.NEGATIVE_INFINITY : leastPoints(best, now)
  for (const { line, level, preference, profile } of agent.profile.seats) {
    const ageing = line.settings.ageing.perMinute * now
    for (const demand of line.demands) {
      // The first of a group stands highest in it: most groups need no closer look.
      if (demand.standing + ageing < least || level > openLevel(demand)) {
        continue
      }
      const call = firstFor(demand, agent)
      if (
        call !== undefined &&
        precedes(call, preference, best, liking, now) &&
        suits(profile.skills, demand.anyOf)
      ) {
        best = call
        liking = preference
        least = leastPoints(call, now)
      }
    }
  }
  return best
}

/** What a call needs at least to go before this one: only the bound of fairness beats who waits for the agent alone. */
function leastPoints(call: WaitingCall, now: EpochMs): number {
  return call.isHeld ? Number.POSITIVE_INFINITY : fractionsOf(call, now)
}

function precedes(
  call: WaitingCall,
  preference: number,
  best: WaitingCall | undefined,
  liking: number,
  now: EpochMs,
): boolean {
  return best === undefined || goesFirst(call, preference, best, liking, now)
}

function preferenceFor({ line }: WaitingCall, { memberships }: Agent): number {
  return memberships.get(line.settings.queueId)?.preference ?? 0
}

/** Whether the agent has not refused the call lately. */
export function isWilling({ refusedBy }: WaitingCall, { agentId }: Agent): boolean {
  return refusedBy === undefined || !refusedBy.has(agentId)
}

function firstFor({ waiting }: Demand, agent: Agent): WaitingCall | undefined {
  const first = waiting.peek()
  return first === undefined || isWilling(first, agent)
    ? first
    : waiting.firstWhere((call) => isWilling(call, agent))
}

/** The first `atMost` calls for `agent`, in the order of {@link chooseCall}. */
export function rankCalls(agent: Agent, atMost: number, now: EpochMs): readonly WaitingCall[] {
  const ranked = new Set<WaitingCall>()
  for (const call of agent.wantedBy) {
    if (isWilling(call, agent)) {
      ranked.add(call)
    }
  }
  for (const { line, level, profile } of agent.profile.seats) {
    for (const demand of line.demands) {
      if (level <= openLevel(demand) && suits(profile.skills, demand.anyOf)) {
        for (const call of firstOf(demand.waiting, atMost, (one) => isWilling(one, agent))) {
          ranked.add(call)
        }
      }
    }
  }
  return [...ranked]
    .sort((a, b) =>
      goesFirst(a, preferenceFor(a, agent), b, preferenceFor(b, agent), now) ? -1 : 1,
    )
    .slice(0, atMost)
}

/** The first `atMost` items of a heap that are accepted, in order. */
function* firstOf<T extends HeapItem>(
  heap: Heap<T>,
  atMost: number,
  accepts: (item: T) => boolean,
): Generator<T, void> {
  let taken = 0
  for (const item of heap.inOrder()) {
    if (accepts(item)) {
      taken += 1
      yield item
    }
    if (taken === atMost) {
      return
    }
  }
}
