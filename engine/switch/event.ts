import type { CallId, EpochMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { CallMarks } from './marks.ts'
import type { PromptId, PromptOutcome } from './prompt.ts'

/** The fields of every event. */
interface SwitchEventBase {
  readonly switchId: SwitchId
  /** The time by the clock of the switch. */
  readonly at: EpochMs
}

/**
 * A channel was parked that the dialplan has marked with a tenant since an engine last took it: a
 * caller for the engine. A channel that the switch or a phone parks by itself is none.
 */
export interface CallParked extends SwitchEventBase {
  readonly type: 'callParked'
  readonly callId: CallId
  readonly channel: CallerChannel
}

/** The marks that are read back. */
type ReadMark = Exclude<keyof CallMarks, 'tenant' | 'agentId'>

/** The data of a caller's channel. A mark that is missing or cannot be parsed is absent. */
export interface CallerChannel
  extends Readonly<{ [M in ReadMark]?: CallMarks[M] | undefined }>,
    Pick<CallMarks, 'tenant'> {
  /** The number that the caller dialled or was last transferred to. */
  readonly dialledNumber: string
  readonly callerNumber: string
  readonly callerName: string
  /** The dialplan's way out: a scheduled task that takes the caller elsewhere unless an engine cancels it. */
  readonly wayOutTask: string | undefined
  /**
   * Whether the dialplan has marked the channel with the tenant, and no engine has taken it since.
   *
   * @default true
   */
  readonly isMarked?: boolean | undefined
  /** The switch's names of requirements that cannot be parsed, for logs and metrics. @default none */
  readonly unreadable?: readonly string[] | undefined
}

/** The caller and the agent were connected. */
export interface LegsJoined extends SwitchEventBase {
  readonly type: 'legsJoined'
  readonly callId: CallId
  readonly agentLegId: LegId
}

/** The caller and the agent were disconnected from each other; either leg may continue. */
export interface LegsParted extends SwitchEventBase {
  readonly type: 'legsParted'
  readonly callId: CallId
  readonly agentLegId: LegId
  /** Whether the caller's hang-up was the reason. */
  readonly isCallerGone: boolean
}

/** The caller's channel left its park without a hang-up: the dialplan moved it elsewhere. */
export interface CallUnparked extends SwitchEventBase {
  readonly type: 'callUnparked'
  readonly callId: CallId
}

/** An offer ended: it failed, or its conversation is over. */
export interface OfferEnded extends SwitchEventBase {
  readonly type: 'offerEnded'
  readonly callId: CallId
  readonly offerId: OfferId
  /** The outcome for the agents, if there was no conversation. Without meaning after a conversation. */
  readonly outcome: OfferOutcome
  /** The cause given by the switch, for reports; `SUCCESS` for an offer that was answered. */
  readonly cause: string
  /** Whether the caller is being transferred elsewhere in the dialplan: the engine must not hang them up. */
  readonly isTransferred: boolean
  /**
   * The leg that the caller is, or was last, joined to. After a conversation another leg than the
   * agent's means that somebody has taken the caller over: the join follows.
   */
  readonly joinedTo?: LegId | undefined
  /**
   * Whether the caller's hang-up ended it: their `legHungUp` follows.
   * @default false
   */
  readonly isCallerGone?: boolean | undefined
}

/** A prompt or recording ended, and the caller is still there and still ours. */
export interface PromptEnded extends SwitchEventBase {
  readonly type: 'promptEnded'
  readonly callId: CallId
  readonly promptId: PromptId
  readonly outcome: PromptOutcome
  /** The key that ended it; undefined: none did. */
  readonly key: string | undefined
}

/** A question ended, and the caller is still there and still ours. */
export interface DigitsCollected extends SwitchEventBase {
  readonly type: 'digitsCollected'
  readonly callId: CallId
  readonly promptId: PromptId
  /** Without the key that ended the answer; empty if no key was pressed in time. */
  readonly digits: string
}

/** An agent's phone answered; `legsJoined` follows. */
export interface LegAnswered extends SwitchEventBase {
  readonly type: 'legAnswered'
  readonly legId: LegId
  /** The call whose offer rang it; undefined for a leg that is not ours. */
  readonly callId: CallId | undefined
}

export interface LegHeld extends SwitchEventBase {
  readonly type: 'legHeld' | 'legUnheld'
  readonly legId: LegId
}

/** A leg hung up. This is its last event. */
export interface LegHungUp extends SwitchEventBase {
  readonly type: 'legHungUp'
  readonly legId: LegId
  /** The outcome for an offer, if the leg was an agent's. */
  readonly outcome: OfferOutcome
  /** Whether the network, a switch or an administrator ended the leg, not the person on it. */
  readonly isLost: boolean
  /** The cause given by the switch, for reports. */
  readonly cause: string
}

export type SwitchEvent =
  | CallParked
  | CallUnparked
  | LegsJoined
  | LegsParted
  | OfferEnded
  | PromptEnded
  | DigitsCollected
  | LegAnswered
  | LegHeld
  | LegHungUp
