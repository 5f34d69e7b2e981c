import { isWilling, openLevel } from './choose.ts'
import type { Agent, Demand, Line, Seat, WaitingCall } from './groups.ts'
import { isLongerIdle } from './order.ts'
import { skillMatch, suits } from './requirement.ts'

/** The first `atMost` agents to ring for `call` by its queue's strategy, whatever agents it prefers. */
export function rankAgents(call: WaitingCall, atMost: number): readonly Agent[] {
  const { line, demand } = call
  const contest = new Contest(call, atMost)
  const skilled = rarestSkills(demand)
  if (skilled !== undefined) {
    for (const seat of skilled) {
      if (seat.index >= 0) {
        contest.look(line, seat.index)
      }
    }
  } else if (isForAnyone(demand) && !contest.isBySkill) {
    const last = lastOfFirst(line, openLevel(demand), atMost + (call.refusedBy?.size ?? 0))
    for (let index = 0; index < line.seats.length; index += 1) {
      if (last === undefined || !isAfter(line, index, last)) {
        contest.look(line, index)
      }
    }
  } else {
    for (let index = 0; index < line.seats.length; index += 1) {
      contest.look(line, index)
    }
  }
  return contest.ranked.map(({ agent }) => agent)
}

/**
 * For each alternative, the seats that have its rarest skill; undefined where one asks
 * for none, or where it is quicker to look at all who are ready.
 */
function rarestSkills({ line, skilled }: Demand): Iterable<Seat> | undefined {
  const lists: ReadonlySet<Seat>[] = []
  let seats = 0
  for (const skills of skilled) {
    let [rarest] = skills
    if (rarest === undefined) {
      return undefined
    }
    for (const next of skills) {
      rarest = next.size < rarest.size ? next : rarest
    }
    lists.push(rarest)
    seats += rarest.size
  }
  if (lists.length === 0 || seats >= line.seats.length) {
    return undefined
  }
  // A seat may have skills of several alternatives.
  return lists.length === 1 ? lists[0] : new Set(lists.flatMap((list) => [...list]))
}

function isForAnyone({ anyOf }: Demand): boolean {
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
function lastOfFirst(line: Line, open: number, count: number): Rank | undefined {
  const first: number[] = []
  for (let index = 0; index < line.seats.length; index += 1) {
    if ((line.levels[index] as number) > open) {
      continue
    }
    let place = Math.min(first.length, count)
    while (place > 0 && isSeatBefore(line, index, first[place - 1] as number)) {
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
  return last === undefined ? undefined : rankAt(line, last)
}

function rankAt({ levels, keys, idles }: Line, index: number): Rank {
  return {
    level: levels[index] as number,
    key: keys[index] as number,
    idleSinceAt: idles[index] as number,
  }
}

function isSeatBefore({ levels, keys, idles }: Line, one: number, other: number): boolean {
  if (levels[one] !== levels[other]) {
    return (levels[one] as number) < (levels[other] as number)
  }
  if (keys[one] !== keys[other]) {
    return (keys[one] as number) < (keys[other] as number)
  }
  return (idles[one] as number) < (idles[other] as number)
}

function isAfter({ levels, keys, idles }: Line, index: number, last: Rank): boolean {
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
class Contest {
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
    const { line, need, demand } = call
    this.#call = call
    this.#atMost = atMost
    this.#openLevel = openLevel(demand)
    this.isBySkill = line.settings.strategy === 'bestSkill' && need.isSkilled
  }

  /** Looks at those of a seat who are ready, if one of them may be among the best. */
  look(line: Line, index: number): void {
    const level = line.levels[index] as number
    const worst = this.#worst
    const isHopeless =
      level > this.#openLevel ||
      (worst !== undefined && (this.isBySkill ? level > worst.level : isAfter(line, index, worst)))
    if (!isHopeless) {
      this.#enter(line.seats[index] as Seat)
    }
  }

  #enter({ level, ready, profile }: Seat): void {
    const { demand, need } = this.#call
    if (!suits(profile.skills, demand.anyOf)) {
      return
    }
    const match = this.isBySkill ? skillMatch(profile.skills, need.requires) : 0
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
