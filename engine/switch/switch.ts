import type { AgentId, CallId, DurationMs, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { DialplanTarget } from '../catalogue/targets.ts'
import type { CallerChannel, SwitchEvent } from './event.ts'
import type { PromptCommand } from './prompt.ts'

/** One agent's phone in an offer. */
export interface OfferedLeg {
  /** The UUID the leg shall have, chosen by us: so it is known before it exists. */
  readonly legId: LegId
  readonly agentId: AgentId
  /** A FreeSWITCH dial string; may carry its own `{...}` or `[...]` variables. */
  readonly dialString: string
  /** How much later than the first it begins to ring; the switch counts whole seconds. */
  readonly startAfterMs: DurationMs
}

/** Wishes of the engine, in the imperative. Each has exactly one answer. */
export type SwitchCommand =
  /** Marks a caller's channel as ours; ends its way out when `wayOutTask` is given. */
  | {
      readonly type: 'takeCall'
      readonly callId: CallId
      /** Channel variables, without the `variable_` prefix. */
      readonly variables: Readonly<Record<string, string>>
      readonly wayOutTask: string | undefined
    }
  /** Plays `source` to the caller until something else ends it. */
  | { readonly type: 'playMusic'; readonly callId: CallId; readonly source: string }
  /** Rings the agents' phones and joins the first to answer: one `bridge` on the caller's channel. */
  | {
      readonly type: 'offer'
      readonly callId: CallId
      /** The call's tenant, written on each leg (`acd_tenant`), so that a leg can be told from its dump alone. */
      readonly tenant: string
      readonly offerId: OfferId
      /** At least one. */
      readonly legs: readonly OfferedLeg[]
      /** How long each phone rings, from its own start. */
      readonly ringMs: DurationMs
    }
  /**
   * Dials a customer: a channel of its own, which parks when it is answered (`callParked`, when
   * its variables mark it as a caller of ours). The answer comes at the end of the dialling: ok,
   * or `refused` with the bare hang-up cause (`USER_BUSY`), or `timeout` when the switch has said
   * nothing for long, or `disconnected`: after these two it may still ring, or be answered and park.
   * `hangUp` of the leg ends it: the answer is that cause. Until the switch has made the channel,
   * some milliseconds, `hangUp` is `noSuchLeg`: ask again.
   */
  | {
      readonly type: 'dial'
      /** The UUID the channel shall have; the switch refuses one that a channel has. */
      readonly legId: LegId
      /** A FreeSWITCH dial string; may begin with `{...}` variables of its own. */
      readonly dialString: string
      /** How long it may ring; the switch counts whole seconds, up to one more. */
      readonly ringMs: DurationMs
      /** The number shown to whoever is rung; undefined leaves it to the switch. */
      readonly callerId: string | undefined
      /** Channel variables, among them the marks; an empty one is none. */
      readonly variables: Readonly<Record<string, string>>
    }
  /** Asks whether a leg exists: the answer is `noSuchLeg` where it does not. */
  | { readonly type: 'seekLeg'; readonly legId: LegId }
  | { readonly type: 'hangUp'; readonly legId: LegId; readonly cause: string }
  /** Sends a caller's channel back to the dialplan. */
  | ({ readonly type: 'transfer'; readonly callId: CallId } & DialplanTarget)
  | PromptCommand

/** A refusal is a value: the caller may just have hung up. */
export type CommandResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** `noSuchLeg`: the channel the command is about does not exist (any more, or yet). */
      readonly reason: 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'
      /** What the switch said, or why it could not. Carries no caller's number. */
      readonly message: string
    }

/** The truth about one channel, read from the switch itself. */
export interface LegSnapshot {
  readonly legId: LegId
  /** The leg it is joined to, when it is. */
  readonly joinedTo: LegId | undefined
  /** False for a phone that still rings, a customer's whom we dial too. */
  readonly isAnswered: boolean
  /** The caller's marks, when the channel is a caller of ours, or a customer whom we dial. */
  readonly caller: CallerChannel | undefined
  /** What an offer wrote on an agent's leg (`acd_call`, `acd_agent`, `acd_tenant`). */
  readonly agentLeg:
    | { readonly callId: CallId; readonly agentId: AgentId; readonly tenant: string }
    | undefined
  /** The application now run on it, `park`, `playback`, `bridge`, ... */
  readonly application: string
}

export interface SwitchObserver {
  event(event: SwitchEvent): void
  /** Connected and subscribed: events flow, the truth is yet to be read. */
  connected(): void
  /** Events may have been lost from here to the next `connected`. */
  disconnected(error: Error): void
}

/**
 * A switch as the engine sees it. Two adapters: FreeSWITCH over ESL, and in
 * tests whatever passes the contract.
 */
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
   * Reads the truth of all channels that are ours, and of `alsoLegs` whatever
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
