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
  /** Undefined for a conversation found on the switch. */
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

/** A flow at work on a call. */
export interface FlowAtWork {
  readonly given: CallFlow
  /** The one thing in a call's memory that changes in place. */
  readonly run: FlowRun
  readonly since: EpochMs
  /** Set until it begins to talk. */
  readonly beginsAt: EpochMs | undefined
  /** How it ended, when it has. */
  readonly ended: { readonly at: EpochMs; readonly outcome: FlowOutcome } | undefined
}

/** All that the machine remembers of a call. */
export interface CallContext extends Omit<CallInput, 'flow'> {
  /** Set while a flow talks to the caller, and until they leave it. */
  readonly flow: FlowAtWork | undefined
  /** The flow that talks to the caller before anything else. */
  readonly firstFlow: CallInput['flow']
  /** What flows have learnt of the caller. */
  readonly variables: Readonly<Record<string, string>>
  readonly isMusicOn: boolean
  /** The offer that the switch is running, with the legs that may live: one at least. */
  readonly standing: Offer | undefined
  /** Legs of it whose agents the core has back: an answer there does not count. */
  readonly releasedLegs: readonly LegId[]
  /** Legs of it that are gone without having been told of, and why. */
  readonly causes: ReadonlyMap<LegId, OfferEnd>
  /** An offer that waits for the switch to end the one before. */
  readonly next: Offer | undefined
  /** Legs of offers that were given up before the switch ended them. */
  readonly strays: readonly LegId[]
  readonly talk: Talk | undefined
  /** Where the caller goes when the agent has left; undefined: they are hung up. */
  readonly afterTalk: AfterTalk | undefined
  /** What sends an overflowed caller away; given again should they still be there. */
  readonly exit: SwitchCommand | undefined
  /** The queues that gave the call up at one instant: it is not sent back to them then. */
  readonly overflowedFrom: { readonly at: EpochMs; readonly queueIds: readonly QueueId[] }
}

/** What a step changes in the call, and what it wishes for. */
export interface Step {
  readonly change?: Partial<CallContext>
  readonly effects?: readonly CallEffect[]
}

/** What a call remembers of offers while none stands. */
export const noOffer = {
  standing: undefined,
  releasedLegs: [],
  causes: new Map<LegId, OfferEnd>(),
  next: undefined,
} as const satisfies Partial<CallContext>

/** What a call remembers as it is born. */
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

/** The event of a type. */
export type Of<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

/** The wish to command the switch. */
export const send = (command: SwitchCommand): CallEffect => ({ type: 'send', command })
/** The wish to tell the core. */
export const notifyCore = (event: AcdEvent): CallEffect => ({ type: 'notifyCore', event })
/** The wish to tell the world. */
export const publish = (event: EngineEvent): CallEffect => ({ type: 'publish', event })

/** The wish to end a leg. */
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

/** What every event about a call in a queue says. */
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

/** Why we dialled, as events say it. */
export function originOf({ origin }: Pick<CallContext, 'origin'>): {
  origin?: DialReason
} {
  return origin === undefined ? {} : { origin: origin === 'agentFirst' ? 'callback' : origin }
}

export function waited({ enqueuedAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enqueuedAt)
}

/** How long the call has been in this very queue. */
export function waitedHere({ enteredAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enteredAt)
}

/** A command has sent the call to another queue. */
export function reportRequeue(context: CallContext, toQueue: string, at: EpochMs): CallEffect {
  const waitMs = waited(context, at)
  const queueWaitMs = waitedHere(context, at)
  const data = { ...callFields(context, at), waitMs, queueWaitMs, toQueue }
  return publish({ type: 'call.requeued', data })
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
    data: { ...callFields(context, at), agent, offerId, outcome, cause },
  })
}

/** The wish to write all marks on the caller's channel, and to end its way out if it has one. */
export function takeCall(context: CallContext): CallEffect {
  const { callId, queue, wayOutTask } = context
  const { ringback } = queue
  return send({ type: 'takeCall', callId, marks: marksOf(context), ringback, wayOutTask })
}

/** The wish to change some marks of a call that was taken before. */
export function mark(
  { callId }: CallContext,
  marks: MarkChange & { readonly state: CallerState },
): CallEffect {
  return send({ type: 'markCall', callId, marks })
}

/** What is written on the caller's channel: it outlives this process. */
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
    // None while no other queue has given it up.
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

/** The marks of a caller who talks. */
export function talkMarks({
  agentId,
  since,
}: Pick<Talk, 'agentId' | 'since'>): MarkChange & { readonly state: 'talking' } {
  return { state: 'talking', agentId, answeredAt: since }
}
