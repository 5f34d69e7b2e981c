import type { Agent, AgentOrder, Demand, Line, Need, Profile, Seat, WaitingCall } from './groups.ts'
import { Heap } from './heap.ts'
import type { QueueId, SkillId } from './ids.ts'
import { orderOf } from './order.ts'
import { plainQueue } from './plain-settings.ts'
import { isServedBefore } from './precedence.ts'
import type { QueueSettings, Requirement } from './settings.ts'

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

  get lines(): IterableIterator<Line> {
    return this.#lines.values()
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
      place.heap.push(place)
    }
    for (const seat of profile.seats) {
      if (seat.index < 0) {
        take(seat)
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
        leave(seat)
      } else {
        noteFirst(seat)
      }
    }
  }

  /** What calls of a queue need who ask for this; asking for nothing is the queue's own. */
  takeNeed(line: Line, requires: Requirement | undefined): Need {
    const need = requires === undefined ? line.ownNeed : needOf(line, requires)
    need.calls += 1
    return need
  }

  /** One call less has this need. */
  dropNeed(line: Line, need: Need): void {
    need.calls -= 1
    if (need.calls > 0 || need === line.ownNeed) {
      return
    }
    line.needs.delete(need.key)
    for (const demand of need.demands.values()) {
      demand.needs -= 1
      if (demand.needs === 0) {
        line.demandsByKey.delete(demand.key)
      }
    }
  }

  demandOf(line: Line, need: Need, step: number, level: number): Demand {
    const at = (step + 1) * 1_000 + level
    const known = need.demands.get(at)
    if (known !== undefined) {
      return known
    }
    const anyOf = need.requires[step]?.anyOf
    const key = `${level} ${textOf(anyOf)}`
    const demand = line.demandsByKey.get(key) ?? createDemand(key, line, level, anyOf)
    demand.needs += 1
    line.demandsByKey.set(key, demand)
    need.demands.set(at, demand)
    return demand
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
    agent.places = profile.heaps.map((heap) => ({ agent, heap, heapIndex: -1 }))
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
    const orders = new Map<string, { order: AgentOrder; heap: Profile['heaps'][number] }>()
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
        const known = orders.get(order.name)
        const heap = known?.heap ?? new Heap((a, b) => order.isBefore(a.agent, b.agent))
        orders.set(order.name, { order, heap })
        const seat = { profile, line, level, preference, ready: heap, index: -1 }
        profile.seats.push(seat)
        for (const skill of skills.keys()) {
          skilledIn(line, skill).add(seat)
        }
      }
    }
    profile.isDrawn = profile.seats.some(({ line }) => line.settings.strategy === 'random')
    profile.heaps = [...orders.values()].map(({ heap }) => heap)
    this.#profiles.set(key, profile)
    return profile
  }
}

function createLine(settings: QueueSettings): Line {
  const ownNeed = createNeed(settings.requires)
  return {
    settings,
    order: orderOf(settings),
    members: [],
    topLevel: 1,
    staffed: [0],
    seats: [],
    levels: [],
    keys: [],
    idles: [],
    skilled: new Map(),
    calls: new Set(),
    demands: [],
    needs: new Map([[ownNeed.key, ownNeed]]),
    demandsByKey: new Map(),
    ownNeed,
  }
}

function createDemand(key: string, line: Line, level: number, anyOf: Demand['anyOf']): Demand {
  const waiting = new Heap(isServedBefore)
  const skilled = (anyOf ?? []).map((alternative) =>
    alternative.map(({ skill }) => skilledIn(line, skill)),
  )
  return { key, line, level, anyOf, skilled, needs: 0, waiting, standing: 0, index: -1 }
}

function needOf(line: Line, requires: Requirement): Need {
  const need = createNeed(requires)
  const known = line.needs.get(need.key)
  if (known !== undefined) {
    return known
  }
  line.needs.set(need.key, need)
  return need
}

function createNeed(requires: Requirement): Need {
  const isSkilled = requires[0]?.anyOf.some((alternative) => alternative.length > 0) === true
  const key = requires.map(({ afterMs, anyOf }) => `${afterMs} ${textOf(anyOf)}`).join(';')
  return { key, requires, isSkilled, demands: new Map(), calls: 0 }
}

/** Somebody is ready in a seat now. */
function take(seat: Seat): void {
  const { seats, keys, levels, idles } = seat.line
  seat.index = seats.push(seat) - 1
  levels.push(seat.level)
  keys.push(0)
  idles.push(0)
}

/** Nobody is ready in a seat any more. */
function leave(seat: Seat): void {
  const { seats, keys, levels, idles } = seat.line
  removeFrom(keys, seat.index)
  removeFrom(levels, seat.index)
  removeFrom(idles, seat.index)
  removeAt(seats, seat)
}

/** Where a line keeps the seats of those with a skill. */
function skilledIn(line: Line, skill: SkillId): Set<Seat> {
  const skilled = line.skilled.get(skill) ?? new Set()
  line.skilled.set(skill, skilled)
  return skilled
}

/** Who is first in a seat may have changed. */
function noteFirst({ line, ready, index }: Seat): void {
  const first = ready.peek()
  if (first !== undefined) {
    line.keys[index] = line.order.key(first.agent)
    line.idles[index] = first.agent.idleSinceAt
  }
}

/** Takes out one of a list without order. */
function removeFrom(list: number[], index: number): void {
  const last = list.pop()
  if (last !== undefined && index < list.length) {
    list[index] = last
  }
}

/** Takes out an item that knows its place in a list without order. */
function removeAt<T extends { index: number }>(items: T[], item: T): void {
  const last = items.pop()
  if (last !== undefined && last !== item) {
    items[item.index] = last
    last.index = item.index
  }
  item.index = -1
}

/** Says what a step asks for, unlike any other: several times as fast as JSON does. */
function textOf(anyOf: Demand['anyOf']): string {
  let text = ''
  for (const alternative of anyOf ?? []) {
    text += '|'
    for (const { skill, minLevel } of alternative) {
      text += `${skill.length}:${skill}${minLevel},`
    }
  }
  return text
}

/** An order of keys only: pairs are compared as the text they become. */
function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}
