import { type Demand, isOfferedBefore, isServedBefore, type Profile } from './groups.ts'
import { Heap } from './heap.ts'
import type { AgentSettings, QueueSettings, SkillRequirement } from './settings.ts'

/**
 * Who suits whom, worked out once for each pair of groups, so that a match
 * looks at groups and never at all agents or all calls.
 */
export class MatchIndex {
  readonly #profiles = new Map<string, Profile>()
  readonly #demands = new Map<string, Demand>()

  profileOf({ queues, skills }: AgentSettings): Profile {
    const key = JSON.stringify([queues.toSorted(byText), [...skills].sort(byText)])
    const known = this.#profiles.get(key)
    if (known !== undefined) {
      return known
    }
    const profile: Profile = {
      queues: new Set(queues),
      skills,
      idle: new Heap(isOfferedBefore),
      demands: new Set(),
    }
    this.#profiles.set(key, profile)
    for (const demand of this.#demands.values()) {
      connectIfFit(profile, demand)
    }
    return profile
  }

  demandOf(queue: QueueSettings, requires: readonly SkillRequirement[]): Demand {
    const key = demandKey(queue, requires)
    const known = this.#demands.get(key)
    if (known !== undefined) {
      return known
    }
    const demand: Demand = {
      queue,
      requires,
      waiting: new Heap(isServedBefore),
      profiles: new Set(),
      calls: 0,
    }
    this.#demands.set(key, demand)
    for (const profile of this.#profiles.values()) {
      connectIfFit(profile, demand)
    }
    return demand
  }

  /** Forgets a demand that no call has any more, unless it is its queue's own. */
  release(demand: Demand): void {
    if (demand.calls > 0 || demand.requires === demand.queue.requires) {
      return
    }
    this.#demands.delete(demandKey(demand.queue, demand.requires))
    for (const profile of demand.profiles) {
      profile.demands.delete(demand)
    }
  }
}

function demandKey(queue: QueueSettings, requires: readonly SkillRequirement[]): string {
  const needs = requires.map(({ skill, minLevel }) => [skill, minLevel] as const)
  return JSON.stringify([queue.queueId, needs.sort(byText)])
}

/** An order of keys only: pairs are compared as the text they become. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}

function connectIfFit(profile: Profile, demand: Demand): void {
  const hasSkills = demand.requires.every(
    ({ skill, minLevel }) => (profile.skills.get(skill) ?? 0) >= minLevel,
  )
  if (hasSkills && profile.queues.has(demand.queue.queueId)) {
    profile.demands.add(demand)
    demand.profiles.add(profile)
  }
}
