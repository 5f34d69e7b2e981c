import type { Occupation } from '../../catalogue/agent.ts'
import type { QueueId } from '../../catalogue/ids.ts'
import type { AcdEffect } from '../event.ts'
import type { AgentView, CallView, Scorer } from '../scorer.ts'
import type { StrategyName } from '../strategies.ts'
import { countWork, loadKey } from '../workload.ts'
import {
  type Caller,
  isEligible,
  isHeld,
  isOverdue,
  mayBeOffered,
  membershipOf,
  type Person,
  pointsOf,
  requirementOf,
  stepInForce,
  type World,
  waitedMs,
} from './reference-rules.ts'

type Emit = (effect: AcdEffect) => void

/**
 * Whom to ring for a call that may be offered: nobody, one agent, or as many as its queue rings.
 */
export function chooseAgents(
  world: World,
  caller: Caller,
  emit: Emit,
): { readonly chosen: readonly Person[]; readonly isPreferred: boolean } {
  const candidates = world.people.filter(
    (person) => person.isReady && isEligible(world, person, caller),
  )
  const [preferred] = (caller.preferred?.agentIds ?? []).flatMap(
    (agentId) => candidates.find((person) => person.agentId === agentId) ?? [],
  )
  if (preferred !== undefined) {
    return { chosen: [preferred], isPreferred: true }
  }
  const { queue } = caller
  const inOrder = candidates.toSorted(
    (a, b) =>
      levelIn(queue.queueId, a) - levelIn(queue.queueId, b) ||
      compare(orderKey(world, a, caller), orderKey(world, b, caller)) ||
      a.idleSinceAt - b.idleSinceAt ||
      compare(a.agentId, b.agentId),
  )
  const scored = scoreAgents(world, inOrder, caller, emit)
  return {
    chosen: scored.slice(0, ringsSeveral(caller) ? queue.ringAtMost : 1),
    isPreferred: false,
  }
}

/** The call to offer an agent who is ready. */
export function chooseCall(world: World, person: Person, emit: Emit): Caller | undefined {
  const preference = ({ queue }: Caller) => membershipOf(person, queue.queueId)?.preference ?? 0
  const inOrder = world.callers
    .filter((caller) => mayBeOffered(caller) && isEligible(world, person, caller))
    .toSorted((a, b) => {
      const rank = rankOf(world, a)
      return (
        rank - rankOf(world, b) ||
        (rank === overdue
          ? 0
          : pointsOf(world, b) - pointsOf(world, a) || preference(a) - preference(b)) ||
        a.enqueuedAt - b.enqueuedAt
      )
    })
  const [first] = inOrder
  if (first === undefined || rankOf(world, first) !== ordinary) {
    return first
  }
  const scorers = world.settings.queues
    .filter(({ queueId }) => membershipOf(person, queueId) !== undefined)
    .flatMap(({ scorer }) => (scorer?.scoreCall === undefined ? [] : scorer))
  if (scorers.length === 0) {
    return first
  }
  const scored = inOrder
    .slice(0, Math.max(...scorers.map(({ candidates }) => candidates)))
    .map((caller) => {
      const { scorer, queueId } = caller.queue
      const ask = () =>
        scorer?.scoreCall?.(viewCall(world, caller), viewAgent(world, person, queueId))
      return {
        caller,
        score: scorer?.scoreCall === undefined ? 0 : scoreOf(caller, scorer, ask, emit),
      }
    })
  return scored.toSorted((a, b) => compare(b.score, a.score))[0]?.caller
}

export function ringsSeveral({ queue: { strategy }, dial }: Caller): boolean {
  return dial === undefined && (strategy === 'ringAll' || strategy === 'ringProgressively')
}

/** How an agent's state counts towards their occupancy. */
export function occupationOf({ state }: Person): Occupation {
  if (state === 'off') {
    return 'off'
  }
  return state === 'talking' || state === 'wrapUp' ? 'busy' : 'free'
}

const [overdue, held, ordinary] = [0, 1, 2] as const

function rankOf(world: World, caller: Caller): number {
  if (isOverdue(world, caller)) {
    return overdue
  }
  return isHeld(world, caller) ? held : ordinary
}

function levelIn(queueId: QueueId, person: Person): number {
  return membershipOf(person, queueId)?.level ?? 0
}

/** What the strategy compares. The smallest is chosen. */
function orderKey(world: World, person: Person, caller: Caller): number {
  const { queueId, strategy } = caller.queue
  const { settings } = world
  const keys: Record<StrategyName, () => number> = {
    longestIdle: () => person.idleSinceAt,
    ringAll: () => person.idleSinceAt,
    leastTalkTime: () => person.talkMs,
    fewestCalls: () => person.calls,
    leastOccupied: () => loadKey(person.work, settings.occupancyWindowMs),
    roundRobin: () => person.turn,
    topDown: () => membershipOf(person, queueId)?.position ?? 0,
    ringProgressively: () => membershipOf(person, queueId)?.position ?? 0,
    agentOrder: () => settings.agents.findIndex(({ agentId }) => agentId === person.agentId),
    random: () => person.draw,
    bestSkill: () => -levelsAskedFor(person, caller),
  }
  return keys[strategy]()
}

function levelsAskedFor({ skills }: Person, caller: Caller): number {
  const sums = (requirementOf(caller)[0]?.anyOf ?? []).map((needs) =>
    needs.reduce((sum, { skill }) => sum + (skills.get(skill) ?? 0), 0),
  )
  return Math.max(0, ...sums)
}

/** The agents reordered: by level, then the scored before the others, then by score. */
function scoreAgents(
  world: World,
  inOrder: readonly Person[],
  caller: Caller,
  emit: Emit,
): readonly Person[] {
  const { scorer, queueId } = caller.queue
  if (scorer?.scoreAgent === undefined) {
    return inOrder
  }
  return inOrder
    .map((person, index) => ({
      person,
      level: levelIn(queueId, person),
      isScored: index < scorer.candidates,
      score:
        index < scorer.candidates
          ? scoreOf(
              caller,
              scorer,
              () => scorer.scoreAgent?.(viewAgent(world, person, queueId), viewCall(world, caller)),
              emit,
            )
          : 0,
    }))
    .toSorted(
      (a, b) =>
        a.level - b.level || Number(b.isScored) - Number(a.isScored) || compare(b.score, a.score),
    )
    .map(({ person }) => person)
}

/** The score; 0, with an effect that reports it, when the scorer fails. */
function scoreOf({ queue }: Caller, scorer: Scorer, ask: () => unknown, emit: Emit): number {
  let message = 'not a number'
  try {
    const score = ask()
    if (typeof score === 'number' && !Number.isNaN(score)) {
      return score
    }
  } catch (error) {
    message = error instanceof Error ? error.message : String(error)
  }
  emit({ type: 'scorerFailed', queueId: queue.queueId, scorer: scorer.name, message })
  return 0
}

function viewAgent(world: World, person: Person, queueId: QueueId): AgentView {
  const { agentId, skills, idleSinceAt, talkMs, calls, work } = person
  const { occupancyWindowMs } = world.settings
  return {
    agentId,
    skills,
    level: levelIn(queueId, person),
    position: membershipOf(person, queueId)?.position ?? 0,
    idleMs: world.now - idleSinceAt,
    talkMs,
    calls,
    occupancy: countWork(work, occupationOf(person), world.now, occupancyWindowMs).load,
  }
}

function viewCall(world: World, caller: Caller): CallView {
  return {
    callId: caller.callId,
    queueId: caller.queue.queueId,
    priority: pointsOf(world, caller) / 60_000,
    waitMs: waitedMs(world, caller),
    step: Math.max(0, stepInForce(world, caller)),
  }
}

/** Not by subtraction, since keys and scores may be infinite. */
function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) {
    return 0
  }
  return a < b ? -1 : 1
}
