import type { EngineEvent } from '../bus/events.ts'
import type { AcdEvent, OfferOutcome } from '../core/event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, LegId, OfferId } from '../core/ids.ts'
import { isLostCause, offerOutcome } from '../switch/cause.ts'
import type { SwitchCommand } from '../switch/switch.ts'
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

export interface CallContext extends CallInput {
  readonly isMusicOn: boolean
  /** The offer whose `bridge` the switch is running. */
  readonly standing: Offer | undefined
  /** The core has taken the standing offer back: an answer to it does not count. */
  readonly isWithdrawn: boolean
  /** An offer that waits for the switch to end the one before. */
  readonly next: Offer | undefined
  readonly talk: Talk | undefined
}

/** What a step changes in the call, and what it wishes for. */
export interface Step {
  readonly change?: Partial<CallContext>
  readonly effects?: readonly CallEffect[]
}

type Of<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

const send = (command: SwitchCommand): CallEffect => ({ type: 'send', command })
const tell = (event: AcdEvent): CallEffect => ({ type: 'tell', event })
const publish = (event: EngineEvent): CallEffect => ({ type: 'publish', event })

/** Takes the call, tells the core and the world that it waits. */
export function queueUp(context: CallContext, at: EpochMs): Step {
  const { callId, queue, enqueuedAt, priority } = context
  return {
    effects: [
      ...take(context, at),
      tell({ type: 'callQueued', callId, queueId: queue.queueId, enqueuedAt, priority }),
    ],
  }
}

function take(context: CallContext, at: EpochMs): readonly CallEffect[] {
  const { callId, enqueuedAt, priority, found, wayOutTask } = context
  const isAdopted = found !== undefined
  return [
    send({ type: 'takeCall', callId, variables: marks(context), wayOutTask }),
    publish({
      type: 'call.queued',
      data: { ...subject(context, at), enqueuedAt, priority, isAdopted },
    }),
  ]
}

/** Carries on with a conversation that was found on the switch. */
export function carryOn({ callId, queue, talk }: CallContext): Step {
  const effects =
    talk === undefined
      ? []
      : [tell({ type: 'talkFound', callId, agentId: talk.agentId, queueId: queue.queueId })]
  return { effects }
}

/** Rings the agents at once, or as soon as the switch has ended the offer before. */
export function ring(context: CallContext, { offer, at }: Of<'offered'>): Step {
  return context.standing === undefined
    ? startRinging(context, offer, at)
    : { change: { next: offer } }
}

function startRinging(context: CallContext, offer: Offer, at: EpochMs): Step {
  const { tenant, callId } = context
  const { offerId, legs, ringMs, deadlineAt, matchUs } = offer
  const waitMs = waited(context, at)
  return {
    change: { standing: offer, isWithdrawn: false, next: undefined },
    effects: [
      send({ type: 'offer', tenant, callId, offerId, legs, ringMs }),
      ...legs.map(({ agentId }) =>
        publish({
          type: 'call.offered',
          data: { ...subject(context, at), agent: agentId, offerId, waitMs, deadlineAt, matchUs },
        }),
      ),
    ],
  }
}

/** Nobody for the call now: the caller hears the queue's music, once. */
export function wait(context: CallContext): Step {
  const { callId, queue, isMusicOn, standing } = context
  if (isMusicOn || standing !== undefined || queue.music === undefined) {
    return {}
  }
  return {
    change: { isMusicOn: true },
    effects: [send({ type: 'playMusic', callId, source: queue.music })],
  }
}

/** The core took an agent back: their phone shall stop ringing. */
export function withdraw(context: CallContext, { agentId, reason, at }: Of<'withdrawn'>): Step {
  const { standing, next } = context
  if (next?.legs.some((leg) => leg.agentId === agentId)) {
    // A whole lease has passed and the switch did not end the offer before: its word is lost.
    return { change: { next: undefined, standing: undefined, isWithdrawn: false } }
  }
  const leg = standing?.legs.find((candidate) => candidate.agentId === agentId)
  if (standing === undefined || leg === undefined || context.isWithdrawn) {
    return {}
  }
  const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
  return {
    change: { isWithdrawn: true },
    effects: [
      send({ type: 'hangUp', legId: leg.legId, cause: 'ORIGINATOR_CANCEL' }),
      offerEnded(context, standing, agentId, outcome, reason, at),
    ],
  }
}

/** The switch ended the standing offer, and nobody talks. */
export function endOffer(context: CallContext, cause: string, at: EpochMs): Step {
  const { standing, next, isWithdrawn } = context
  const over = { ...context, standing: undefined, isWithdrawn: false, next: undefined }
  const change = { standing: undefined, isWithdrawn: false, next: undefined }
  if (standing === undefined) {
    return {}
  }
  if (isWithdrawn) {
    const { change: later, effects = [] } =
      next === undefined ? wait(over) : startRinging(over, next, at)
    return { change: { ...change, ...later }, effects }
  }
  const outcome = offerOutcome(cause)
  return {
    change,
    effects: standing.legs.flatMap(({ agentId }) => [
      offerEnded(context, standing, agentId, outcome, cause, at),
      tell({ type: 'offerFailed', callId: context.callId, agentId, outcome }),
    ]),
  }
}

/** The caller and an agent of the standing offer hear each other. */
export function startTalk(context: CallContext, { legId, at }: Of<'joined'>): Step {
  const { callId, standing, queue } = context
  const winner = standing?.legs.find((leg) => leg.legId === legId)
  if (standing === undefined || winner === undefined) {
    return {}
  }
  const { agentId } = winner
  const { offerId } = standing
  const waitMs = waited(context, at)
  const isWithinThreshold = waitMs <= queue.serviceLevelMs
  const losers = standing.legs.filter((leg) => leg !== winner)
  return {
    change: {
      standing: undefined,
      talk: {
        offerId,
        agentId,
        legId,
        since: at,
        heldSince: undefined,
        holdMs: 0,
        isAgentOn: true,
        endedBy: 'switch',
      },
    },
    effects: [
      tell({ type: 'offerAccepted', callId, agentId }),
      publish({
        type: 'call.answered',
        data: { ...subject(context, at), agent: agentId, offerId, waitMs, isWithinThreshold },
      }),
      ...losers.map((loser) =>
        offerEnded(context, standing, loser.agentId, 'withdrawn', 'LOSE_RACE', at),
      ),
    ],
  }
}

/** An agent answered an offer that had been taken back: they shall be hung up. */
export function refuseLateAnswer(_context: CallContext, { legId }: Of<'joined'>): Step {
  return { effects: [send({ type: 'hangUp', legId, cause: 'ORIGINATOR_CANCEL' })] }
}

export function hold(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  if (talk === undefined || talk.heldSince !== undefined) {
    return {}
  }
  return {
    change: { talk: { ...talk, heldSince: at } },
    effects: [
      publish({ type: 'call.held', data: { ...subject(context, at), agent: talk.agentId } }),
    ],
  }
}

export function resume(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  if (talk?.heldSince === undefined) {
    return {}
  }
  const holdMs = at - talk.heldSince
  return {
    change: { talk: { ...talk, heldSince: undefined, holdMs: talk.holdMs + holdMs } },
    effects: [
      publish({
        type: 'call.resumed',
        data: { ...subject(context, at), agent: talk.agentId, holdMs },
      }),
    ],
  }
}

/** Who left first decides who ended it. */
export function part({ talk }: CallContext, { isCallerGone }: Of<'parted'>): Step {
  return talk === undefined
    ? {}
    : { change: { talk: { ...talk, endedBy: isCallerGone ? 'caller' : 'agent' } } }
}

/** The agent's phone is free again. */
export function releaseAgent({ talk }: CallContext): Step {
  return talk?.isAgentOn !== true
    ? {}
    : {
        change: { talk: { ...talk, isAgentOn: false } },
        effects: [tell({ type: 'talkEnded', agentId: talk.agentId })],
      }
}

/** After a conversation the caller who stayed is hung up. */
export function dismiss({ callId }: CallContext): Step {
  return { effects: [send({ type: 'hangUp', legId: callId, cause: 'NORMAL_CLEARING' })] }
}

export function complete(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  if (talk === undefined) {
    return {}
  }
  const { agentId, legId, since, heldSince, isAgentOn, endedBy } = talk
  const holdMs = talk.holdMs + (heldSince === undefined ? 0 : at - heldSince)
  const waitMs = Math.max(0, since - context.enqueuedAt)
  const data = { ...subject(context, at), agent: agentId, waitMs, talkMs: at - since, holdMs }
  const ended = publish({ type: 'call.completed', data: { ...data, endedBy } })
  if (!isAgentOn) {
    return { effects: [ended] }
  }
  return {
    effects: [
      send({ type: 'hangUp', legId, cause: 'NORMAL_CLEARING' }),
      ended,
      tell({ type: 'talkEnded', agentId }),
    ],
  }
}

/** The dialplan took the caller away. */
export function handOver(context: CallContext, at: EpochMs): Step {
  const { callId, talk } = context
  const gone = talk === undefined ? [tell({ type: 'callLeft', callId })] : []
  return {
    effects: [
      ...gone,
      publish({
        type: 'call.transferred',
        data: {
          ...subject(context, at),
          ...(talk === undefined ? {} : { agent: talk.agentId }),
          talkMs: talk === undefined ? 0 : at - talk.since,
        },
      }),
    ],
  }
}

/** The caller hung up before anyone answered, or was lost. */
export function giveUp(context: CallContext, { cause, at }: Of<'callerGone'>): Step {
  const { tenant, callId, queue, standing } = context
  const ended: EngineEvent = isLostCause(cause)
    ? { type: 'call.lost', data: { tenant, callId, at, queue: queue.queueId, reason: cause } }
    : {
        type: 'call.abandoned',
        data: {
          ...subject(context, at),
          waitMs: waited(context, at),
          wasRinging: standing !== undefined,
        },
      }
  const withdrawn =
    standing === undefined || context.isWithdrawn
      ? []
      : standing.legs.map(({ agentId }) =>
          offerEnded(context, standing, agentId, 'withdrawn', 'ORIGINATOR_CANCEL', at),
        )
  return { effects: [...withdrawn, publish(ended), tell({ type: 'callLeft', callId })] }
}

/** The queue gives the caller up, to where its configuration says. */
export function overflow(context: CallContext, event: Of<'maxWaitReached'>): Step {
  const { callId, enqueuedAt, priority } = context
  const { overflow: way, at } = event
  const left = [
    tell({ type: 'callLeft', callId }),
    publish({
      type: 'call.overflowed',
      data: {
        ...subject(context, at),
        waitMs: waited(context, at),
        reason: 'maxWait',
        to: describe(way),
      },
    }),
  ]
  switch (way.type) {
    case 'hangUp':
      return { effects: [...left, send({ type: 'hangUp', legId: callId, cause: way.cause })] }
    case 'transfer': {
      const { extension, dialplan, context: dialplanContext } = way
      const command = { type: 'transfer', callId, extension, dialplan } as const
      return { effects: [...left, send({ ...command, context: dialplanContext })] }
    }
    case 'queue': {
      const moved = { ...context, queue: way.queue, found: undefined, wayOutTask: undefined }
      const { queueId } = way.queue
      return {
        change: { queue: way.queue },
        effects: [
          ...left,
          ...take(moved, at),
          tell({ type: 'callQueued', callId, queueId, enqueuedAt, enteredAt: at, priority }),
        ],
      }
    }
  }
}

function describe(way: Of<'maxWaitReached'>['overflow']): string {
  switch (way.type) {
    case 'queue':
      return `queue ${way.queue.queueId}`
    case 'transfer':
      return `transfer ${way.extension}`
    case 'hangUp':
      return `hangup ${way.cause}`
  }
}

/** What is written on the caller's channel: the truth that outlives this process. */
function marks(context: CallContext): Readonly<Record<string, string>> {
  const { tenant, queue, enqueuedAt, priority } = context
  return {
    acd_tenant: tenant,
    acd_queue: queue.queueId,
    acd_enqueued_at: String(enqueuedAt),
    acd_priority: String(priority),
    // The caller outlives the agent's leg, and an offer that fails.
    hangup_after_bridge: 'false',
    park_after_bridge: 'false',
    continue_on_fail: 'true',
    ...(queue.ringback === undefined ? {} : { transfer_ringback: queue.ringback }),
  }
}

function offerEnded(
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

function subject(
  { tenant, callId, queue }: CallContext,
  at: EpochMs,
): { tenant: string; callId: CallId; queue: string; at: EpochMs } {
  return { tenant, callId, queue: queue.queueId, at }
}

function waited({ enqueuedAt }: CallContext, at: EpochMs): DurationMs {
  return Math.max(0, at - enqueuedAt)
}
