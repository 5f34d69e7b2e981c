import type { AgentId, DurationMs, QueueId, SkillId } from './ids.ts'

/** The order in which idle agents of a queue are offered calls. */
export type Strategy = 'longestIdle'

export interface SkillRequirement {
  readonly skill: SkillId
  /** Lowest acceptable proficiency, 1 (novice) to 5 (expert). */
  readonly minLevel: number
}

/** A queue as the core knows it. */
export interface QueueSettings {
  readonly queueId: QueueId
  readonly strategy: Strategy
  /** Higher is served first, across all queues that share an agent. */
  readonly priority: number
  /** Skills a call of this queue needs unless it brings its own. */
  readonly requires: readonly SkillRequirement[]
  /** How long an agent's phone rings before the next agent is tried. */
  readonly ringMs: DurationMs
  readonly wrapUpMs: DurationMs
  /** How long a call may wait here; undefined is without limit. */
  readonly maxWaitMs: DurationMs | undefined
  /** How long an agent who refused a call is kept from the same call. */
  readonly retryDeclinedMs: DurationMs
}

/** What the human chose. */
export type AgentStatus =
  | { readonly type: 'loggedOut' }
  | { readonly type: 'available' }
  | { readonly type: 'onBreak'; readonly reason: string }

/** An agent as the core knows them. */
export interface AgentSettings {
  readonly agentId: AgentId
  readonly queues: readonly QueueId[]
  /** Skill to proficiency, 1 to 5. */
  readonly skills: ReadonlyMap<SkillId, number>
  readonly status: AgentStatus
  /** Calls missed in a row before the agent is put on break; 0 never. */
  readonly maxMisses: number
  /** How long an agent is left alone after each outcome of an offer. After a fault of the switch: 1 s. */
  readonly restMs: {
    readonly busy: DurationMs
    readonly declined: DurationMs
    readonly noAnswer: DurationMs
    readonly unreachable: DurationMs
  }
}
