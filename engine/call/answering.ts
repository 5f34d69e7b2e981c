import type { AgentId } from '../catalogue/ids.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  mark,
  noOffer,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  talkMarks,
  waited,
  waitedHere,
} from './call-context.ts'
import type { CallEffect } from './call-event.ts'

/** The caller and an agent of the standing offer hear each other. */
export function startTalk(context: CallContext, event: Of<'joined'>): Step {
  return answer(context, event, (agentId) =>
    notifyCore({ type: 'offerAccepted', callId: context.callId, agentId }),
  )
}

/** As {@link startTalk}, when the core had to take the call out of its queue meanwhile. */
export function startFoundTalk(context: CallContext, event: Of<'joined'>): Step {
  const { callId, queue } = context
  return answer(context, event, (agentId) =>
    notifyCore({ type: 'talkFound', callId, agentId, queueId: queue.queueId }),
  )
}

function answer(
  context: CallContext,
  { legId, at }: Of<'joined'>,
  coreEvent: (agentId: AgentId) => CallEffect,
): Step {
  const { standing, queue, chargedTo = queue } = context
  const winner = standing?.legs.find((leg) => leg.legId === legId)
  if (standing === undefined || winner === undefined) {
    return {}
  }
  const { agentId } = winner
  const { offerId } = standing
  const waitMs = waited(context, at)
  const queueWaitMs = waitedHere(context, at)
  const isWithinThreshold = waitMs <= chargedTo.serviceLevelMs
  const losers = activeLegs(context).filter((leg) => leg !== winner)
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
      coreEvent(agentId),
      publish({
        type: 'call.answered',
        data: {
          ...callFields(context, at),
          agent: agentId,
          offerId,
          waitMs,
          queueWaitMs,
          isWithinThreshold,
        },
      }),
      ...losers.map((loser) =>
        reportOfferEnd(context, standing, loser.agentId, 'withdrawn', lostRace, at),
      ),
      mark(context, talkMarks({ agentId, since: at })),
    ],
  }
}

/** The switch's word for phones that stop ringing because another answered. */
const lostRace = 'LOSE_RACE'

/**
 * An agent answered who had been taken back: they shall be hung up. The switch has
 * stopped all other phones of the offer for them.
 */
export function refuseAnswer(context: CallContext, { legId, at }: Of<'joined'>): Step {
  const { callId, standing } = context
  if (standing === undefined || !standing.legs.some((leg) => leg.legId === legId)) {
    return { effects: [hangUp(legId, 'ORIGINATOR_CANCEL')] }
  }
  return {
    change: { releasedLegs: standing.legs.map((leg) => leg.legId) },
    effects: [
      hangUp(legId, 'ORIGINATOR_CANCEL'),
      ...activeLegs(context).flatMap(({ agentId }) => [
        reportOfferEnd(context, standing, agentId, 'withdrawn', lostRace, at),
        notifyCore({ type: 'offerFailed', callId, agentId, outcome: 'withdrawn' }),
      ]),
    ],
  }
}
