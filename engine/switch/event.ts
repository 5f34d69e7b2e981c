import type { CallId, EpochMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { CallMarks } from './marks.ts'
import type { PromptId } from './prompt.ts'

/** What every event says: which switch saw it, and when by that switch's clock. */
interface SwitchEventBase {
  readonly switchId: SwitchId
  /** The switch's own clock, in milliseconds. */
  readonly at: EpochMs
}

/** A channel with a tenant's mark came to rest where the engine takes over: a caller for us. */
export interface CallParked extends SwitchEventBase {
  readonly type: 'callParked'
  readonly callId: CallId
  readonly channel: CallerChannel
}

/** The marks that are read back. */
type ReadMark = Exclude<keyof CallMarks, 'tenant' | 'agentId'>

/** What the switch knows of a caller's channel: a mark that is not there, or cannot be read, is absent. */
export interface CallerChannel
  extends Readonly<{ [M in ReadMark]?: CallMarks[M] | undefined }>,
    Pick<CallMarks, 'tenant'> {
  /** The number the caller dialled, or was transferred to since. */
  readonly dialledNumber: string
  readonly callerNumber: string
  readonly callerName: string
  /** The scheduled task that is the dialplan's own way out. */
  readonly wayOutTask: string | undefined
  /** What was written of its needs and cannot be read, by the switch's own names: for logs and figures. @default none */
  readonly unreadable?: readonly string[] | undefined
}

/** The caller and the agent hear each other. */
export interface LegsJoined extends SwitchEventBase {
  readonly type: 'legsJoined'
  readonly callId: CallId
  readonly agentLegId: LegId
}

/** A join ended; either leg may live on. */
export interface LegsParted extends SwitchEventBase {
  readonly type: 'legsParted'
  readonly callId: CallId
  readonly agentLegId: LegId
  /** The caller's own hang-up parted them. */
  readonly isCallerGone: boolean
}

/** The caller's channel left its park alive: the dialplan took it away. */
export interface CallUnparked extends SwitchEventBase {
  readonly type: 'callUnparked'
  readonly callId: CallId
}

/** An offer came to its end: failed, or after a conversation. */
export interface OfferEnded extends SwitchEventBase {
  readonly type: 'offerEnded'
  readonly callId: CallId
  readonly offerId: OfferId
  /** What it says of the agents where nobody talked. After a conversation it says nothing. */
  readonly outcome: OfferOutcome
  /** The switch's own word for the end, for reports; `SUCCESS` for an offer that was answered. */
  readonly cause: string
  /** The caller's channel is on its way elsewhere in the dialplan: not ours to hang up. */
  readonly isTransferred: boolean
  /**
   * The caller's own hang-up ended it: their `legHungUp` follows.
   * @default false
   */
  readonly isCallerGone?: boolean | undefined
}

/** The caller has been told something, or has been recorded; one still there and still ours. */
export interface PromptEnded extends SwitchEventBase {
  readonly type: 'promptEnded'
  readonly callId: CallId
  readonly promptId: PromptId
  /** `missing`: there is no such file. `failed`: the switch could not say it. */
  readonly outcome: 'played' | 'missing' | 'failed'
  /** The key that ended it; undefined where none did. */
  readonly key: string | undefined
}

/** The caller was asked; one still there and still ours. */
export interface DigitsCollected extends SwitchEventBase {
  readonly type: 'digitsCollected'
  readonly callId: CallId
  readonly promptId: PromptId
  /** Without the key that ended it; '' when none was pressed in time. */
  readonly digits: string
}

/** An agent's phone answered; the join follows. */
export interface LegAnswered extends SwitchEventBase {
  readonly type: 'legAnswered'
  readonly legId: LegId
  /** The call an offer of ours rang it for; undefined for a leg that is not ours. */
  readonly callId: CallId | undefined
}

export interface LegHeld extends SwitchEventBase {
  readonly type: 'legHeld' | 'legUnheld'
  readonly legId: LegId
}

/** A leg is gone. The last event of that leg. */
export interface LegHungUp extends SwitchEventBase {
  readonly type: 'legHungUp'
  readonly legId: LegId
  /** What it says of an offer, where the leg was an agent's. */
  readonly outcome: OfferOutcome
  /** Whoever was on it did not choose the end: the network, a switch or an administrator did. */
  readonly isLost: boolean
  /** The switch's own word for it, for reports. */
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
