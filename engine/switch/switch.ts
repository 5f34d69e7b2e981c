import type { AgentId, CallId, DurationMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { DialplanTarget } from '../catalogue/targets.ts'
import type { CallerChannel, SwitchEvent } from './event.ts'
import type { MarkChange } from './marks.ts'
import type { PromptCommand } from './prompt.ts'

/** The destination of a leg. */
export interface Destination {
  /** From the configuration, in the syntax of this type of switch; may contain settings of that switch. */
  readonly address: string
  /** A customer's number, for an address that is a route to any number and marks where the number goes. */
  readonly number?: string | undefined
  /** The caller ID to show; undefined: the switch decides. */
  readonly callerId?: string | undefined
}

/** One agent's phone in an offer. */
export interface OfferedLeg extends Destination {
  /** The id for the leg. The engine chooses it, so that it is known before the leg exists. */
  readonly legId: LegId
  readonly agentId: AgentId
  /** The delay after the start of the offer until it rings; the switch counts whole seconds. */
  readonly startAfterMs: DurationMs
}

/** Commands to a switch. Each has exactly one answer. */
export type SwitchCommand =
  /**
   * Takes over a caller's channel: writes its marks, and cancels the dialplan's way out if
   * `wayOutTask` is given. From then on the channel survives a failed offer and the hang-up of an
   * agent, and no key ends its music.
   */
  | {
      readonly type: 'takeCall'
      readonly callId: CallId
      readonly marks: MarkChange
      /** What the caller hears while a phone rings and no music plays; undefined: the switch decides. */
      readonly ringback: string | undefined
      readonly wayOutTask: string | undefined
    }
  /** Changes marks of a channel that is ours. */
  | { readonly type: 'markCall'; readonly callId: CallId; readonly marks: MarkChange }
  /** Plays `source`, a sound name of the switch, to the caller until something else ends it. */
  | { readonly type: 'playMusic'; readonly callId: CallId; readonly source: string }
  /** Rings the agents' phones and connects the first one that answers. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      /** The call's tenant, written on each leg, so that a leg found on the switch can be identified. */
      readonly tenant: string
      readonly offerId: OfferId
      /** At least one. */
      readonly legs: readonly OfferedLeg[]
      /** How long each phone rings, counted from its own start. */
      readonly ringMs: DurationMs
    }
  /**
   * Dials a customer on a new channel, which parks when it is answered (`callParked`, if its marks
   * make it ours). The answer to the command comes when the dialling ends:
   *
   * - ok: answered.
   * - `refused`: not answered. `outcome` is set, and the message is the bare hang-up cause
   *   (`USER_BUSY`).
   * - `timeout` or `disconnected`: unknown. The phone may still ring, or be answered and park.
   *
   * `hangUp` of the leg ends the dialling; the answer is then that cause. The switch takes some
   * milliseconds to create the channel. Until then `hangUp` fails with `noSuchLeg`: try again.
   */
  | ({
      readonly type: 'dial'
      /** The id for the channel; the switch refuses an id that is in use. */
      readonly legId: LegId
      /** How long it may ring; the switch counts whole seconds, and may add up to one. */
      readonly ringMs: DurationMs
      /** Written before it rings; null and empty marks are not written. */
      readonly marks: MarkChange
    } & Destination)
  /** Checks whether a leg exists; if not, the answer is `noSuchLeg`. */
  | { readonly type: 'seekLeg'; readonly legId: LegId }
  /** Hangs up a leg. */
  | {
      readonly type: 'hangUp'
      readonly legId: LegId
      /**
       * A cause of `catalogue/hangup-causes.ts`, `ORIGINATOR_CANCEL` for a leg that is not needed any
       * more, or the cause given in a command. The adapter translates it for its switch.
       */
      readonly cause: string
    }
  /** Sends a caller's channel back to the dialplan. */
  | ({ readonly type: 'transfer'; readonly callId: CallId } & DialplanTarget)
  | PromptCommand

/**
 * Why a command was not carried out. `noSuchLeg`: the channel does not exist, either not yet or not
 * any more. `timeout`, `disconnected`: the switch did not answer, and may have carried it out.
 */
export type CommandFailure = 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'

/** How the exchange of one command ended, for metrics. */
export type ExchangeOutcome = 'ok' | Exclude<CommandFailure, 'noSuchLeg'>

/** The answer to a command. A failure is a value: the caller may just have hung up. */
export type CommandResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly reason: CommandFailure
      /** The reply of the switch, or the reason why there is none. Never contains a caller's number. */
      readonly message: string
      /** How a refused `dial` ended for whoever was rung. @default 'failed' */
      readonly outcome?: OfferOutcome
    }

/** The state of one channel, as read from the switch. */
export interface LegSnapshot {
  readonly legId: LegId
  /** The leg it is connected to, if any. */
  readonly joinedTo: LegId | undefined
  /** False for a phone that still rings, including that of a customer. */
  readonly isAnswered: boolean
  /** Set if the channel is one of our callers, or a customer whom the engine dials. */
  readonly caller: CallerChannel | undefined
  /** Set if the channel is an agent's leg: the data that the offer wrote on it. */
  readonly agentLeg:
    | { readonly callId: CallId; readonly agentId: AgentId; readonly tenant: string }
    | undefined
  readonly activity: LegActivity
}

/**
 * The activity that was last begun on a channel.
 *
 * - `parked`: it waits for commands of the engine.
 * - `playing`: it hears music or another sound.
 * - `prompting`: a prompt, question or recording.
 * - `bridging`: an offer, which may still stand, have led to a conversation, or be over.
 * - `other`: anything else; the channel belongs to the dialplan.
 */
export type LegActivity = 'parked' | 'playing' | 'prompting' | 'bridging' | 'other'

export interface SwitchObserver {
  event(event: SwitchEvent): void
  /** Connected and subscribed to events. The state of the channels is still to be read. */
  connected(): void
  /** Events may have been lost from here to the next `connected`. */
  disconnected(error: Error): void
}

/** The port to a switch of any type. */
export interface Switch {
  readonly id: SwitchId
  /** Connects, and reconnects whenever the connection is lost, until {@link stop}. */
  start(observer: SwitchObserver): void
  /** Closes the connection. Open commands are answered with `disconnected`. */
  stop(): Promise<void>
  /**
   * Sends a command immediately, in one write. `done` is called exactly once, never before `send`
   * returns.
   */
  send(command: SwitchCommand, done?: (result: CommandResult) => void): void
  /**
   * Reads the state of all our channels. Legs of `alsoLegs` are read even if they are not in the
   * switch's list of channels, which lags by some 100 ms; those missing from the result do not exist.
   * Each channel costs the switch a command, so legs for which `isKnown` returns true are skipped.
   *
   * @throws SwitchyardError SY_SWITCH_DISCONNECTED or SY_SWITCH_TIMEOUT
   */
  snapshot(
    alsoLegs: Iterable<LegId>,
    isKnown?: (legId: LegId) => boolean,
  ): Promise<readonly LegSnapshot[]>
}
