import type { AgentId, CallId } from '../catalogue/ids.ts'
import { levelIn } from './choose.ts'
import type { Agent, WaitingCall } from './groups.ts'
import { pointsOf } from './precedence.ts'
import type { AgentView, CallView, Scorer } from './scorer.ts'
import type { Shared } from './shared.ts'
import { stepInForce } from './waiting-call.ts'
import { countWork } from './workload.ts'

/**
 * Lets strategy plugins score the first candidates. Whatever a plugin does, the candidates stay the
 * same; only their order changes.
 */
export class Scoring {
  readonly #shared: Shared
  readonly #agents = new Map<AgentId, number>()
  readonly #calls = new Map<CallId, number>()

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** The score in the latest choice; undefined for an agent who was not scored. */
  scoreOfAgent(agentId: AgentId): number | undefined {
    return this.#agents.get(agentId)
  }

  scoreOfCall(callId: CallId): number | undefined {
    return this.#calls.get(callId)
  }

  /** Starts a new choice. */
  forget(): void {
    // Clearing an empty map costs as much as a match.
    if (this.#agents.size > 0) {
      this.#agents.clear()
    }
    if (this.#calls.size > 0) {
      this.#calls.clear()
    }
  }

  /**
   * Orders a call's candidates by level, then by score. Those beyond the limit follow the others of
   * their level.
   */
  orderAgents(call: WaitingCall, ranked: readonly Agent[]): readonly Agent[] {
    const { queue } = call
    const { scorer } = queue.settings
    if (scorer?.scoreAgent === undefined) {
      return ranked
    }
    const view = this.#viewOfCall(call)
    for (const agent of ranked.slice(0, scorer.candidates)) {
      const score = this.#ask(call, scorer, () =>
        scorer.scoreAgent?.(this.#viewOfAgent(agent, call), view),
      )
      this.#agents.set(agent.agentId, score)
    }
    const scoreOf = ({ agentId }: Agent) => this.#agents.get(agentId) ?? Number.NEGATIVE_INFINITY
    return ranked.toSorted(
      (a, b) => levelIn(queue, a) - levelIn(queue, b) || byScore(scoreOf(a), scoreOf(b)),
    )
  }

  /** How many calls to score for an agent; 0 if none of their queues scores calls. */
  callsToScore({ profile }: Agent): number {
    let most = 0
    for (const { queue } of profile.pools) {
      const { scorer } = queue.settings
      most = scorer?.scoreCall === undefined ? most : Math.max(most, scorer.candidates)
    }
    return most
  }

  /** Orders an agent's candidates by score. Calls of queues that do not score have 0. */
  orderCalls(agent: Agent, ranked: readonly WaitingCall[]): readonly WaitingCall[] {
    for (const call of ranked) {
      const { scorer } = call.queue.settings
      if (scorer?.scoreCall !== undefined) {
        const score = this.#ask(call, scorer, () =>
          scorer.scoreCall?.(this.#viewOfCall(call), this.#viewOfAgent(agent, call)),
        )
        this.#calls.set(call.callId, score)
      }
    }
    const scoreOf = ({ callId }: WaitingCall) => this.#calls.get(callId) ?? 0
    return ranked.toSorted((a, b) => byScore(scoreOf(a), scoreOf(b)))
  }

  #ask(call: WaitingCall, scorer: Scorer, ask: () => unknown): number {
    try {
      const score = ask()
      if (typeof score === 'number' && !Number.isNaN(score)) {
        return score
      }
      this.#blame(call, scorer, 'not a number')
    } catch (error) {
      this.#blame(call, scorer, error instanceof Error ? error.message : String(error))
    }
    return 0
  }

  #blame({ queue }: WaitingCall, { name }: Scorer, message: string): void {
    const { queueId } = queue.settings
    this.#shared.emit({ type: 'scorerFailed', queueId, scorer: name, message })
  }

  #viewOfCall(call: WaitingCall): CallView {
    const { now } = this.#shared.time
    const { callId, queue, enqueuedAt } = call
    return {
      callId,
      queueId: queue.settings.queueId,
      priority: pointsOf(call, now),
      waitMs: now - enqueuedAt,
      step: stepInForce(call, now),
    }
  }

  #viewOfAgent(agent: Agent, { queue }: WaitingCall): AgentView {
    const { time, rules } = this.#shared
    const { agentId, skills, memberships, idleSinceAt, talkMs, calls, work } = agent
    const { level = 0, position = 0 } = memberships.get(queue.settings.queueId) ?? {}
    const { load } = countWork(work, 'free', time.now, rules.occupancyWindowMs)
    return {
      agentId,
      skills,
      level,
      position,
      idleMs: time.now - idleSinceAt,
      talkMs,
      calls,
      occupancy: load,
    }
  }
}

/** The highest first. */
function byScore(a: number, b: number): number {
  if (a === b) {
    return 0
  }
  return a > b ? -1 : 1
}
