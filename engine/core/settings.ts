import type { AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, DurationMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Requirement } from '../catalogue/needs.ts'
import type { Scorer } from './scorer.ts'
import type { StrategyName } from './strategies.ts'

/** Something that shall happen while a call waits: the core says when, the shell knows what. */
export interface WaitAction {
  readonly name: string
  /** Counted from when the call came to this queue. */
  readonly afterMs: DurationMs
  /** And again and again, this far apart. */
  readonly everyMs: DurationMs | undefined
}

/** A queue as the core knows it. */
export interface QueueSettings {
  readonly queueId: QueueId
  readonly strategy: StrategyName
  /** A strategy plugin that replaces or refines the order of `strategy`. */
  readonly scorer: Scorer | undefined
  /** Whole points. Higher is served first, across all queues that share an agent. */
  readonly priority: number
  /** How the points of a call grow while it waits. */
  readonly ageing: {
    /** Whole points a minute, counted to the millisecond. */
    readonly perMinute: number
    readonly steps: readonly { readonly afterMs: DurationMs; readonly points: number }[]
  }
  /** What a call of this queue needs unless it brings its own. */
  readonly requires: Requirement
  readonly tiers: {
    /** Level 1 is open from the start, each further one this much later; 0: all are. */
    readonly openAfterMs: DurationMs
    /** A level opens at once while nobody is staffed in the levels before it. */
    readonly skipUnstaffed: boolean
  }
  /** How long an agent's phone rings before the next agent is tried. */
  readonly ringMs: DurationMs
  /** How many phones ring for one call at most, with `ringAll` and `ringProgressively`. */
  readonly ringAtMost: number
  /** How much later each further phone rings, with `ringProgressively`. */
  readonly ringStepMs: DurationMs
  readonly wrapUpMs: DurationMs
  /** How many calls may be in the queue, those on offer included; undefined is without limit. */
  readonly capacity: number | undefined
  /** How long a call may wait here; undefined is without limit. */
  readonly maxWaitMs: DurationMs | undefined
  /** Whether a call may come while nobody is staffed. */
  readonly joinUnstaffed: boolean
  /** How long a call may wait while nobody is staffed; 0: it leaves with the last agent. */
  readonly maxUnstaffedMs: DurationMs | undefined
  readonly actions: readonly WaitAction[]
  /** How long an agent who refused a call is kept from the same call. */
  readonly retryDeclinedMs: DurationMs
}

/** An agent's place in a queue. */
export interface Membership {
  readonly queueId: QueueId
  /** The tier: agents of level 1 are offered calls before those of level 2. */
  readonly level: number
  /** The place in the queue, for `topDown` and `ringProgressively`. */
  readonly position: number
  /** Of queues whose calls have equal points, the lowest preference is served first. */
  readonly preference: number
  /** Instead of the agent's and the queue's own. */
  readonly wrapUpMs: DurationMs | undefined
}

/** An agent as the core knows them. */
export interface AgentSettings {
  readonly agentId: AgentId
  /** Each queue once. */
  readonly queues: readonly Membership[]
  /** Skill to proficiency, 1 to 5. */
  readonly skills: ReadonlyMap<SkillId, number>
  readonly status: AgentStatus
  /** Instead of the queues' own. */
  readonly wrapUpMs: DurationMs | undefined
  /** Calls missed in a row before the agent is put on break; 0 never. */
  readonly maxMisses: number
  /** Above this occupancy, 0 to 1, an agent rests until it has fallen to it. */
  readonly maxOccupancy: number | undefined
  /** How long an agent is left alone after each outcome of an offer. After a fault of the switch: 1 s. */
  readonly restMs: {
    readonly busy: DurationMs
    readonly declined: DurationMs
    readonly noAnswer: DurationMs
    readonly unreachable: DurationMs
  }
}

/** A tenant's queues and agents, each named once, and the rules they share. */
export interface AcdSettings {
  readonly queues: readonly QueueSettings[]
  readonly agents: readonly AgentSettings[]
  /**
   * The bound of fairness: who has waited this long is served before everyone
   * who has not, and by their places alone.
   */
  readonly fairAfterMs: DurationMs
  /** Occupancy looks back about this far: what lies so far back weighs 1/e. */
  readonly occupancyWindowMs: DurationMs
  /** What `random` is drawn from. */
  readonly seed: number
  /** A decision record with every how many-th offer; 0 never, 1 always. */
  readonly recordEvery: number
}
