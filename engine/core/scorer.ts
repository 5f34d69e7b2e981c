import type { AgentId, CallId, DurationMs, QueueId, SkillId } from '../catalogue/ids.ts'

/** An agent as a strategy plugin sees them. */
export interface AgentView {
  readonly agentId: AgentId
  readonly skills: ReadonlyMap<SkillId, number>
  /** Their tier and position in the call's queue. */
  readonly level: number
  readonly position: number
  readonly idleMs: DurationMs
  /** Since they logged in. */
  readonly talkMs: DurationMs
  readonly calls: number
  /** 0 to 1. */
  readonly occupancy: number
}

/** A call as a strategy plugin sees it. */
export interface CallView {
  readonly callId: CallId
  readonly queueId: QueueId
  /** Points, ageing included. */
  readonly priority: number
  readonly waitMs: DurationMs
  /** Which step of its requirement is in force, from 0. */
  readonly step: number
}

/**
 * A strategy plugin: pure and synchronous. It scores the first candidates in the
 * order of the queue's strategy; the highest score is chosen, equals in that
 * order. A score that is thrown for or is not a number counts as 0 and is told
 * as `scorerFailed`. It cannot reach past tiers, skills or the bound of fairness.
 */
export interface Scorer {
  readonly name: string
  /** How many candidates are scored at most. */
  readonly candidates: number
  /** For a call that looks for an agent. */
  scoreAgent?(agent: AgentView, call: CallView): number
  /** For an agent who looks for a call. */
  scoreCall?(call: CallView, agent: AgentView): number
}
