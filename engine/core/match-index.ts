import { type Demand, isOfferedBefore, isServedBefore, type Profile } from './groups.ts'
import { Heap } from './heap.ts'
import type { QueueId } from './ids.ts'
import type { AgentSettings, QueueSettings, Requirement } from './settings.ts'

/** What meets in one queue. */
interface Meeting {
  readonly profiles: Profile[]
  readonly demands: Map<string, Demand>
}

/**
 * Who suits whom, worked out once for each pair of groups, so that a match
 * looks at groups and never at all agents or all calls.
 */
export class MatchIndex {
  readonly #profiles = new Map<string, Profile>()
  readonly #meetings = new Map<QueueId, Meeting>()

  profileOf({ queues, skills }: AgentSettings): Profile {
    const key = JSON.stringify([
      queues.map(({ queueId }) => queueId).toSorted(byText),
      [...skills].sort(byText),
    ])
    const known = this.#profiles.get(key)
    if (known !== undefined) {
      return known
    }
    const profile: Profile = {
      queues: new Set(queues.map(({ queueId }) => queueId)),
      skills,
      idle: new Heap(isOfferedBefore),
      demands: new Set(),
    }
    this.#profiles.set(key, profile)
    for (const queueId of profile.queues) {
      const { profiles, demands } = this.#meetingIn(queueId)
      profiles.push(profile)
      for (const demand of demands.values()) {
        connectIfFit(profile, demand)
      }
    }
    return profile
  }

  /** Costs a walk over the profiles of the queue when the requirement is new there. */
  demandOf(queue: QueueSettings, requires: Requirement): Demand {
    const { profiles, demands } = this.#meetingIn(queue.queueId)
    const key = demandKey(requires)
    const known = demands.get(key)
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
    demands.set(key, demand)
    for (const profile of profiles) {
      connectIfFit(profile, demand)
    }
    return demand
  }

  /** Forgets a demand that no call has any more, unless it is its queue's own. */
  release(demand: Demand): void {
    if (demand.calls > 0 || demand.requires === demand.queue.requires) {
      return
    }
    this.#meetingIn(demand.queue.queueId).demands.delete(demandKey(demand.requires))
    for (const profile of demand.profiles) {
      profile.demands.delete(demand)
    }
  }

  #meetingIn(queueId: QueueId): Meeting {
    const known = this.#meetings.get(queueId)
    if (known !== undefined) {
      return known
    }
    const meeting: Meeting = { profiles: [], demands: new Map() }
    this.#meetings.set(queueId, meeting)
    return meeting
  }
}

function demandKey(requires: Requirement): string {
  return JSON.stringify(requires)
}

/** An order of keys only: pairs are compared as the text they become. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}

function connectIfFit(profile: Profile, demand: Demand): void {
  const [step] = demand.requires
  const hasSkills =
    step === undefined ||
    step.anyOf.some((all) =>
      all.every(({ skill, minLevel }) => (profile.skills.get(skill) ?? 0) >= minLevel),
    )
  if (hasSkills) {
    profile.demands.add(demand)
    demand.profiles.add(profile)
  }
}
