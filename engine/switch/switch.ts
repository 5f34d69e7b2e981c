import type { AgentId, CallId, DurationMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { DialplanTarget } from '../catalogue/targets.ts'
import type { CallerChannel, SwitchEvent } from './event.ts'
import type { MarkChange } from './marks.ts'
import type { PromptCommand } from './prompt.ts'

/** Whom a leg shall reach. */
export interface Destination {
  /** In the syntax of the switch's kind, from the configuration; may hold settings of that switch. */
  readonly address: string
  /** A customer's number, for an address that is a route to any number: it says where in it the number goes. */
  readonly number?: string | undefined
  /** The number shown to whoever is rung; undefined leaves it to the switch. */
  readonly callerId?: string | undefined
}

/** One agent's phone in an offer. */
export interface OfferedLeg extends Destination {
  /** The id the leg shall have, chosen by us: so it is known before it exists. */
  readonly legId: LegId
  readonly agentId: AgentId
  /** How much later than the first it begins to ring; the switch counts whole seconds. */
  readonly startAfterMs: DurationMs
}

/** What the engine asks of a switch. Each command has exactly one answer. */
export type SwitchCommand =
  /**
   * Makes a caller's channel ours: writes its marks, and ends its way out when `wayOutTask` is
   * given. From then on it outlives an offer that fails and the leg of an agent who leaves, and no
   * key ends its music.
   */
  | {
      readonly type: 'takeCall'
      readonly callId: CallId
      readonly marks: MarkChange
      /** What the caller hears while a phone rings and no music plays; undefined leaves it to the switch. */
      readonly ringback: string | undefined
      readonly wayOutTask: string | undefined
    }
  /** Changes marks of a channel that is ours. */
  | { readonly type: 'markCall'; readonly callId: CallId; readonly marks: MarkChange }
  /** Plays `source`, named as the switch names sounds, to the caller until something else ends it. */
  | { readonly type: 'playMusic'; readonly callId: CallId; readonly source: string }
  /** Rings the agents' phones and joins the first to answer. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      /** The call's tenant, written on each leg, so that one found on the switch can be told by itself. */
      readonly tenant: string
      readonly offerId: OfferId
      /** At least one. */
      readonly legs: readonly OfferedLeg[]
      /** How long each phone rings, from its own start. */
      readonly ringMs: DurationMs
    }
  /**
   * Dials a customer: a channel of its own, which parks when it is answered (`callParked`, when
   * its marks make it a caller of ours). The answer comes at the end of the dialling: ok,
   * or `refused` with the outcome, and the bare hang-up cause (`USER_BUSY`) as its message, or
   * `timeout` when the switch has said nothing for long, or `disconnected`: after these two it may
   * still ring, or be answered and park.
   * `hangUp` of the leg ends it: the answer is that cause. Until the switch has made the channel,
   * some milliseconds, `hangUp` is `noSuchLeg`: ask again.
   */
  | ({
      readonly type: 'dial'
      /** The id the channel shall have; the switch refuses one that a channel has. */
      readonly legId: LegId
      /** How long it may ring; the switch counts whole seconds, up to one more. */
      readonly ringMs: DurationMs
      /** Written before it rings; those that are empty are not written. */
      readonly marks: MarkChange
    } & Destination)
  /** Asks whether a leg exists: the answer is `noSuchLeg` where it does not. */
  | { readonly type: 'seekLeg'; readonly legId: LegId }
  /** Ends a leg. */
  | {
      readonly type: 'hangUp'
      readonly legId: LegId
      /**
       * In the words of `catalogue/hangup-causes.ts`, `ORIGINATOR_CANCEL` for a leg that is wanted no
       * more, or what a command asked for; an adapter puts it in the words of its switch.
       */
      readonly cause: string
    }
  /** Sends a caller's channel back to the dialplan. */
  | ({ readonly type: 'transfer'; readonly callId: CallId } & DialplanTarget)
  | PromptCommand

/**
 * Why a command was not carried out. `noSuchLeg`: its channel does not exist, any more or yet.
 * `timeout`, `disconnected`: the switch did not answer, and may have carried it out.
 */
export type CommandFailure = 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'

/** How the exchange of one command ended, for counting. */
export type ExchangeOutcome = 'ok' | Exclude<CommandFailure, 'noSuchLeg'>

/** A refusal is a value: the caller may just have hung up. */
export type CommandResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly reason: CommandFailure
      /** What the switch said, or why it could not. Carries no caller's number. */
      readonly message: string
      /** Of a `dial` that was refused: what it says of whoever was rung. @default 'failed' */
      readonly outcome?: OfferOutcome
    }

/** The state of one channel, read from the switch itself. */
export interface LegSnapshot {
  readonly legId: LegId
  /** The leg it is joined to, when it is. */
  readonly joinedTo: LegId | undefined
  /** False for a phone that still rings, a customer's whom we dial too. */
  readonly isAnswered: boolean
  /** The caller's marks, when the channel is a caller of ours, or a customer whom we dial. */
  readonly caller: CallerChannel | undefined
  /** What an offer wrote on an agent's leg. */
  readonly agentLeg:
    | { readonly callId: CallId; readonly agentId: AgentId; readonly tenant: string }
    | undefined
  readonly activity: LegActivity
}

/**
 * What was last begun on a channel. `parked`: it rests where the engine takes over. `playing`: it
 * hears something. `prompting`: it is asked or told something. `bridging`: an offer was made for
 * it, which may stand, have led to a conversation, or be over. `other`: the dialplan's business.
 */
export type LegActivity = 'parked' | 'playing' | 'prompting' | 'bridging' | 'other'

export interface SwitchObserver {
  event(event: SwitchEvent): void
  /** Connected and subscribed: events flow, the state of its channels is yet to be read. */
  connected(): void
  /** Events may have been lost from here to the next `connected`. */
  disconnected(error: Error): void
}

/** A switch as the engine sees it, whatever its kind. */
export interface Switch {
  readonly id: SwitchId
  /** Connects, and from then on keeps reconnecting until {@link stop}. */
  start(observer: SwitchObserver): void
  /** Closes the connection; commands still open are answered `disconnected`. */
  stop(): Promise<void>
  /**
   * Sends a command in one write, at once. `done` is called exactly once, never
   * before `send` returns.
   */
  send(command: SwitchCommand, done?: (result: CommandResult) => void): void
  /**
   * Reads the state of all channels that are ours, and of `alsoLegs` whatever
   * the switch's list says (its list lags behind by some 100 ms). A leg of
   * `alsoLegs` that is not in the answer does not exist. Each channel read costs
   * the switch a command: those that `isKnown` tells are passed over.
   *
   * @throws SwitchyardError SY_SWITCH_DISCONNECTED or SY_SWITCH_TIMEOUT
   */
  snapshot(
    alsoLegs: Iterable<LegId>,
    isKnown?: (legId: LegId) => boolean,
  ): Promise<readonly LegSnapshot[]>
}
