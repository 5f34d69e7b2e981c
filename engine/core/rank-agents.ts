import { isLongerIdle } from './agent-order.ts'
import { isWilling, openLevel } from './choose.ts'
import type { Agent, CallGroup, Pool, QueueState, WaitingCall } from './groups.ts'
import { skillMatch, suits } from './requirement.ts'

/**
 * The first `limit` ready agents for `call` by its queue's strategy, regardless of the agents it
 * prefers.
 */
export function rankAgents(call: WaitingCall, limit: number): readonly Agent[] {
  const { queue, group } = call
  const ranking = new Ranking(call, limit)
  const skilled = rarestSkills(group)
  if (skilled !== undefined) {
    for (const pool of skilled) {
      if (pool.index >= 0) {
        ranking.look(queue, pool.index)
      }
    }
  } else if (isForAnyone(group) && !ranking.isBySkill) {
    const last = lastOfFirst(queue, openLevel(group), limit + (call.refusedBy?.size ?? 0))
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
 * For each alternative, the pools that have its rarest skill. Undefined if an alternative asks for
 * no skill, or if it is quicker to look at all pools with ready agents.
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
  // A pool may have the skills of several alternatives.
  return lists.length === 1 ? lists[0] : new Set(lists.flatMap((list) => [...list]))
}

function isForAnyone({ anyOf }: CallGroup): boolean {
  return anyOf === undefined || anyOf.some((alternative) => alternative.length === 0)
}

/**
 * What decides between agents, apart from skills and, last of all, their ids. The least comes
 * first.
 */
interface Rank {
  readonly level: number
  /** What the strategy compares. */
  readonly key: number
  readonly idleSinceAt: number
}

/**
 * The rank of the last of the first `count` pools; undefined if there are fewer. No agent of a pool
 * behind it is among the first `count`, so most pools need no closer look.
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

/** An agent who can be rung, with what decides whether they will be. */
interface Candidate extends Rank {
  readonly agent: Agent
  /** How well their skills match; 0 where the strategy does not compare them. */
  readonly match: number
}

/** The best of the agents looked at for a call so far. */
class Ranking {
  /** In order, at most `limit`. */
  readonly ranked: Candidate[] = []
  /** Whether skills are compared before the strategy's order. */
  readonly isBySkill: boolean
  readonly #call: WaitingCall
  readonly #limit: number
  readonly #openLevel: number
  /** The last of `ranked` once it is full. */
  #worst: Candidate | undefined

  constructor(call: WaitingCall, limit: number) {
    const { queue, requirement, group } = call
    this.#call = call
    this.#limit = limit
    this.#openLevel = openLevel(group)
    this.isBySkill = queue.strategy.comparesSkills && requirement.asksForSkills
  }

  /** Looks at the ready agents of a pool if one of them may be among the best. */
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
        // The rest of the pool comes after this one.
        if (!this.#rank(candidate)) {
          return
        }
      }
    }
  }

  /** @returns whether a candidate who comes after may still be among the best */
  #rank(candidate: Candidate): boolean {
    const { ranked } = this
    let place = ranked.length
    while (place > 0 && isBetter(candidate, ranked[place - 1] as Candidate)) {
      place -= 1
    }
    if (place < this.#limit) {
      ranked.splice(place, 0, candidate)
      ranked.length = Math.min(ranked.length, this.#limit)
      this.#worst = ranked[this.#limit - 1]
    }
    return place < this.#limit - 1
  }
}

/** By level, skills, the strategy's order, idle time, id. */
function isBetter(one: Candidate, than: Candidate): boolean {
  if (one.level !== than.level) {
    return one.level < than.level
  }
  if (one.match !== than.match) {
    return one.match > than.match
  }
  return one.key === than.key ? isLongerIdle(one.agent, than.agent) : one.key < than.key
}
