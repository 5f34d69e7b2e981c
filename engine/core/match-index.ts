import type { QueueId } from '../catalogue/ids.ts'
import { isLongerIdle } from './agent-order.ts'
import type { Agent, OrderedHeap, Place, Pool, Profile, QueueState, WaitingCall } from './groups.ts'
import { Heap } from './heap.ts'
import { plainQueue } from './plain-settings.ts'
import { closePool, noteFirst, openPool, poolsWithSkill, removeAt } from './pools.ts'
import { createQueueState } from './queue-state.ts'
import type { QueueSettings } from './settings.ts'

/** Stands for the profile of an agent who has none yet. */
export const noProfile: Profile = {
  key: '',
  skills: new Map(),
  heaps: [],
  pools: [],
  isDrawn: false,
  agents: 0,
}

/**
 * Groups agents who are alike and calls that are alike, and keeps for each queue the pools that
 * have a ready agent and the groups that have a waiting call. A match compares the first of each
 * and never looks at all agents or all calls.
 */
export class MatchIndex {
  readonly #profiles = new Map<string, Profile>()
  readonly #queues = new Map<QueueId, QueueState>()

  constructor(queues: readonly QueueSettings[]) {
    this.replaceQueues(queues)
  }

  queue(queueId: QueueId): QueueState | undefined {
    return this.#queues.get(queueId)
  }

  /** Stands for a queue that was removed, for the calls that have yet to leave it. */
  formerQueue(queueId: QueueId): QueueState {
    return createQueueState(plainQueue(queueId))
  }

  /** Starts again with other queues. Agents and calls have to be added again. */
  replaceQueues(queues: readonly QueueSettings[]): void {
    this.#profiles.clear()
    this.#queues.clear()
    for (const settings of queues) {
      this.#queues.set(settings.queueId, createQueueState(settings))
    }
  }

  /** Adds an agent who is not ready to their queues and their profile. */
  join(agent: Agent): void {
    for (const { queueId, level } of agent.settings.queues) {
      const queue = this.#queues.get(queueId)
      if (queue !== undefined) {
        queue.members.push(agent)
        queue.topLevel = Math.max(queue.topLevel, level)
      }
    }
    this.#assignProfile(agent)
  }

  /** Moves an agent who is not ready to the profile that fits their skills now. */
  regroup(agent: Agent): void {
    agent.profile.agents -= 1
    if (agent.profile.agents === 0) {
      this.#forget(agent.profile)
    }
    this.#assignProfile(agent)
  }

  addReady({ profile, places }: Agent): void {
    for (const place of places) {
      place.key = place.order.key(place.agent)
      place.heap.push(place)
    }
    for (const pool of profile.pools) {
      if (pool.index < 0) {
        openPool(pool)
      }
      noteFirst(pool)
    }
  }

  removeReady({ profile, places }: Agent): void {
    for (const place of places) {
      place.heap.remove(place)
    }
    for (const pool of profile.pools) {
      if (pool.ready.size === 0) {
        closePool(pool)
      } else {
        noteFirst(pool)
      }
    }
  }

  /** Lets all agents who suit find a call. */
  addWaiting(call: WaitingCall): void {
    const { group } = call
    group.waiting.push(call)
    group.basePoints = group.waiting.peek()?.basePoints ?? 0
    if (group.index < 0) {
      group.index = group.queue.groups.push(group) - 1
    }
  }

  removeWaiting(call: WaitingCall): void {
    const { group } = call
    group.waiting.remove(call)
    group.basePoints = group.waiting.peek()?.basePoints ?? 0
    if (group.waiting.size === 0) {
      removeAt(group.queue.groups, group)
    }
  }

  #forget({ key, pools, skills }: Profile): void {
    this.#profiles.delete(key)
    for (const pool of pools) {
      for (const skill of skills.keys()) {
        poolsWithSkill(pool.queue, skill).delete(pool)
      }
    }
  }

  #assignProfile(agent: Agent): void {
    const profile = this.#profileOf(agent)
    profile.agents += 1
    agent.profile = profile
    agent.places = profile.heaps.map(({ order, heap }) => ({
      agent,
      heap,
      order,
      key: 0,
      heapIndex: -1,
    }))
  }

  #profileOf({ settings, skills }: Agent): Profile {
    const memberships = settings.queues
      .map(({ queueId, level, preference }) => [queueId, level, preference] as const)
      .sort(byText)
    const key = JSON.stringify([memberships, [...skills].sort(byText)])
    const known = this.#profiles.get(key)
    if (known !== undefined) {
      return known
    }
    const heaps = new Map<string, OrderedHeap>()
    const profile: Profile & { pools: Pool[]; heaps: Profile['heaps']; isDrawn: boolean } = {
      key,
      skills,
      heaps: [],
      pools: [],
      isDrawn: false,
      agents: 0,
    }
    for (const [queueId, level, preference] of memberships) {
      const queue = this.#queues.get(queueId)
      if (queue !== undefined) {
        const { order } = queue
        const ready = heaps.get(order.name)?.heap ?? new Heap(isPlaceBefore)
        heaps.set(order.name, { order, heap: ready })
        const pool = { profile, queue, level, preference, ready, index: -1 }
        profile.pools.push(pool)
        for (const skill of skills.keys()) {
          poolsWithSkill(queue, skill).add(pool)
        }
      }
    }
    profile.isDrawn = profile.pools.some(({ queue }) => queue.strategy.isDrawn)
    profile.heaps = [...heaps.values()]
    this.#profiles.set(key, profile)
    return profile
  }
}

function isPlaceBefore(a: Place, b: Place): boolean {
  return a.key === b.key ? isLongerIdle(a.agent, b.agent) : a.key < b.key
}

/** Any fixed order will do here: it makes equal lists equal keys. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}
