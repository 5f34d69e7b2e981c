import type { AgentId, DurationMs, SkillId } from './ids.ts'

export interface SkillRequirement {
  readonly skill: SkillId
  /** Lowest acceptable proficiency, 1 (novice) to 5 (expert). */
  readonly minLevel: number
}

/** Skills of which all are needed. An empty list suits every agent. */
export type Alternative = readonly SkillRequirement[]

/** In force once the call has waited `afterMs`: an agent suits who meets one of the alternatives. */
export interface RequirementStep {
  readonly afterMs: DurationMs
  /** At least one. */
  readonly anyOf: readonly Alternative[]
}

/**
 * What a call requires of its agent, step by step: the first step counts from 0 ms, each
 * further one replaces the one before. Without a step anyone suits.
 */
export type Requirement = readonly RequirementStep[]

/** Agents who come first for a call: who spoke with the caller last, the owner of the account. */
export interface Preferred {
  /** The first of them who is ready is chosen, whatever their skills and tier. */
  readonly agentIds: readonly AgentId[]
  /**
   * How long the call waits for them alone: a span from when it was enqueued, or as long as one
   * of them is staffed. 0: they come first when they are ready, and nobody waits for them.
   */
  readonly hold: DurationMs | 'whileStaffed'
}

/** What a call brings with it, in place of its queue's own settings. What is absent was not said. */
export interface CallNeeds {
  /** Whole points, added to the queue's own. */
  readonly priority?: number
  readonly requires?: Requirement
  readonly preferred?: Preferred
}
