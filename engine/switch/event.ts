import type { CallId, EpochMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import { dialReasons } from '../catalogue/outcomes.ts'
import type { PromptId } from './prompt.ts'

/** What every event says: which switch saw it, and when by that switch's clock. */
interface Seen {
  readonly switchId: SwitchId
  /** The switch's own clock (`Event-Date-Timestamp`), in milliseconds. */
  readonly at: EpochMs
}

/** A channel came to rest in `park` with a tenant's mark: a caller for us. */
export interface CallParked extends Seen {
  readonly type: 'callParked'
  readonly callId: CallId
  readonly channel: CallerChannel
}

/** What the switch knows of a caller's channel. */
export interface CallerChannel {
  /** `acd_tenant`. Never empty: a channel without it is not ours. */
  readonly tenant: string
  /** `acd_queue`, the dialplan's choice; undefined where the tenant's routes shall decide. */
  readonly queue: string | undefined
  /** `acd_in_queue`: where an engine has put it. */
  readonly inQueue?: string | undefined
  /** The number the caller dialled. */
  readonly dialledNumber: string
  readonly callerNumber: string
  readonly callerName: string
  /** `acd_enqueued_at`: the place of a call that an engine has taken before. */
  readonly enqueuedAt: EpochMs | undefined
  /** `acd_priority`, where the dialplan or an engine set one. */
  readonly priority: number | undefined
  /** `acd_in_flow`: the flow an engine was talking to the caller by. */
  readonly inFlow?: string | undefined
  /** `acd_flow_by`: what led the caller to it. */
  readonly flowBy?: string | undefined
  /** `acd_require`: what the call asks of its agent, as text. */
  readonly requires?: string | undefined
  /** `acd_prefer`: the agents it prefers, as text. */
  readonly prefers?: string | undefined
  /** `acd_hold`: how long it waits for those alone, as text. */
  readonly holds?: string | undefined
  /** `acd_charged_to`: the first queue that gave it up, or else the one it is in. */
  readonly chargedTo?: string | undefined
  /** The scheduled task that is the dialplan's own way out (`last_sched_id`). */
  readonly wayOutTask: string | undefined
  /** `acd_state`: what an engine last did with the call; absent where none has taken it. */
  readonly state?: CallerState | undefined
  /** `acd_dialled`: {@link dialledNumber} when an engine took it; a transfer since has changed that one. */
  readonly takenNumber?: string | undefined
  /** `acd_entered_at`: when it came to its present queue, overflow included. */
  readonly enteredAt?: EpochMs | undefined
  /** `acd_answered_at`: when the agent it talks to answered. */
  readonly answeredAt?: EpochMs | undefined
  /** `acd_origin`: why we dialled; absent for one who dialled us. */
  readonly origin?: CallOrigin | undefined
  /**
   * `acd_customer`: the number we dialled. The other numbers of a channel we dialled are
   * what the switch makes of them: an answered one bears its far end's as the caller's.
   */
  readonly customerNumber?: string | undefined
}

/**
 * Why we dialled: owed a callback, or told to by a command. `agentFirst`: it is the channel of an
 * agent, rung before the customer of a callback.
 */
export const callOrigins = [...dialReasons, 'agentFirst'] as const
export type CallOrigin = (typeof callOrigins)[number]

/**
 * The mark `acd_state` of a caller's channel. `left` and `served`: the dialplan took
 * the caller away while waiting, or from a conversation; the channel is not ours
 * unless it parks again.
 */
export const callerStates = ['waiting', 'inFlow', 'talking', 'left', 'served'] as const
export type CallerState = (typeof callerStates)[number]

/** The caller and the agent hear each other. */
export interface LegsJoined extends Seen {
  readonly type: 'legsJoined'
  readonly callId: CallId
  readonly agentLegId: LegId
}

/** A join ended; either leg may live on. */
export interface LegsParted extends Seen {
  readonly type: 'legsParted'
  readonly callId: CallId
  readonly agentLegId: LegId
  /** The caller's own hang-up parted them (`Answer-State: hangup`). */
  readonly isCallerGone: boolean
}

/**
 * The caller's channel left `park` alive: the dialplan took it away
 * (`CHANNEL_UNPARK` without `Answer-State: hangup`).
 */
export interface CallUnparked extends Seen {
  readonly type: 'callUnparked'
  readonly callId: CallId
}

/** The `bridge` of an offer came to its end: failed, or after a conversation. */
export interface OfferEnded extends Seen {
  readonly type: 'offerEnded'
  readonly callId: CallId
  readonly offerId: OfferId
  /** `originate_disposition`: `SUCCESS`, or the cause of the failure. */
  readonly disposition: string
  /** The caller's channel is on its way elsewhere in the dialplan: not ours to hang up. */
  readonly isTransferred: boolean
  /**
   * The caller's own hang-up ended it (`Answer-State: hangup`): their `legHungUp` follows.
   * @default false
   */
  readonly isCallerGone?: boolean | undefined
}

/** The caller has been told something, or has been recorded; one still there and still ours. */
export interface PromptEnded extends Seen {
  readonly type: 'promptEnded'
  readonly callId: CallId
  readonly promptId: PromptId
  /** `missing`: there is no such file. `failed`: the switch could not say it. */
  readonly outcome: 'played' | 'missing' | 'failed'
  /** The key that ended it; undefined where none did. */
  readonly key: string | undefined
}

/** The caller was asked; one still there and still ours. */
export interface DigitsCollected extends Seen {
  readonly type: 'digitsCollected'
  readonly callId: CallId
  readonly promptId: PromptId
  /** Without the key that ended it; '' when none was pressed in time. */
  readonly digits: string
}

/** An agent's phone answered; the join follows. */
export interface LegAnswered extends Seen {
  readonly type: 'legAnswered'
  readonly legId: LegId
  /** The call an offer of ours rang it for (`acd_call`); undefined for a leg that is not ours. */
  readonly callId: CallId | undefined
}

export interface LegHeld extends Seen {
  readonly type: 'legHeld' | 'legUnheld'
  readonly legId: LegId
}

/** A leg is gone. The last event of that leg. */
export interface LegHungUp extends Seen {
  readonly type: 'legHungUp'
  readonly legId: LegId
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
