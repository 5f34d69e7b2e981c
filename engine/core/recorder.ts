import { type Decision, type Exclusion, maxListed } from '../catalogue/decision.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { agentsInOrder, isWilling, levelIn, openLevel, prefers, rankCalls } from './choose.ts'
import type { Agent, WaitingCall } from './groups.ts'
import { pointsOf } from './precedence.ts'
import { suits } from './requirement.ts'
import type { Scoring } from './scoring.ts'
import type { Shared } from './shared.ts'
import { stepInForce } from './waiting-call.ts'

/**
 * Records why an offer went where it went. A record looks at every agent of the queue, so it costs
 * more than the match itself; the settings say how often one is made.
 */
export class Recorder {
  readonly #shared: Shared
  readonly #scoring: Scoring
  /** Offers so far. */
  offers = 0

  constructor(shared: Shared, scoring: Scoring) {
    this.#shared = shared
    this.#scoring = scoring
  }

  /** The record of an offer that is about to be made; undefined if this offer gets none. */
  record(
    call: WaitingCall,
    agents: readonly Agent[],
    soughtBy: Decision['soughtBy'],
  ): Decision | undefined {
    const { recordEvery } = this.#shared.rules
    this.offers += 1
    if (recordEvery === 0 || this.offers % recordEvery !== 0) {
      return undefined
    }
    const { queue, group } = call
    const open = openLevel(group)
    const { candidates, excluded } = sortOut(call, agents)
    const excludedCount: Partial<Record<Exclusion, number>> = {}
    for (const { why } of excluded) {
      excludedCount[why] = (excludedCount[why] ?? 0) + 1
    }
    return {
      soughtBy,
      strategy: queue.strategy.name,
      step: stepInForce(call, this.#shared.time.now),
      openLevel: open >= queue.topLevel ? undefined : open,
      candidates: candidates.slice(0, maxListed).map((agent) => this.#candidate(agent, call)),
      candidateCount: candidates.length,
      excluded: excluded.slice(0, maxListed),
      excludedCount,
      calls: this.#calls(call, agents, soughtBy),
    }
  }

  #candidate(agent: Agent, call: WaitingCall): Decision['candidates'][number] {
    const { agentId } = agent
    const score = this.#scoring.scoreOfAgent(agentId)
    const level = levelIn(call.queue, agent)
    const key = this.#compared(agent, call)
    return { agentId, level, key, ...(score === undefined ? {} : { score }) }
  }

  /** What the strategy compared, in a unit that people read. */
  #compared(agent: Agent, { queue, requirement }: WaitingCall): number {
    const { time, rules } = this.#shared
    return queue.strategy.measure(agent, queue.order, {
      now: time.now,
      occupancyWindowMs: rules.occupancyWindowMs,
      requires: requirement.steps,
    })
  }

  #calls(call: WaitingCall, [first]: readonly Agent[], soughtBy: Decision['soughtBy']) {
    const { now } = this.#shared.time
    const ranked =
      soughtBy === 'call' || first === undefined ? [call] : rankCalls(first, maxListed, now)
    const others = ranked.filter((other) => other !== call)
    return [call, ...others].map((one) => this.#call(one, now))
  }

  #call(call: WaitingCall, now: EpochMs): Decision['calls'][number] {
    const { callId, queue, enqueuedAt } = call
    const score = this.#scoring.scoreOfCall(callId)
    return {
      callId,
      queueId: queue.settings.queueId,
      points: pointsOf(call, now),
      waitMs: now - enqueuedAt,
      ...(score === undefined ? {} : { score }),
    }
  }
}

/**
 * The agents of the call's queue: those who could be asked, the chosen first, and those who could
 * not, with the reason.
 */
function sortOut(call: WaitingCall, chosen: readonly Agent[]) {
  const isBefore = agentsInOrder(call)
  const candidates: Agent[] = []
  const excluded: Decision['excluded'][number][] = []
  for (const agent of call.queue.members) {
    const why = exclusionOf(agent, call)
    if (why !== undefined) {
      excluded.push({ agentId: agent.agentId, why })
    } else if (!chosen.includes(agent)) {
      candidates.push(agent)
    }
  }
  candidates.sort((a, b) => (isBefore(a, b) ? -1 : 1))
  return { candidates: [...chosen, ...candidates], excluded }
}

function exclusionOf(agent: Agent, call: WaitingCall): Exclusion | undefined {
  const { status, state, isReady } = agent
  if (!isReady) {
    if (state === 'idle') {
      return 'resting'
    }
    return state === 'off' && status.type !== 'available' ? status.type : 'occupied'
  }
  if (!isWilling(call, agent)) {
    return 'declined'
  }
  if (prefers(call, agent)) {
    return undefined
  }
  if (call.isHeld) {
    return 'notPreferred'
  }
  if (levelIn(call.queue, agent) > openLevel(call.group)) {
    return 'tier'
  }
  return suits(agent.skills, call.group.anyOf) ? undefined : 'skill'
}
