import type { AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, DurationMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Requirement } from '../catalogue/needs.ts'
import type { Scorer } from './scorer.ts'
import type { StrategyName } from './strategies.ts'

/** Something to do while a call waits. The core says when; the shell knows what. */
export interface WaitAction {
  readonly name: string
  /** Counted from when the call entered this queue. */
  readonly afterMs: DurationMs
  /** The time between repetitions; undefined for no repetition. */
  readonly everyMs: DurationMs | undefined
}

/** A queue as the core knows it. */
export interface QueueSettings {
  readonly queueId: QueueId
  readonly strategy: StrategyName
  /** A strategy plugin that replaces or refines the order of `strategy`. */
  readonly scorer: Scorer | undefined
  /** Whole points. Higher is served first, across all queues that share agents. */
  readonly priority: number
  /** How the points of a call grow while it waits. */
  readonly ageing: {
    /** Whole points a minute, counted to the millisecond. */
    readonly perMinute: number
    readonly steps: readonly { readonly afterMs: DurationMs; readonly points: number }[]
  }
  /** What a call in this queue requires unless it brings its own requirement. */
  readonly requires: Requirement
  readonly tiers: {
    /**
     * Level 1 is open from the start, each further level this much later. 0: all levels are open.
     */
    readonly openAfterMs: DurationMs
    /** A level opens at once while nobody is staffed in the levels before it. */
    readonly skipUnstaffed: boolean
  }
  /** How long an agent's phone rings before the next agent is tried. */
  readonly ringMs: DurationMs
  /** How many phones ring for one call at most, if the strategy rings several. */
  readonly ringAtMost: number
  /** How much later each further phone rings, if the strategy rings stepwise. */
  readonly ringStepMs: DurationMs
  readonly wrapUpMs: DurationMs
  /** How many calls may be in the queue, those on offer included; undefined for no limit. */
  readonly capacity: number | undefined
  /** How long a call may wait in this queue; undefined for no limit. */
  readonly maxWaitMs: DurationMs | undefined
  /** Whether a call may enter while nobody is staffed. */
  readonly joinUnstaffed: boolean
  /**
   * How long a call may wait while nobody is staffed. 0: it overflows with the last agent;
   * undefined: no limit.
   */
  readonly maxUnstaffedMs: DurationMs | undefined
  readonly actions: readonly WaitAction[]
  /** How long an agent who refused a call is kept from the same call. */
  readonly retryDeclinedMs: DurationMs
}

/** An agent's membership in a queue. */
export interface Membership {
  readonly queueId: QueueId
  /** Agents of level 1 are offered calls before those of level 2. */
  readonly level: number
  /** The agent's position in the queue, if its strategy uses positions. */
  readonly position: number
  /**
   * If calls of several queues have equal points, those of the queue with the lowest preference are
   * served first.
   */
  readonly preference: number
  /** Overrides the agent's and the queue's. */
  readonly wrapUpMs: DurationMs | undefined
}

/** An agent as the core knows them. */
export interface AgentSettings {
  readonly agentId: AgentId
  /** Each queue at most once. */
  readonly queues: readonly Membership[]
  /** Skill to proficiency, 1 to 5. */
  readonly skills: ReadonlyMap<SkillId, number>
  readonly status: AgentStatus
  /** Overrides the queues'. */
  readonly wrapUpMs: DurationMs | undefined
  /** How many calls in a row an agent may miss before they are put on a break; 0: any number. */
  readonly maxMisses: number
  /** An agent whose occupancy, 0 to 1, is above this rests until it has fallen to it. */
  readonly maxOccupancy: number | undefined
  /** How long an agent rests after each outcome of an offer. After a fault of the switch: 1 s. */
  readonly restMs: {
    readonly busy: DurationMs
    readonly declined: DurationMs
    readonly noAnswer: DurationMs
    readonly unreachable: DurationMs
  }
}

/** A tenant's queues and agents, each listed once, and the rules they share. */
export interface AcdSettings {
  readonly queues: readonly QueueSettings[]
  readonly agents: readonly AgentSettings[]
  /**
   * The bound of fairness: calls that have waited this long are served before all others, and in
   * the order of their places alone.
   */
  readonly fairAfterMs: DurationMs
  /** Occupancy looks back about this far: time this long ago weighs 1/e. */
  readonly occupancyWindowMs: DurationMs
  /** The seed of `random`. */
  readonly seed: number
  /** One offer in this many gets a decision record; 0: none. */
  readonly recordEvery: number
}
