import { isLongerIdle } from './agent-order.ts'
import { isWilling, openLevel } from './choose.ts'
import type { Agent, CallGroup, Pool, QueueState, WaitingCall } from './groups.ts'
import { skillMatch, suits } from './requirement.ts'

/** The first `atMost` agents to ring for `call` by its queue's strategy, whatever agents it prefers. */
export function rankAgents(call: WaitingCall, atMost: number): readonly Agent[] {
  const { queue, group } = call
  const ranking = new Ranking(call, atMost)
  const skilled = rarestSkills(group)
  if (skilled !== undefined) {
    for (const pool of skilled) {
      if (pool.index >= 0) {
        ranking.look(queue, pool.index)
      }
    }
  } else if (isForAnyone(group) && !ranking.isBySkill) {
    const last = lastOfFirst(queue, openLevel(group), atMost + (call.refusedBy?.size ?? 0))
    for (let index = 0; index < queue.pools.length; index += 1) {
      if (last === undefined || !isAfter(queue, index, last)) {
        ranking.look(queue, index)
      }
    }
  } else {
    for (let index = 0; index < queue.pools.length; index += 1) {
      ranking.look(queue, index)
    }
  }
  return ranking.ranked.map(({ agent }) => agent)
}

/**
 * For each alternative, the seats that have its rarest skill; undefined where one asks
 * for none, or where it is quicker to look at all who are ready.
 */
function rarestSkills({ queue, skilled }: CallGroup): Iterable<Pool> | undefined {
  const lists: ReadonlySet<Pool>[] = []
  let pools = 0
  for (const skills of skilled) {
    let [rarest] = skills
    if (rarest === undefined) {
      return undefined
    }
    for (const next of skills) {
      rarest = next.size < rarest.size ? next : rarest
    }
    lists.push(rarest)
    pools += rarest.size
  }
  if (lists.length === 0 || pools >= queue.pools.length) {
    return undefined
  }
  // A seat may have skills of several alternatives.
  return lists.length === 1 ? lists[0] : new Set(lists.flatMap((list) => [...list]))
}

function isForAnyone({ anyOf }: CallGroup): boolean {
  return anyOf === undefined || anyOf.some((alternative) => alternative.length === 0)
}

/** What decides between agents but for skill and, at last, their ids; the least comes first. */
interface Rank {
  readonly level: number
  /** What the strategy compares. */
  readonly key: number
  readonly idleSinceAt: number
}

/**
 * The rank of the last of the first `count` seats; undefined where there are not so many.
 * Who is behind it is not among the first `count`: so most seats need no look.
 */
function lastOfFirst(queue: QueueState, open: number, count: number): Rank | undefined {
  const first: number[] = []
  for (let index = 0; index < queue.pools.length; index += 1) {
    if ((queue.levels[index] as number) > open) {
      continue
    }
    let place = Math.min(first.length, count)
    while (place > 0 && isPoolBefore(queue, index, first[place - 1] as number)) {
      if (place < count) {
        first[place] = first[place - 1] as number
      }
      place -= 1
    }
    if (place < count) {
      first[place] = index
    }
  }
  const last = first[count - 1]
  return last === undefined ? undefined : rankAt(queue, last)
}

function rankAt({ levels, keys, idles }: QueueState, index: number): Rank {
  return {
    level: levels[index] as number,
    key: keys[index] as number,
    idleSinceAt: idles[index] as number,
  }
}

function isPoolBefore({ levels, keys, idles }: QueueState, one: number, other: number): boolean {
  if (levels[one] !== levels[other]) {
    return (levels[one] as number) < (levels[other] as number)
  }
  if (keys[one] !== keys[other]) {
    return (keys[one] as number) < (keys[other] as number)
  }
  return (idles[one] as number) < (idles[other] as number)
}

function isAfter({ levels, keys, idles }: QueueState, index: number, last: Rank): boolean {
  if (levels[index] !== last.level) {
    return (levels[index] as number) > last.level
  }
  return keys[index] === last.key
    ? (idles[index] as number) > last.idleSinceAt
    : (keys[index] as number) > last.key
}

/** An agent who can be rung, with what decides whether they are. */
interface Candidate extends Rank {
  readonly agent: Agent
  /** How well their skills match, where the strategy asks for it. */
  readonly match: number
}

/** The agents who are looked at for a call, and the best of them. */
class Ranking {
  /** The best so far, in their order. */
  readonly ranked: Candidate[] = []
  /** Whether skills are compared before the strategy's own order. */
  readonly isBySkill: boolean
  readonly #call: WaitingCall
  readonly #atMost: number
  readonly #openLevel: number
  /** The last of a full list. */
  #worst: Candidate | undefined

  constructor(call: WaitingCall, atMost: number) {
    const { queue, requirement, group } = call
    this.#call = call
    this.#atMost = atMost
    this.#openLevel = openLevel(group)
    this.isBySkill = queue.strategy.comparesSkills && requirement.asksForSkills
  }

  /** Looks at those of a seat who are ready, if one of them may be among the best. */
  look(queue: QueueState, index: number): void {
    const level = queue.levels[index] as number
    const worst = this.#worst
    const isHopeless =
      level > this.#openLevel ||
      (worst !== undefined && (this.isBySkill ? level > worst.level : isAfter(queue, index, worst)))
    if (!isHopeless) {
      this.#enter(queue.pools[index] as Pool)
    }
  }

  #enter({ level, ready, profile }: Pool): void {
    const { group, requirement } = this.#call
    if (!suits(profile.skills, group.anyOf)) {
      return
    }
    const match = this.isBySkill ? skillMatch(profile.skills, requirement.steps) : 0
    for (const { agent, key } of ready.inOrder()) {
      if (isWilling(this.#call, agent)) {
        const { idleSinceAt } = agent
        const candidate = { agent, level, match, key, idleSinceAt }
        // Who follows in the seat comes after.
        if (!this.#rank(candidate)) {
          return
        }
      }
    }
  }

  /** @returns whether one who comes after may still be among the best */
  #rank(candidate: Candidate): boolean {
    const { ranked } = this
    let place = ranked.length
    while (place > 0 && isBetter(candidate, ranked[place - 1] as Candidate)) {
      place -= 1
    }
    if (place < this.#atMost) {
      ranked.splice(place, 0, candidate)
      ranked.length = Math.min(ranked.length, this.#atMost)
      this.#worst = ranked[this.#atMost - 1]
    }
    return place < this.#atMost - 1
  }
}

/** Level, skill, the strategy's own order, idle time, id. */
function isBetter(one: Candidate, than: Candidate): boolean {
  if (one.level !== than.level) {
    return one.level < than.level
  }
  if (one.match !== than.match) {
    return one.match > than.match
  }
  return one.key === than.key ? isLongerIdle(one.agent, than.agent) : one.key < than.key
}
