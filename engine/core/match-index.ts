import type { QueueId } from '../catalogue/ids.ts'
import type { Agent, Line, OrderedHeap, Place, Profile, Seat, WaitingCall } from './groups.ts'
import { Heap } from './heap.ts'
import { createLine } from './line.ts'
import { isLongerIdle } from './order.ts'
import { plainQueue } from './plain-settings.ts'
import { leaveSeat, noteFirst, removeAt, skilledIn, takeSeat } from './seats.ts'
import type { QueueSettings } from './settings.ts'

/** Of an agent who has no group yet. */
export const noProfile: Profile = {
  key: '',
  skills: new Map(),
  heaps: [],
  seats: [],
  isDrawn: false,
  agents: 0,
}

/**
 * Brings agents alike and calls alike into groups, and keeps for each queue the
 * groups in which somebody can be had now: a match compares the heads of these, and
 * never looks at all agents or all calls.
 */
export class MatchIndex {
  readonly #profiles = new Map<string, Profile>()
  readonly #lines = new Map<QueueId, Line>()

  constructor(queues: readonly QueueSettings[]) {
    this.replaceLines(queues)
  }

  line(queueId: QueueId): Line | undefined {
    return this.#lines.get(queueId)
  }

  /** Stands for a queue that is no more, for calls yet to leave it. */
  formerLine(queueId: QueueId): Line {
    return createLine(plainQueue(queueId))
  }

  /** Begins anew with other queues: agents and calls have to be brought in again. */
  replaceLines(queues: readonly QueueSettings[]): void {
    this.#profiles.clear()
    this.#lines.clear()
    for (const settings of queues) {
      this.#lines.set(settings.queueId, createLine(settings))
    }
  }

  /** Gives an agent who is not ready their group. */
  join(agent: Agent): void {
    for (const { queueId, level } of agent.settings.queues) {
      const line = this.#lines.get(queueId)
      if (line !== undefined) {
        line.members.push(agent)
        line.topLevel = Math.max(line.topLevel, level)
      }
    }
    this.#group(agent)
  }

  /** Gives an agent who is not ready the group that their skills ask for now. */
  regroup(agent: Agent): void {
    agent.profile.agents -= 1
    if (agent.profile.agents === 0) {
      this.#forget(agent.profile)
    }
    this.#group(agent)
  }

  addReady({ profile, places }: Agent): void {
    for (const place of places) {
      place.key = place.order.key(place.agent)
      place.heap.push(place)
    }
    for (const seat of profile.seats) {
      if (seat.index < 0) {
        takeSeat(seat)
      }
      noteFirst(seat)
    }
  }

  removeReady({ profile, places }: Agent): void {
    for (const place of places) {
      place.heap.remove(place)
    }
    for (const seat of profile.seats) {
      if (seat.ready.size === 0) {
        leaveSeat(seat)
      } else {
        noteFirst(seat)
      }
    }
  }

  /** Lets a call be found by whoever suits. */
  addWaiting(call: WaitingCall): void {
    const { demand } = call
    demand.waiting.push(call)
    demand.standing = demand.waiting.peek()?.standing ?? 0
    if (demand.index < 0) {
      demand.index = demand.line.demands.push(demand) - 1
    }
  }

  removeWaiting(call: WaitingCall): void {
    const { demand } = call
    demand.waiting.remove(call)
    demand.standing = demand.waiting.peek()?.standing ?? 0
    if (demand.waiting.size === 0) {
      removeAt(demand.line.demands, demand)
    }
  }

  #forget({ key, seats, skills }: Profile): void {
    this.#profiles.delete(key)
    for (const seat of seats) {
      for (const skill of skills.keys()) {
        skilledIn(seat.line, skill).delete(seat)
      }
    }
  }

  #group(agent: Agent): void {
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
    const seats = settings.queues
      .map(({ queueId, level, preference }) => [queueId, level, preference] as const)
      .sort(byText)
    const key = JSON.stringify([seats, [...skills].sort(byText)])
    const known = this.#profiles.get(key)
    if (known !== undefined) {
      return known
    }
    const heaps = new Map<string, OrderedHeap>()
    const profile: Profile & { seats: Seat[]; heaps: Profile['heaps']; isDrawn: boolean } = {
      key,
      skills,
      heaps: [],
      seats: [],
      isDrawn: false,
      agents: 0,
    }
    for (const [queueId, level, preference] of seats) {
      const line = this.#lines.get(queueId)
      if (line !== undefined) {
        const { order } = line
        const ready = heaps.get(order.name)?.heap ?? new Heap(isPlaceBefore)
        heaps.set(order.name, { order, heap: ready })
        const seat = { profile, line, level, preference, ready, index: -1 }
        profile.seats.push(seat)
        for (const skill of skills.keys()) {
          skilledIn(line, skill).add(seat)
        }
      }
    }
    profile.isDrawn = profile.seats.some(({ line }) => line.settings.strategy === 'random')
    profile.heaps = [...heaps.values()]
    this.#profiles.set(key, profile)
    return profile
  }
}

function isPlaceBefore(a: Place, b: Place): boolean {
  return a.key === b.key ? isLongerIdle(a.agent, b.agent) : a.key < b.key
}

/** An order of keys only: pairs are compared as the text they become. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}
