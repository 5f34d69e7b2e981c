import type { AgentId, CallId, EpochMs, QueueId } from './ids.ts'
import type { AgentStatus, SkillRequirement } from './settings.ts'

/** How an offer ended without a conversation. */
export type OfferOutcome = 'busy' | 'declined' | 'noAnswer' | 'unreachable' | 'withdrawn' | 'failed'

/** What we see of an agent; `off` is anyone not available and not occupied. */
export type AgentState = 'idle' | 'reserved' | 'ringing' | 'talking' | 'wrapUp' | 'off'

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
      /** Added to the queue's own. */
      readonly priority: number
      /** Instead of the queue's own. */
      readonly requires?: readonly SkillRequirement[]
    }
  /** A call wants no agent any more: hung up, transferred, overflowed. */
  | { readonly type: 'callLeft'; readonly callId: CallId }
  /** `agentId` answered and is joined to the call. */
  | { readonly type: 'offerAccepted'; readonly callId: CallId; readonly agentId: AgentId }
  /** The offer to `agentId` came to nothing; the call waits again at its place. */
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
  | { readonly type: 'statusChosen'; readonly agentId: AgentId; readonly status: AgentStatus }
  /** Nothing happened but time: sent when {@link Acd.nextWakeAt} is reached. */
  | { readonly type: 'timePassed' }

/** Why an agent was chosen: enough to explain the match afterwards. */
export interface Match {
  /** Groups of agents alike in queues and skills that were looked at. */
  readonly groupsConsidered: number
  /** Since when the chosen agent had been idle. */
  readonly idleSinceAt: EpochMs
}

/** Wishes of the core, for the shell to carry out in this order. */
export type AcdEffect =
  /** Ring these agents for the call. They are reserved until `deadlineAt`. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      readonly queueId: QueueId
      readonly agentIds: readonly AgentId[]
      readonly deadlineAt: EpochMs
      readonly match: Match
    }
  /** Stop ringing this agent for the call: it is theirs no more. */
  | {
      readonly type: 'withdraw'
      readonly callId: CallId
      readonly agentId: AgentId
      /** `expired`: the deadline passed. `late`: an answer to an offer that had ended. */
      readonly reason: 'callLeft' | 'expired' | 'agentUnavailable' | 'lostRace' | 'late'
    }
  | { readonly type: 'maxWaitReached'; readonly callId: CallId; readonly queueId: QueueId }
  | {
      readonly type: 'agentChanged'
      readonly agentId: AgentId
      readonly state: AgentState
      readonly previous: AgentState
      readonly status: AgentStatus
      readonly callId: CallId | undefined
    }
