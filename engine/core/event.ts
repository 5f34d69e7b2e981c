import type { AgentChange, AgentStatus } from '../catalogue/agent.ts'
import type { Decision } from '../catalogue/decision.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { CallNeeds } from '../catalogue/needs.ts'
import type { OfferOutcome, OverflowReason } from '../catalogue/outcomes.ts'
import type { AcdSettings } from './settings.ts'

/**
 * A call whose customer is dialled when its turn comes: a callback. One agent is reserved for it,
 * whatever the strategy, and no limit of the queue ends its wait.
 */
export interface Dial {
  /**
   * How long it takes at most until the customer is on the line. The lease of an offer lasts that
   * much longer.
   */
  readonly lastsMs: DurationMs
  /** Whether the agent's phone rings first, at once. */
  readonly isAgentFirst: boolean
}

/** A call wants an agent. Its place in the queue is its `enqueuedAt`. */
export interface CallQueued extends CallNeeds {
  readonly type: 'callQueued'
  readonly callId: CallId
  readonly queueId: QueueId
  readonly enqueuedAt: EpochMs
  /** When it came to this queue, if later. The queue's own limit on waiting counts from here. */
  readonly enteredAt?: EpochMs
  readonly priority: number
  /**
   * Whether it was in this queue before. It is then let in even if the queue is full or unstaffed.
   */
  readonly isReturning?: boolean
  /** Set while nobody is on the line yet. */
  readonly dial?: Dial
}

/** More is known of a waiting call. What is left out stays as it is. */
export interface CallChanged extends CallNeeds {
  readonly type: 'callChanged'
  readonly callId: CallId
  /** Its place, if earlier than the one it has. */
  readonly enqueuedAt?: EpochMs
}

/** What has happened. */
export type AcdEvent =
  | CallQueued
  | CallChanged
  /** The customer who had to be dialled is on the line. From here on the call is like any other. */
  | { readonly type: 'callReached'; readonly callId: CallId }
  /** A call wants no agent any more: it was hung up, transferred, or moved to another queue. */
  | { readonly type: 'callLeft'; readonly callId: CallId }
  /** `agentId` answered and is joined to the call. */
  | { readonly type: 'offerAccepted'; readonly callId: CallId; readonly agentId: AgentId }
  /**
   * The offer to `agentId` failed. When the last of its agents has failed, the call waits again at
   * its place.
   */
  | {
      readonly type: 'offerFailed'
      readonly callId: CallId
      readonly agentId: AgentId
      readonly outcome: OfferOutcome
    }
  /**
   * The switch has a conversation that this core did not arrange. Whatever the core intended for
   * either of the two is over.
   */
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
      /** If given, the event is ignored unless this is the agent's present call. */
      readonly callId?: CallId
    }
  | { readonly type: 'wrapUpEnded'; readonly agentId: AgentId }
  /** `byMs` may be negative. */
  | { readonly type: 'wrapUpProlonged'; readonly agentId: AgentId; readonly byMs: DurationMs }
  | { readonly type: 'statusChosen'; readonly agentId: AgentId; readonly status: AgentStatus }
  /** The agent's skills are these from now on. */
  | {
      readonly type: 'skillsSet'
      readonly agentId: AgentId
      readonly skills: ReadonlyMap<SkillId, number>
    }
  /**
   * The tenant's settings are these from now on. Calls stay as they are, and so do the states,
   * statuses and skills of known agents. Calls of a removed queue overflow; offers to removed
   * agents are withdrawn.
   */
  | { readonly type: 'settingsChanged'; readonly settings: AcdSettings }
  /** Time has passed, and nothing else. Sent when {@link Acd.nextWakeAt} is reached. */
  | { readonly type: 'timePassed' }

/** What the shell has to do, in this order. */
export type AcdEffect =
  /** Ring these agents for the call. They are reserved until `deadlineAt`. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      readonly queueId: QueueId
      /** The first to answer gets the call. */
      readonly agentIds: readonly AgentId[]
      /** How long each phone rings. */
      readonly ringMs: DurationMs
      /** How much later each phone starts to ring than the one before. 0: all at once. */
      readonly stepMs: DurationMs
      readonly deadlineAt: EpochMs
      /** Present in one offer of every `recordEvery`. */
      readonly decision?: Decision
    }
  /** Stop ringing this agent for the call: it is no longer theirs. */
  | {
      readonly type: 'withdraw'
      readonly callId: CallId
      readonly agentId: AgentId
      /** `expired`: the deadline passed. `late`: an answer to an offer that had already ended. */
      readonly reason: 'callLeft' | 'expired' | 'agentUnavailable' | 'lostRace' | 'late'
    }
  /** The queue gives the call up. The shell answers with `callLeft`. */
  | {
      readonly type: 'overflow'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly reason: OverflowReason
    }
  /** An action of the queue is due for a waiting call. */
  | {
      readonly type: 'actionDue'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly name: string
      /** 1 for the first time. */
      readonly count: number
    }
  | ({ readonly type: 'agentChanged' } & AgentChange)
  /** A strategy plugin threw, or returned something that is not a number. */
  | {
      readonly type: 'scorerFailed'
      readonly queueId: QueueId
      readonly scorer: string
      readonly message: string
    }
