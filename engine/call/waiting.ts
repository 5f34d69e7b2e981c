import type { AgentId, EpochMs, LegId } from '../core/ids.ts'
import { offerOutcome } from '../switch/cause.ts'
import {
  type CallContext,
  hangUp,
  mark,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  subject,
  takeCall,
  talkMarks,
  tell,
  waited,
} from './call-context.ts'
import type { CallEffect, Offer } from './call-event.ts'

const noOffer = { standing: undefined, isWithdrawn: false, next: undefined } as const

/** Takes the call, tells the core and the world that it waits. */
export function queueUp(context: CallContext, at: EpochMs): Step {
  const { enqueuedAt, priority, found } = context
  return {
    effects: [
      takeCall(context),
      publish({
        type: 'call.queued',
        data: { ...subject(context, at), enqueuedAt, priority, isAdopted: found !== undefined },
      }),
      askForAgent(context),
    ],
  }
}

function askForAgent({ callId, queue, enqueuedAt, enteredAt, priority }: CallContext): CallEffect {
  const { queueId } = queue
  return tell({ type: 'callQueued', callId, queueId, enqueuedAt, enteredAt, priority })
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
    change: { ...noOffer, standing: offer },
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
    // Expired: a whole lease has passed and the switch did not end the offer before. Its word is lost.
    return reason === 'expired' ? forget(context) : { change: { next: undefined } }
  }
  const leg = standing?.legs.find((candidate) => candidate.agentId === agentId)
  if (standing === undefined || leg === undefined || context.isWithdrawn) {
    return {}
  }
  const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
  return {
    change: { isWithdrawn: true },
    effects: [
      hangUp(leg.legId, 'ORIGINATOR_CANCEL'),
      reportOfferEnd(context, standing, agentId, outcome, reason, at),
    ],
  }
}

/** Gives up hope for the end of a withdrawn offer; an answer to it is still refused. */
function forget(context: CallContext): Step {
  const lost = context.standing?.legs.map(({ legId }) => legId) ?? []
  const change = { ...noOffer, strays: [...context.strays, ...lost] }
  const { change: later = {}, effects = [] } = wait({ ...context, ...change })
  return { change: { ...change, ...later }, effects }
}

/** The switch ended the standing offer, and nobody talks. */
export function endOffer(context: CallContext, cause: string, at: EpochMs): Step {
  const { callId, standing, next, isWithdrawn } = context
  if (standing === undefined) {
    return {}
  }
  if (isWithdrawn) {
    const over = { ...context, ...noOffer }
    const { change, effects = [] } = next === undefined ? wait(over) : startRinging(over, next, at)
    return { change: { ...noOffer, ...change }, effects }
  }
  const outcome = offerOutcome(cause)
  return {
    change: noOffer,
    effects: standing.legs.flatMap(({ agentId }) => [
      reportOfferEnd(context, standing, agentId, outcome, cause, at),
      tell({ type: 'offerFailed', callId, agentId, outcome }),
    ]),
  }
}

/**
 * The switch does not know the legs of the standing offer. Should it have been slow
 * rather than ignorant, an answer to one of them is refused.
 */
export function loseOffer(context: CallContext, at: EpochMs): Step {
  const lost = context.standing?.legs.map(({ legId }) => legId) ?? []
  const { change, effects = [] } = endOffer(context, 'UNHEARD', at)
  return { change: { ...change, strays: [...context.strays, ...lost] }, effects }
}

/** The standing offer is over, and the core asks no more for its outcome. */
export function dropOffer(): Step {
  return { change: noOffer }
}

/** The switch does not know a leg that was to be hung up: nothing rings. */
export function missLeg(context: CallContext, { legId, at }: Of<'legMissing'>): Step {
  const { standing, isWithdrawn } = context
  return isWithdrawn && standing?.legs.some((leg) => leg.legId === legId)
    ? loseOffer(context, at)
    : dropStray(context, legId)
}

/** A leg whose end was unheard of is gone at last. */
export function dropStray({ strays }: CallContext, legId: LegId): Step {
  return strays.includes(legId)
    ? { change: { strays: strays.filter((stray) => stray !== legId) } }
    : {}
}

/** The caller and an agent of the standing offer hear each other. */
export function startTalk(context: CallContext, event: Of<'joined'>): Step {
  return answer(context, event, (agentId) =>
    tell({ type: 'offerAccepted', callId: context.callId, agentId }),
  )
}

/** As {@link startTalk}, when the core had to take the call out of its queue meanwhile. */
export function startTalkUnasked(context: CallContext, event: Of<'joined'>): Step {
  const { callId, queue } = context
  return answer(context, event, (agentId) =>
    tell({ type: 'talkFound', callId, agentId, queueId: queue.queueId }),
  )
}

function answer(
  context: CallContext,
  { legId, at }: Of<'joined'>,
  tellCore: (agentId: AgentId) => CallEffect,
): Step {
  const { standing, isWithdrawn, queue } = context
  const winner = standing?.legs.find((leg) => leg.legId === legId)
  if (standing === undefined || winner === undefined) {
    return {}
  }
  const { agentId } = winner
  const { offerId } = standing
  const waitMs = waited(context, at)
  const isWithinThreshold = waitMs <= queue.serviceLevelMs
  const losers = isWithdrawn ? [] : standing.legs.filter((leg) => leg !== winner)
  const { acd_state, ...more } = talkMarks({ agentId, since: at })
  return {
    change: {
      ...noOffer,
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
      tellCore(agentId),
      publish({
        type: 'call.answered',
        data: { ...subject(context, at), agent: agentId, offerId, waitMs, isWithinThreshold },
      }),
      ...losers.map((loser) =>
        reportOfferEnd(context, standing, loser.agentId, 'withdrawn', 'LOSE_RACE', at),
      ),
      mark(context, acd_state, more),
    ],
  }
}

/** An agent answered an offer that had been taken back: they shall be hung up. */
export function refuseLateAnswer({ legId }: Of<'joined'>): Step {
  return { effects: [hangUp(legId, 'ORIGINATOR_CANCEL')] }
}

/**
 * The switch is away. The core must not hold agents for a caller nobody can ring
 * them for, nor count it against them that they do not answer.
 */
export function suspend(context: CallContext, at: EpochMs): Step {
  const { callId, standing, isWithdrawn } = context
  const reports =
    standing === undefined || isWithdrawn
      ? []
      : standing.legs.map(({ agentId }) =>
          reportOfferEnd(context, standing, agentId, 'withdrawn', 'SWITCH_AWAY', at),
        )
  return {
    change: { isWithdrawn: standing !== undefined, next: undefined },
    effects: [...reports, tell({ type: 'callLeft', callId })],
  }
}

/** The switch is back: the call takes its old place. */
export function restore(context: CallContext): Step {
  const ringing = context.standing?.legs ?? []
  return {
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      askForAgent(context),
    ],
  }
}
