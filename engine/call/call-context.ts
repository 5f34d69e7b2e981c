import type { EngineEvent } from '../bus/events.ts'
import type { AcdEvent, OfferOutcome } from '../core/event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, LegId, OfferId, QueueId } from '../core/ids.ts'
import type { CallerState } from '../switch/event.ts'
import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'
import type { CallEffect, CallEvent, CallInput, Offer } from './call-event.ts'

/** A conversation. */
export interface Talk {
  /** Undefined for a conversation found on the switch. */
  readonly offerId: OfferId | undefined
  readonly agentId: AgentId
  readonly legId: LegId
  readonly since: EpochMs
  readonly heldSince: EpochMs | undefined
  readonly holdMs: DurationMs
  /** The agent's leg still exists: the agent is not free. */
  readonly isAgentOn: boolean
  readonly endedBy: 'caller' | 'agent' | 'switch'
}

/** All that the machine remembers of a call. */
export interface CallContext extends CallInput {
  readonly isMusicOn: boolean
  /** The offer whose `bridge` the switch is running, with the legs that may live: one at least. */
  readonly standing: Offer | undefined
  /** Legs of it whose agents the core has back: an answer there does not count. */
  readonly spent: readonly LegId[]
  /** Legs of it that are gone without having been told of, and why. */
  readonly causes: ReadonlyMap<LegId, string>
  /** An offer that waits for the switch to end the one before. */
  readonly next: Offer | undefined
  /** Legs of offers that were given up before the switch ended them. */
  readonly strays: readonly LegId[]
  readonly talk: Talk | undefined
  /** What sends an overflowed caller away; given again should they still be there. */
  readonly exit: SwitchCommand | undefined
  /** The queues that gave the call up at one instant: it is not sent back to them then. */
  readonly tried: { readonly at: EpochMs; readonly queueIds: readonly QueueId[] }
}

/** What a step changes in the call, and what it wishes for. */
export interface Step {
  readonly change?: Partial<CallContext>
  readonly effects?: readonly CallEffect[]
}

/** What a call remembers of offers while none stands. */
export const noOffer = {
  standing: undefined,
  spent: [],
  causes: new Map<LegId, string>(),
  next: undefined,
} as const satisfies Partial<CallContext>

/** The event of a type. */
export type Of<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

/** The wish to command the switch. */
export const send = (command: SwitchCommand): CallEffect => ({ type: 'send', command })
/** The wish to tell the core. */
export const tell = (event: AcdEvent): CallEffect => ({ type: 'tell', event })
/** The wish to tell the world. */
export const publish = (event: EngineEvent): CallEffect => ({ type: 'publish', event })

/** The wish to end a leg. */
export function hangUp(legId: LegId, cause: string): CallEffect {
  return send({ type: 'hangUp', legId, cause })
}

/** The legs of the standing offer whose answer counts. */
export function counted({ standing, spent }: CallContext): readonly OfferedLeg[] {
  const legs = standing?.legs ?? []
  return spent.length === 0 ? legs : legs.filter(({ legId }) => !spent.includes(legId))
}

/** What every event about a call in a queue says. */
export function subject(
  { tenant, callId, queue, chargedTo }: CallContext,
  at: EpochMs,
): { tenant: string; callId: CallId; queue: string; chargedTo: string; at: EpochMs } {
  const { queueId } = queue
  return { tenant, callId, queue: queueId, chargedTo: chargedTo?.queueId ?? queueId, at }
}

export function waited({ enqueuedAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enqueuedAt)
}

/** How long the call has been in this very queue. */
export function waitedHere({ enteredAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enteredAt)
}

/** The wish to tell the world that one agent's part of an offer came to nothing. */
export function reportOfferEnd(
  context: CallContext,
  { offerId }: Offer,
  agent: AgentId,
  outcome: OfferOutcome | 'expired',
  cause: string,
  at: EpochMs,
): CallEffect {
  return publish({
    type: 'call.offerEnded',
    data: { ...subject(context, at), agent, offerId, outcome, cause },
  })
}

/** The wish to write all marks on the caller's channel, and to end its way out if it has one. */
export function takeCall(context: CallContext): CallEffect {
  const { callId, wayOutTask } = context
  return send({ type: 'takeCall', callId, variables: marks(context), wayOutTask })
}

/** The wish to change some marks of a call that was taken before. */
export function mark(
  { callId }: CallContext,
  acd_state: CallerState,
  more: Readonly<Record<string, string>> = {},
): CallEffect {
  const variables = { acd_state, ...more }
  return send({ type: 'takeCall', callId, variables, wayOutTask: undefined })
}

/** What is written on the caller's channel: the truth that outlives this process. */
function marks({
  tenant,
  queue,
  dialledNumber,
  enqueuedAt,
  enteredAt,
  chargedTo,
  priority,
  talk,
}: CallContext): Readonly<Record<string, string>> {
  return {
    acd_tenant: tenant,
    // Not acd_queue: that is the dialplan's word, and it stands for its next park too.
    acd_in_queue: queue.queueId,
    acd_dialled: dialledNumber,
    acd_enqueued_at: String(enqueuedAt),
    acd_entered_at: String(enteredAt),
    acd_charged_to: chargedTo?.queueId ?? queue.queueId,
    acd_priority: String(priority),
    ...(talk === undefined ? { acd_state: 'waiting' } : talkMarks(talk)),
    // The caller outlives the agent's leg, and an offer that fails.
    hangup_after_bridge: 'false',
    park_after_bridge: 'false',
    continue_on_fail: 'true',
    ...(queue.ringback === undefined ? {} : { transfer_ringback: queue.ringback }),
  }
}

/** The marks of a caller who talks. */
export function talkMarks({
  agentId,
  since,
}: Pick<Talk, 'agentId' | 'since'>): Readonly<Record<string, string>> & { acd_state: 'talking' } {
  return { acd_state: 'talking', acd_agent: agentId, acd_answered_at: String(since) }
}
