import type { EngineEvent } from '../catalogue/events/events.ts'
import type {
  AgentId,
  CallId,
  DurationMs,
  EpochMs,
  LegId,
  OfferId,
  QueueId,
} from '../catalogue/ids.ts'
import type { DialReason, OfferOutcome, TalkEnder } from '../catalogue/outcomes.ts'
import type { AcdEvent } from '../core/event.ts'
import type { FlowOutcome } from '../flow/flow-event.ts'
import type { FlowRun } from '../flow/flow-run.ts'
import type { CallerState, MarkChange } from '../switch/marks.ts'
import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'
import type { AfterTalk, CallEffect, CallEvent, CallFlow, CallInput, Offer } from './call-event.ts'
import type { OfferEnd } from './offer-end.ts'

/** A conversation. */
export interface Talk {
  /** Undefined for a conversation that was found on the switch. */
  readonly offerId: OfferId | undefined
  readonly agentId: AgentId
  readonly legId: LegId
  readonly since: EpochMs
  readonly heldSince: EpochMs | undefined
  readonly holdMs: DurationMs
  /** The agent's leg still exists: the agent is not free. */
  readonly isAgentOn: boolean
  readonly endedBy: TalkEnder
}

/** A flow that is running on a call. */
export interface FlowAtWork {
  readonly given: CallFlow
  /** The only part of the context that is mutable. */
  readonly run: FlowRun
  readonly since: EpochMs
  /** Set while the start is delayed. */
  readonly beginsAt: EpochMs | undefined
  /** How it ended; undefined while it runs. */
  readonly ended: { readonly at: EpochMs; readonly outcome: FlowOutcome } | undefined
}

/** The context of the machine: everything it knows about a call. */
export interface CallContext extends Omit<CallInput, 'flow'> {
  /** Set from the start of a flow until the caller has left it. */
  readonly flow: FlowAtWork | undefined
  /** The flow that runs before anything else. */
  readonly firstFlow: CallInput['flow']
  /** Variables collected by flows. */
  readonly variables: Readonly<Record<string, string>>
  readonly isMusicOn: boolean
  /** The offer that the switch is running, with the legs that may still exist: at least one. */
  readonly standing: Offer | undefined
  /** Legs of the standing offer whose agents have been released: an answer there does not count. */
  readonly releasedLegs: readonly LegId[]
  /** How legs of the standing offer ended that have not been reported yet. */
  readonly causes: ReadonlyMap<LegId, OfferEnd>
  /** The next offer, which waits until the switch has ended the standing one. */
  readonly next: Offer | undefined
  /** Legs of offers that were abandoned before the switch ended them. */
  readonly strays: readonly LegId[]
  readonly talk: Talk | undefined
  /** Where the caller goes when the agent has left; undefined: the caller is hung up. */
  readonly afterTalk: AfterTalk | undefined
  /** The command that sends the caller away; repeated if they are still there. */
  readonly exit: SwitchCommand | undefined
  /** The queues that the call overflowed from at one instant: it is not sent back to them at that instant. */
  readonly overflowedFrom: { readonly at: EpochMs; readonly queueIds: readonly QueueId[] }
}

/** The result of a step: changes of the context, and effects in order. */
export interface Step {
  readonly change?: Partial<CallContext>
  readonly effects?: readonly CallEffect[]
}

/** The part of the context that describes offers, while there is none. */
export const noOffer = {
  standing: undefined,
  releasedLegs: [],
  causes: new Map<LegId, OfferEnd>(),
  next: undefined,
} as const satisfies Partial<CallContext>

/** The context of a new call. */
export function initialContext({ flow: firstFlow, ...input }: CallInput): CallContext {
  const { found } = input
  return {
    ...input,
    ...noOffer,
    firstFlow,
    flow: undefined,
    variables: {},
    isMusicOn: found?.isMusicOn ?? false,
    exit: undefined,
    afterTalk: undefined,
    overflowedFrom: { at: 0, queueIds: [] },
    strays: found?.strays ?? [],
    talk:
      found?.talk === undefined
        ? undefined
        : {
            ...found.talk,
            offerId: undefined,
            heldSince: undefined,
            holdMs: 0,
            isAgentOn: true,
            endedBy: 'switch',
          },
  }
}

/** The event with this `type`. */
export type Of<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

/** An effect: send a command to the switch. */
export const send = (command: SwitchCommand): CallEffect => ({ type: 'send', command })
/** An effect: pass an event to the ACD core. */
export const notifyCore = (event: AcdEvent): CallEffect => ({ type: 'notifyCore', event })
/** An effect: publish an event on the bus. */
export const publish = (event: EngineEvent): CallEffect => ({ type: 'publish', event })

/** An effect: hang up a leg. */
export function hangUp(legId: LegId, cause: string): CallEffect {
  return send({ type: 'hangUp', legId, cause })
}

/** The legs of the standing offer whose answer counts. */
export function activeLegs({ standing, releasedLegs }: CallContext): readonly OfferedLeg[] {
  const legs = standing?.legs ?? []
  return releasedLegs.length === 0
    ? legs
    : legs.filter(({ legId }) => !releasedLegs.includes(legId))
}

/** The fields that every event about a call in a queue has. */
export function callFields(
  { tenant, callId, queue, chargedTo, origin }: CallContext,
  at: EpochMs,
): {
  tenant: string
  callId: CallId
  queue: string
  chargedTo: string
  at: EpochMs
  origin?: DialReason
} {
  const { queueId } = queue
  return {
    ...{ tenant, callId, queue: queueId, chargedTo: chargedTo?.queueId ?? queueId, at },
    ...originOf({ origin }),
  }
}

/** The `origin` field of events; absent for an inbound call. */
export function originOf({ origin }: Pick<CallContext, 'origin'>): {
  origin?: DialReason
} {
  return origin === undefined ? {} : { origin: origin === 'agentFirst' ? 'callback' : origin }
}

export function waited({ enqueuedAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enqueuedAt)
}

/** How long the call has been in its present queue. */
export function waitedHere({ enteredAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enteredAt)
}

/** An effect: publish that a command moved the call to another queue. */
export function reportRequeue(context: CallContext, toQueue: string, at: EpochMs): CallEffect {
  const waitMs = waited(context, at)
  const queueWaitMs = waitedHere(context, at)
  const data = { ...callFields(context, at), waitMs, queueWaitMs, toQueue }
  return publish({ type: 'call.requeued', data })
}

/** An effect: publish that the offer ended for one agent without a conversation. */
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
    data: { ...callFields(context, at), agent, offerId, outcome, cause },
  })
}

/** An effect: write all marks on the caller's channel, and cancel the dialplan's way out if there is one. */
export function takeCall(context: CallContext): CallEffect {
  const { callId, queue, wayOutTask } = context
  const { ringback } = queue
  return send({ type: 'takeCall', callId, marks: marksOf(context), ringback, wayOutTask })
}

/** An effect: change some marks on the channel of a call that was taken before. */
export function mark(
  { callId }: CallContext,
  marks: MarkChange & { readonly state: CallerState },
): CallEffect {
  return send({ type: 'markCall', callId, marks })
}

/** The marks for the caller's channel, where they outlive this process. */
function marksOf({
  tenant,
  queue,
  dialledNumber,
  enqueuedAt,
  enteredAt,
  chargedTo,
  priority,
  origin,
  talk,
  flow,
}: CallContext): MarkChange {
  return {
    tenant,
    inQueue: queue.queueId || null,
    takenNumber: dialledNumber,
    enqueuedAt,
    enteredAt,
    // Absent until the call has overflowed.
    chargedTo: chargedTo?.queueId ?? null,
    priority,
    ...(origin === undefined ? {} : { origin }),
    ...(talk === undefined ? waitMarks(flow) : talkMarks(talk)),
  }
}

function waitMarks(flow: FlowAtWork | undefined): MarkChange {
  if (flow === undefined) {
    return { state: 'waiting' }
  }
  const { name, isNamed, by } = flow.given
  return { state: 'inFlow', inFlow: isNamed ? name : null, flowBy: by }
}

/** The marks of a caller in a conversation. */
export function talkMarks({
  agentId,
  since,
}: Pick<Talk, 'agentId' | 'since'>): MarkChange & { readonly state: 'talking' } {
  return { state: 'talking', agentId, answeredAt: since }
}
