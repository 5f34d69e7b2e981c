import type { Decision } from '../catalogue/decision.ts'
import type { EpochMs, LegId } from '../catalogue/ids.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  noOffer,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  waited,
} from './call-context.ts'
import type { CallEffect, Offer } from './call-event.ts'
import { endMissed, legNotFound, moreSpecific, type OfferEnd } from './offer-end.ts'
import { dropStray, wait } from './waiting.ts'

/** Rings the agents at once, or as soon as the switch has ended the previous offer. */
export function ring(context: CallContext, { offer, at }: Of<'offered'>): Step {
  return context.standing === undefined
    ? startRinging(context, offer, at)
    : { change: { next: offer } }
}

function startRinging(context: CallContext, offer: Offer, at: EpochMs): Step {
  const { tenant, callId } = context
  const { offerId, legs, ringMs, deadlineAt, matchUs, decision } = offer
  const waitMs = waited(context, at)
  return {
    change: { ...noOffer, standing: offer },
    effects: [
      send({ type: 'offer', tenant, callId, offerId, legs, ringMs }),
      ...legs.map(({ agentId, startAfterMs }) => {
        const about = { ...callFields(context, at), agent: agentId, offerId }
        return publish({
          type: 'call.offered',
          data: { ...about, waitMs, startAfterMs, deadlineAt, matchUs },
        })
      }),
      ...(decision === undefined ? [] : [reportDecision(context, offer, decision, at)]),
    ],
  }
}

function reportDecision(
  context: CallContext,
  offer: Offer,
  decision: Decision,
  at: EpochMs,
): CallEffect {
  const { legs, offerId, matchUs } = offer
  const agents = legs.map(({ agentId }) => agentId)
  return publish({
    type: 'call.matched',
    data: { ...callFields(context, at), agents, offerId, matchUs, decision },
  })
}

/** The core withdrew the offer to one agent: only their phone stops ringing. */
export function withdraw(context: CallContext, { agentId, reason, at }: Of<'withdrawn'>): Step {
  const { standing, releasedLegs, next } = context
  if (next?.legs.some((leg) => leg.agentId === agentId)) {
    // The lease of the next offer expired while the switch has not ended the previous one: that event is lost.
    return reason === 'expired' ? abandonOffer(context) : withoutNext(next, agentId)
  }
  const leg = activeLegs(context).find((candidate) => candidate.agentId === agentId)
  if (standing === undefined || leg === undefined) {
    return {}
  }
  const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
  return {
    change: { releasedLegs: [...releasedLegs, leg.legId] },
    effects: [
      hangUp(leg.legId, 'ORIGINATOR_CANCEL'),
      reportOfferEnd(context, standing, agentId, outcome, reason, at),
    ],
  }
}

function withoutNext(next: Offer, agentId: string): Step {
  const legs = next.legs.filter((leg) => leg.agentId !== agentId)
  return { change: { next: legs.length === 0 ? undefined : { ...next, legs } } }
}

/** Stops waiting for the end of a withdrawn offer. An answer to it is still refused. */
function abandonOffer(context: CallContext): Step {
  const lost = context.standing?.legs.map(({ legId }) => legId) ?? []
  const change = { ...noOffer, strays: [...context.strays, ...lost] }
  const { change: later = {}, effects = [] } = wait({ ...context, ...change })
  return { change: { ...change, ...later }, effects }
}

/**
 * One leg of the offer has ended. While others ring, its agent is released at once. The end of
 * the last leg, and of legs that lost the race or were cancelled with the caller, is reported when
 * the offer ends.
 */
export function endLeg(
  context: CallContext,
  { legId, outcome, cause, at }: Of<'agentLegGone'>,
): Step {
  const { standing, releasedLegs, causes } = context
  const leg = standing?.legs.find((candidate) => candidate.legId === legId)
  if (standing === undefined || leg === undefined) {
    return dropStray(context, legId)
  }
  if (releasedLegs.includes(legId)) {
    return { change: withoutLeg(context, standing, legId) }
  }
  const end: OfferEnd = { outcome, cause }
  const doOthersRing = activeLegs(context).some(
    (other) => other !== leg && !causes.has(other.legId),
  )
  return outcome === 'withdrawn' || !doOthersRing
    ? { change: { causes: new Map([...causes, [legId, end]]) } }
    : {
        change: withoutLeg(context, standing, legId),
        effects: failed(context, standing, leg.agentId, end, at),
      }
}

/** Removes a leg, except the last one: with it, the switch can be asked whether the offer still stands. */
function withoutLeg(
  { releasedLegs }: CallContext,
  standing: Offer,
  legId: LegId,
): Partial<CallContext> {
  const legs = standing.legs.filter((leg) => leg.legId !== legId)
  return legs.length === 0
    ? {}
    : {
        standing: { ...standing, legs },
        releasedLegs: releasedLegs.filter((each) => each !== legId),
      }
}

function failed(
  context: CallContext,
  offer: Offer,
  agentId: Offer['legs'][number]['agentId'],
  { outcome, cause }: OfferEnd,
  at: EpochMs,
) {
  const { callId } = context
  return [
    reportOfferEnd(context, offer, agentId, outcome, cause, at),
    notifyCore({ type: 'offerFailed', callId, agentId, outcome }),
  ]
}

/** The switch ended the standing offer without a conversation. */
export function endOffer(context: CallContext, end: OfferEnd, at: EpochMs): Step {
  const { standing, next, causes } = context
  if (standing === undefined) {
    return {}
  }
  const ringing = activeLegs(context)
  if (ringing.length === 0) {
    const over = { ...context, ...noOffer }
    const { change, effects = [] } = next === undefined ? wait(over) : startRinging(over, next, at)
    return { change: { ...noOffer, ...change }, effects }
  }
  return {
    change: noOffer,
    effects: ringing.flatMap(({ legId, agentId }) =>
      failed(context, standing, agentId, moreSpecific(causes.get(legId), end), at),
    ),
  }
}

/**
 * The switch has no legs of the standing offer. If it was only slow to create them, a late answer
 * to one of them is refused.
 */
export function loseOffer(context: CallContext, at: EpochMs): Step {
  const lost = context.standing?.legs.map(({ legId }) => legId) ?? []
  const { change, effects = [] } = endOffer(context, endMissed, at)
  return { change: { ...change, strays: [...context.strays, ...lost] }, effects }
}

/** The standing offer is over, and the core does not need its outcome. */
export function dropOffer(): Step {
  return { change: noOffer }
}

/**
 * A leg does not exist on the switch. If others ring, its phone is unreachable. If it was the last
 * leg of a withdrawn offer, the offer is over.
 */
export function missLeg(context: CallContext, { legId, at }: Of<'legMissing'>): Step {
  const { standing, releasedLegs, strays } = context
  const leg = standing?.legs.find((candidate) => candidate.legId === legId)
  if (standing === undefined || leg === undefined) {
    return dropStray(context, legId)
  }
  const isSpent = releasedLegs.includes(legId)
  if (standing.legs.length === 1) {
    return isSpent ? loseOffer(context, at) : {}
  }
  const change = { ...withoutLeg(context, standing, legId), strays: [...strays, legId] }
  return isSpent
    ? { change }
    : { change, effects: failed(context, standing, leg.agentId, legNotFound, at) }
}
