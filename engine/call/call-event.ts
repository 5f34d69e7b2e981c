import type { Decision } from '../catalogue/decision.ts'
import type { EngineEvent, EventData } from '../catalogue/events/events.ts'
import type {
  AgentId,
  CallId,
  DurationMs,
  EpochMs,
  LegId,
  OfferId,
  QueueId,
} from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import type { FlowReason, OfferOutcome, OverflowReason } from '../catalogue/outcomes.ts'
import type { DialplanTarget, HangUpTarget, TransferTarget } from '../catalogue/targets.ts'
import type { AcdEvent } from '../core/event.ts'
import type { Flow } from '../flow/flow.ts'
import type { CallOrigin } from '../switch/marks.ts'
import type { PromptId, PromptOutcome } from '../switch/prompt.ts'
import type { CommandFailure, OfferedLeg, SwitchCommand } from '../switch/switch.ts'

/** The part of a queue's configuration that the call machine needs. */
export interface CallQueue {
  readonly queueId: QueueId
  /** What the caller hears while waiting; undefined: silence. */
  readonly music: string | undefined
  /** What the caller hears while an agent's phone rings and no music plays. */
  readonly ringback: string | undefined
  readonly serviceLevelMs: DurationMs
}

/** Stands in for the queue of a call that has not been in one yet. */
export const noQueue: CallQueue = {
  queueId: '' as QueueId,
  music: undefined,
  ringback: undefined,
  serviceLevelMs: 0,
}

/** A flow to run on this call. */
export interface CallFlow {
  /** Its name in the configuration; `inline` for a flow that came with a command. */
  readonly name: string
  /** Whether the configuration has it: an engine that takes over the call can then restart it. */
  readonly isNamed: boolean
  readonly flow: Flow
  /** Unique among the runs on this call. */
  readonly runId: string
  readonly by: FlowReason
  /** For `{NAME}` in prompts and for `when`. */
  readonly variables: Readonly<Record<string, string>>
}

/** The queue whose figures the wait counts in: the first one the call overflowed from. */
export interface ChargedQueue {
  readonly queueId: QueueId
  readonly serviceLevelMs: DurationMs
}

/** Where a call goes when it overflows from its queue. */
export type Overflow =
  | { readonly type: 'queue'; readonly queue: CallQueue }
  | { readonly type: 'flow'; readonly flow: CallFlow }
  | TransferTarget
  | HangUpTarget

export interface Offer {
  readonly offerId: OfferId
  /** In the order in which they ring. */
  readonly legs: readonly OfferedLeg[]
  readonly ringMs: DurationMs
  readonly deadlineAt: EpochMs
  /** Time the core took to decide, in microseconds. */
  readonly matchUs: number
  /** The reasons for it, if they were recorded. */
  readonly decision?: Decision
}

/** A customer whom the engine dialled. */
export interface Dialled {
  /**
   * What rings next: the phones of the agents reserved for the customer, or the customer's phone if
   * the agent was rung first.
   */
  readonly offer: Offer | undefined
  readonly isAgentFirst: boolean
  readonly since: EpochMs
  /** The event to publish once the customer is on the line. */
  readonly arrival: Omit<EventData<'call.arrived'>, 'at'>
}

/** Where the caller goes when the agent has left. */
export type AfterTalk =
  | { readonly type: 'flow'; readonly flow: CallFlow }
  | {
      readonly type: 'queue'
      readonly queue: CallQueue
      readonly priority?: number
      readonly requires?: Requirement
    }

/** What a call starts with. */
export interface CallInput {
  readonly tenant: string
  readonly callId: CallId
  /** {@link noQueue} for a call that has not been in any. */
  readonly queue: CallQueue
  /** Runs before anything else. */
  readonly flow: CallFlow | undefined
  readonly dialledNumber: string
  /** Its place in the queue. */
  readonly enqueuedAt: EpochMs
  /** When it entered its present queue: the limit on waiting counts from here. */
  readonly enteredAt: EpochMs
  /** Undefined until the call has overflowed: its own queue is charged. */
  readonly chargedTo: ChargedQueue | undefined
  readonly priority: number
  /** Replaces the queue's own requirement. */
  readonly requires: Requirement | undefined
  readonly preferred: Preferred | undefined
  readonly wayOutTask: string | undefined
  /** Why the engine dialled; undefined for an inbound call. */
  readonly origin: CallOrigin | undefined
  /** Set for a customer whom the engine dialled; the core already knows a callback. */
  readonly dialled: Dialled | undefined
  /** Until when the call is held back for its classification. */
  readonly holdUntil: EpochMs | undefined
  /** An engine had already put the call in this queue. */
  readonly isReturning: boolean
  /** Set for a call that was found on the switch: its state there. */
  readonly found: FoundCall | undefined
  readonly at: EpochMs
}

/** The state of a call that was found on the switch. */
export interface FoundCall {
  readonly isMusicOn: boolean
  readonly talk:
    | { readonly agentId: AgentId; readonly legId: LegId; readonly since: EpochMs }
    | undefined
  /** Legs that still ring for it from an earlier offer; they are being hung up. */
  readonly strays: readonly LegId[]
}

/** Events of the machine, in the past tense: they have already happened. */
export type CallEvent = { readonly at: EpochMs } & (
  | { readonly type: 'offered'; readonly offer: Offer }
  /** The core has no agent for the call at present. */
  | { readonly type: 'notOffered' }
  /** The core withdrew its offer to this agent. */
  | { readonly type: 'withdrawn'; readonly agentId: AgentId; readonly reason: string }
  /** The call overflows from its queue. */
  | {
      readonly type: 'givenUp'
      /** `command`: a command sent it away. */
      readonly reason: OverflowReason | 'command'
      readonly overflow: Overflow
    }
  /** A command changed the call; fields left out keep their values. */
  | {
      readonly type: 'changed'
      readonly priority?: number
      readonly requires?: Requirement
      readonly preferred?: Preferred
      /** A new place in the queue; it only counts if it is earlier than the present one. */
      readonly enqueuedAt?: EpochMs
    }
  /** A command moved the call to another queue, at its present place or at the end. */
  | { readonly type: 'requeued'; readonly queue: CallQueue; readonly keepsPlace: boolean }
  /** A command starts a flow for a waiting caller, who keeps their place. */
  | { readonly type: 'flowAsked'; readonly flow: CallFlow }
  /** A command set where the caller goes when the agent has left; the last one counts. */
  | { readonly type: 'nextSet'; readonly next: AfterTalk }
  /** A command moves a talking caller there at once. */
  | { readonly type: 'sentOn'; readonly next: AfterTalk }
  /** A command sends the caller back to the dialplan. */
  | {
      readonly type: 'transferAsked'
      readonly to: DialplanTarget
    }
  | {
      readonly type: 'promptEnded'
      readonly promptId: PromptId
      readonly outcome: PromptOutcome
      readonly key: string | undefined
    }
  | { readonly type: 'digitsCollected'; readonly promptId: PromptId; readonly digits: string }
  /** The switch refused a prompt or question, or did not answer the command. */
  | {
      readonly type: 'promptRefused'
      readonly promptId: PromptId
      readonly reason: CommandFailure
    }
  /** The instant of `LiveCall.nextWakeAt` has been reached. */
  | { readonly type: 'timePassed' }
  /** The answer to the effect `findQueue`; undefined: there is no such queue. */
  | { readonly type: 'queueFound'; readonly queue: CallQueue | undefined }
  /** A timed action of the queue is due for this call. */
  | {
      readonly type: 'actionDue'
      readonly name: string
      readonly count: number
      readonly data: Readonly<Record<string, string>>
    }
  /** The switch refused the offer. */
  | { readonly type: 'offerRefused'; readonly offerId: OfferId; readonly cause: string }
  | {
      readonly type: 'offerEnded'
      readonly offerId: OfferId
      readonly outcome: OfferOutcome
      /** For reports. */
      readonly cause: string
      readonly isTransferred: boolean
      /** The leg that the caller is, or was last, joined to. */
      readonly joinedTo?: LegId | undefined
      /** The caller hung up: `callerGone` follows. */
      readonly isCallerGone: boolean
    }
  /** The standing offer or the conversation is over, but the event that ended it was missed. */
  | { readonly type: 'offerVanished' }
  | { readonly type: 'joined'; readonly legId: LegId }
  | { readonly type: 'parted'; readonly legId: LegId; readonly isCallerGone: boolean }
  | { readonly type: 'held' }
  | { readonly type: 'unheld' }
  | {
      readonly type: 'agentLegGone'
      readonly legId: LegId
      readonly outcome: OfferOutcome
      /** For reports. */
      readonly cause: string
    }
  /** A leg that was to ring does not exist on the switch. */
  | { readonly type: 'legMissing'; readonly legId: LegId }
  | {
      readonly type: 'callerGone'
      /** The caller did not choose to hang up. */
      readonly isLost: boolean
      /** For reports. */
      readonly cause: string
    }
  /** The dialplan moved the caller elsewhere. */
  | { readonly type: 'leftPark' }
  /** The caller's channel does not have our marks. */
  | { readonly type: 'foundUnmarked' }
  /** The switch cannot be reached: no phone can be rung for the caller. */
  | { readonly type: 'cutOff' }
  /** The switch is back, and its state of the call has been reconciled. */
  | { readonly type: 'restored' }
)

/** Effects of the machine, to be carried out in order. */
export type CallEffect =
  | { readonly type: 'send'; readonly command: SwitchCommand }
  | { readonly type: 'notifyCore'; readonly event: AcdEvent }
  | { readonly type: 'publish'; readonly event: EngineEvent }
  /** Look up the queue that a flow sends the caller to; answer with the event `queueFound`. */
  | { readonly type: 'findQueue'; readonly queueId: QueueId }
  /** Log and count that a prompt or question of a flow failed on the switch. The flow continues. */
  | {
      readonly type: 'flowFault'
      readonly flow: string
      readonly step: string
      readonly problem: string
    }
  /** Read the state of the switch: the events do not show what happened. */
  | { readonly type: 'reconcile' }
  /** Count an event that has no meaning in the present state. */
  | { readonly type: 'ignore'; readonly event: CallEvent['type'] }
