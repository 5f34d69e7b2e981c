import type { AgentId, CallId, DurationMs, QueueId, SkillId } from '../catalogue/ids.ts'

/** An agent as a strategy plugin sees them. */
export interface AgentView {
  readonly agentId: AgentId
  readonly skills: ReadonlyMap<SkillId, number>
  /** Their level and position in the call's queue. */
  readonly level: number
  readonly position: number
  readonly idleMs: DurationMs
  /** Since they logged in. */
  readonly talkMs: DurationMs
  readonly calls: number
  /** 0 to 1: the share of recent time spent in conversations and wrap-up. */
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
 * A strategy plugin. It must be pure and synchronous. It scores the first candidates in the order
 * of the queue's strategy. The highest score is chosen; equal scores keep that order. If it throws,
 * or returns something that is not a number, the score is 0 and the core emits `scorerFailed`. It
 * cannot override levels, skills or the bound of fairness.
 */
export interface Scorer {
  readonly name: string
  /** How many candidates are scored in one match at most. */
  readonly candidates: number
  /** Called when a call looks for an agent. */
  scoreAgent?(agent: AgentView, call: CallView): number
  /** Called when an agent looks for a call. */
  scoreCall?(call: CallView, agent: AgentView): number
}
