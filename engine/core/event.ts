import type { AgentChange, AgentStatus } from '../catalogue/agent.ts'
import type { Decision } from '../catalogue/decision.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import type { OfferOutcome, OverflowReason } from '../catalogue/outcomes.ts'
import type { AcdSettings } from './settings.ts'

/**
 * A call whose customer is to be dialled when its turn comes: a callback. One agent is
 * reserved for it, whatever the strategy, and no limit of the queue ends its wait.
 */
export interface Dial {
  /** How long it takes at most until the customer is on the line: the lease of an offer is so much longer. */
  readonly lastsMs: DurationMs
  /** The agent's phone rings first: at once. */
  readonly isAgentFirst: boolean
}

/** Facts told to the core. */
export type AcdEvent =
  /** A call wants an agent. Its place is decided by priority, then `enqueuedAt`. */
  | {
      readonly type: 'callQueued'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly enqueuedAt: EpochMs
      /** When it came to this very queue, where that is later: the limit on waiting counts from here. */
      readonly enteredAt?: EpochMs
      /** Whole points, added to the queue's own. */
      readonly priority: number
      /** Instead of the queue's own. */
      readonly requires?: Requirement
      readonly preferred?: Preferred
      /** It was in this queue before, and is not refused at the door. */
      readonly isReturning?: boolean
      /** Nobody is on the line yet: see {@link Dial}. */
      readonly dial?: Dial
    }
  /** More is known of a waiting call; what is left out stays. */
  | {
      readonly type: 'callChanged'
      readonly callId: CallId
      readonly priority?: number
      readonly requires?: Requirement
      readonly preferred?: Preferred
      /** Its place, where that is earlier than the one it has. */
      readonly enqueuedAt?: EpochMs
    }
  /** The customer of a call that had to be dialled is on the line: it is a call like any other from here on. */
  | { readonly type: 'callReached'; readonly callId: CallId }
  /** A call wants no agent any more: hung up, transferred, overflowed. */
  | { readonly type: 'callLeft'; readonly callId: CallId }
  /** `agentId` answered and is joined to the call. */
  | { readonly type: 'offerAccepted'; readonly callId: CallId; readonly agentId: AgentId }
  /** The offer to `agentId` came to nothing; with the last of its agents, the call waits again at its place. */
  | {
      readonly type: 'offerFailed'
      readonly callId: CallId
      readonly agentId: AgentId
      readonly outcome: OfferOutcome
    }
  /** A conversation was found on the switch that this core did not arrange: whatever it meant for the two is over. */
  | {
      readonly type: 'talkFound'
      readonly callId: CallId
      readonly agentId: AgentId
      readonly queueId: QueueId
    }
  /** The agent's leg of the conversation is gone. */
  | {
      readonly type: 'talkEnded'
      readonly agentId: AgentId
      /** With it, the end of a conversation that is not the agent's present one is ignored. */
      readonly callId?: CallId
    }
  | { readonly type: 'wrapUpEnded'; readonly agentId: AgentId }
  | { readonly type: 'wrapUpProlonged'; readonly agentId: AgentId; readonly byMs: DurationMs }
  | { readonly type: 'statusChosen'; readonly agentId: AgentId; readonly status: AgentStatus }
  /** The agent's skills are these now. */
  | {
      readonly type: 'skillsSet'
      readonly agentId: AgentId
      readonly skills: ReadonlyMap<SkillId, number>
    }
  /**
   * The tenant's settings are these now. Calls and agents stay as they are; the
   * status and the skills of an agent who is known stay too. Calls of a queue that is no more
   * are given up, offers to agents who are no more are withdrawn.
   */
  | { readonly type: 'settingsChanged'; readonly settings: AcdSettings }
  /** Nothing happened but time: sent when {@link Acd.nextWakeAt} is reached. */
  | { readonly type: 'timePassed' }

/** Wishes of the core, for the shell to carry out in this order. */
export type AcdEffect =
  /** Ring these agents for the call. They are reserved until `deadlineAt`. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      readonly queueId: QueueId
      /** The first to answer has it. */
      readonly agentIds: readonly AgentId[]
      /** How long each phone rings. */
      readonly ringMs: DurationMs
      /** How much later each phone begins to ring than the one before; 0: all at once. */
      readonly stepMs: DurationMs
      readonly deadlineAt: EpochMs
      /** As often as the settings say. */
      readonly decision?: Decision
    }
  /** Stop ringing this agent for the call: it is theirs no more. */
  | {
      readonly type: 'withdraw'
      readonly callId: CallId
      readonly agentId: AgentId
      /** `expired`: the deadline passed. `late`: an answer to an offer that had ended. */
      readonly reason: 'callLeft' | 'expired' | 'agentUnavailable' | 'lostRace' | 'late'
    }
  /** The queue gives the call up: to be answered with `callLeft`. */
  | {
      readonly type: 'overflow'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly reason: OverflowReason
    }
  /** An action of the queue falls due for a waiting call. */
  | {
      readonly type: 'actionDue'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly name: string
      /** 1 for the first time. */
      readonly count: number
    }
  | ({ readonly type: 'agentChanged' } & AgentChange)
  /** A strategy plugin threw, or gave what is no number. */
  | {
      readonly type: 'scorerFailed'
      readonly queueId: QueueId
      readonly scorer: string
      readonly message: string
    }
