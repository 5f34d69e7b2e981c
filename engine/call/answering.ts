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

/** The caller was joined to an agent of the standing offer. */
export function startTalk(context: CallContext, event: Of<'joined'>): Step {
  return answer(context, event, (agentId) =>
    notifyCore({ type: 'offerAccepted', callId: context.callId, agentId }),
  )
}

/** Like {@link startTalk}, for a call that the core has already removed from its queue. */
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

/** The cause the switch reports for phones that stop ringing because another one answered. */
const lostRace = 'LOSE_RACE'

/**
 * An agent answered whom the core had already taken back: hangs up that leg. The switch stopped
 * the other phones of the offer when this one answered, so their agents are released too.
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
