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
import type { PromptId } from '../switch/prompt.ts'
import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'

/** The queue a call waits in, as far as its machine needs to know. */
export interface CallQueue {
  readonly queueId: QueueId
  /** What the caller hears while waiting; undefined is silence. */
  readonly music: string | undefined
  /** What the caller hears while an agent's phone rings and no music plays. */
  readonly ringback: string | undefined
  readonly serviceLevelMs: DurationMs
}

/** In place of a queue, for a call that has not been in one yet. */
export const noQueue: CallQueue = {
  queueId: '' as QueueId,
  music: undefined,
  ringback: undefined,
  serviceLevelMs: 0,
}

/** A flow that shall talk to this caller. */
export interface CallFlow {
  /** As the configuration calls it; `inline` for one that came with a command. */
  readonly name: string
  /** Whether the configuration has it: an engine that takes the call over can begin it anew. */
  readonly isNamed: boolean
  readonly flow: Flow
  /** Unlike that of any other run of this call. */
  readonly runId: string
  readonly by: FlowReason
  /** For `{NAME}` in prompts and for `when`. */
  readonly variables: Readonly<Record<string, string>>
}

/** The queue that lets the call wait, in the figures: the first that gave it up. */
export interface ChargedQueue {
  readonly queueId: QueueId
  readonly serviceLevelMs: DurationMs
}

/** Where a queue sends a caller it gives up. */
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
  /** Why so, where it was recorded. */
  readonly decision?: Decision
}

/** A customer who was dialled. */
export interface Dialled {
  /** Who rings next: the agents reserved for them, or for an agent who was rung first the customer. */
  readonly offer: Offer | undefined
  readonly isAgentFirst: boolean
  readonly since: EpochMs
  /** What is told once they are on the line. */
  readonly arrival: Omit<EventData<'call.arrived'>, 'at'>
}

/** What becomes of a caller whom the agent has left. */
export type AfterTalk =
  | { readonly type: 'flow'; readonly flow: CallFlow }
  | {
      readonly type: 'queue'
      readonly queue: CallQueue
      readonly priority?: number
      readonly requires?: Requirement
    }

/** What a call is born with. */
export interface CallInput {
  readonly tenant: string
  readonly callId: CallId
  /** {@link noQueue} for one that has not been in any. */
  readonly queue: CallQueue
  /** Talks to the caller first. */
  readonly flow: CallFlow | undefined
  readonly dialledNumber: string
  /** Its place. */
  readonly enqueuedAt: EpochMs
  /** When it came to this very queue: the limit on waiting counts from here. */
  readonly enteredAt: EpochMs
  /** Undefined until a queue has given the call up: then its own queue is. */
  readonly chargedTo: ChargedQueue | undefined
  readonly priority: number
  /** Instead of the queue's own. */
  readonly requires: Requirement | undefined
  readonly preferred: Preferred | undefined
  readonly wayOutTask: string | undefined
  /** Why its number was dialled; undefined for a caller who came by themselves. */
  readonly origin: CallOrigin | undefined
  /** The core has it already, and this is how it came about. */
  readonly dialled: Dialled | undefined
  /** Until then whoever classifies calls is waited for. */
  readonly holdUntil: EpochMs | undefined
  /** An engine had put it in this very queue before. */
  readonly isReturning: boolean
  /** Set for a call found on the switch: what it was doing there. */
  readonly found: FoundCall | undefined
  readonly at: EpochMs
}

/** What a call was doing on the switch when it was found there. */
export interface FoundCall {
  readonly isMusicOn: boolean
  readonly talk:
    | { readonly agentId: AgentId; readonly legId: LegId; readonly since: EpochMs }
    | undefined
  /** Legs that ring for it on an offer nobody knows any more; they are being hung up. */
  readonly strays: readonly LegId[]
}

/** Events told to the machine. Past tense: they have already happened. */
export type CallEvent = { readonly at: EpochMs } & (
  | { readonly type: 'offered'; readonly offer: Offer }
  /** No agent for it now. */
  | { readonly type: 'notOffered' }
  /** The core took the agent back. */
  | { readonly type: 'withdrawn'; readonly agentId: AgentId; readonly reason: string }
  /** Its queue gives it up. */
  | {
      readonly type: 'givenUp'
      /** `command`: a command moved it. */
      readonly reason: OverflowReason | 'command'
      readonly overflow: Overflow
    }
  /** More is known of it; what is left out stays. */
  | {
      readonly type: 'changed'
      readonly priority?: number
      readonly requires?: Requirement
      readonly preferred?: Preferred
      /** Its place, where that is earlier than the one it has. */
      readonly enqueuedAt?: EpochMs
    }
  /** It shall wait in another queue, at its place or from now on. */
  | { readonly type: 'requeued'; readonly queue: CallQueue; readonly keepsPlace: boolean }
  /** A flow shall talk to the caller who waits, and keeps their place. */
  | { readonly type: 'flowAsked'; readonly flow: CallFlow }
  /** What shall become of a caller once the agent has left; the last such event counts. */
  | { readonly type: 'nextSet'; readonly next: AfterTalk }
  /** A talking caller shall go on there, now. */
  | { readonly type: 'sentOn'; readonly next: AfterTalk }
  /** The caller shall go back to the dialplan. */
  | {
      readonly type: 'transferAsked'
      readonly to: DialplanTarget
    }
  | {
      readonly type: 'promptEnded'
      readonly promptId: PromptId
      readonly outcome: 'played' | 'missing' | 'failed'
      readonly key: string | undefined
    }
  | { readonly type: 'digitsCollected'; readonly promptId: PromptId; readonly digits: string }
  /** The switch would not say or ask something, or did not say whether it does. */
  | {
      readonly type: 'promptRefused'
      readonly promptId: PromptId
      readonly reason: 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'
    }
  /** What the call wanted to be woken for is due. */
  | { readonly type: 'timePassed' }
  /** Where its flow sends it: told in answer to {@link CallEffect} `findQueue`. */
  | { readonly type: 'queueFound'; readonly queue: CallQueue | undefined }
  /** Its queue wants something done about its wait. */
  | {
      readonly type: 'actionDue'
      readonly name: string
      readonly count: number
      readonly data: Readonly<Record<string, string>>
    }
  /** The switch would not run the offer. */
  | { readonly type: 'offerRefused'; readonly offerId: OfferId; readonly cause: string }
  | {
      readonly type: 'offerEnded'
      readonly offerId: OfferId
      readonly outcome: OfferOutcome
      /** For reports. */
      readonly cause: string
      readonly isTransferred: boolean
      /** The caller hung up: their end follows. */
      readonly isCallerGone: boolean
    }
  /** The standing offer, or the conversation, is over; the event that ended it was missed. */
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
  /** The switch has never heard of a leg that it was told to ring, or has forgotten it. */
  | { readonly type: 'legMissing'; readonly legId: LegId }
  | {
      readonly type: 'callerGone'
      /** They did not choose it. */
      readonly isLost: boolean
      /** For reports. */
      readonly cause: string
    }
  /** The dialplan took the caller away. */
  | { readonly type: 'leftPark' }
  /** The caller's channel does not bear our marks. */
  | { readonly type: 'foundUnmarked' }
  /** The switch cannot be reached: nobody can be rung for the caller. */
  | { readonly type: 'cutOff' }
  /** The switch is back, and what it knows of the call has been told. */
  | { readonly type: 'restored' }
)

/** Effects of the machine, to be carried out in this order. */
export type CallEffect =
  | { readonly type: 'send'; readonly command: SwitchCommand }
  | { readonly type: 'notifyCore'; readonly event: AcdEvent }
  | { readonly type: 'publish'; readonly event: EngineEvent }
  /** Its flow sends the caller to this queue: {@link CallEvent} `queueFound` is due. */
  | { readonly type: 'findQueue'; readonly queueId: QueueId }
  /** A prompt or question of a flow failed on the switch; the caller goes on. For the log and the figures. */
  | {
      readonly type: 'flowFault'
      readonly flow: string
      readonly step: string
      readonly problem: string
    }
  /** Something happened whose reason only the state of the switch can tell: it must be read. */
  | { readonly type: 'reconcile' }
  /** An event came that means nothing in the state the call is in. */
  | { readonly type: 'ignore'; readonly event: CallEvent['type'] }
