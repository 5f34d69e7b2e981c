import type { EventData } from '../catalogue/events/events.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { startTalk } from './answering.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  notifyCore,
  type Of,
  publish,
  type Step,
  send,
  takeCall,
} from './call-context.ts'
import type { CallEffect } from './call-event.ts'
import { enterFlow } from './flowing.ts'
import type { OfferEnd } from './offer-end.ts'
import { ring } from './ringing.ts'
import { askForAgent, queueEvent } from './waiting.ts'

/** The customer has answered: the phones of the reserved agents ring. */
export function startReached(context: CallContext): Step {
  const { callId, dialled, at } = context
  const before: readonly CallEffect[] = [
    ...announce(context, at),
    takeCall(context),
    // The core already has a callback in its queue.
    context.origin === 'callback'
      ? notifyCore({ type: 'callReached', callId })
      : askForAgent(context, false),
    queueEvent(context, at, false),
  ]
  if (dialled?.offer === undefined) {
    return { effects: before }
  }
  const { change, effects = [] } = ring(context, { type: 'offered', offer: dialled.offer, at })
  return { ...(change === undefined ? {} : { change }), effects: [...before, ...effects] }
}

/** The call starts with a flow. */
export function startFlow(context: CallContext): Step {
  const { firstFlow, at } = context
  if (firstFlow === undefined) {
    return {}
  }
  const { change, effects = [] } = enterFlow(context, firstFlow, at)
  return {
    ...(change === undefined ? {} : { change }),
    effects: [...announce(context, at), ...effects],
  }
}

/** The agent answered first: the customer is dialled by an offer on the agent's channel. */
export function startDialling(context: CallContext): Step {
  const { tenant, callId, dialled, at } = context
  if (dialled?.offer === undefined) {
    return {}
  }
  const { offerId, legs, ringMs } = dialled.offer
  return {
    change: { standing: dialled.offer },
    effects: [
      takeCall(context),
      send({ type: 'offer', tenant, callId, offerId, legs, ringMs }),
      publish({
        type: 'call.dialled',
        data: {
          ...{ tenant, callId, at, origin: 'callback', queue: context.queue.queueId },
          switch: dialled.arrival.switch,
          number: dialled.arrival.callerNumber,
          agents: legs.map(({ agentId }) => agentId),
        },
      }),
    ],
  }
}

/** The customer answered, and the agent was on the line first. */
export function startTalkReached(context: CallContext, event: Of<'joined'>): Step {
  const { at } = event
  const { change, effects = [] } = startTalk(context, event)
  return {
    ...(change === undefined ? {} : { change }),
    effects: [...announce(context, at), queueEvent(context, at, false), ...effects],
  }
}

/** The customer could not be reached: hangs up the agent, who was on the line first. */
export function failDialling(context: CallContext, end: OfferEnd, at: EpochMs): Step {
  const exit = { type: 'hangUp', legId: context.callId, cause: 'NORMAL_CLEARING' } as const
  const { effects = [] } = reportDialFailure(context, end, at)
  return { change: { exit }, effects: [...effects, send(exit)] }
}

/** Publishes the failed dialling and takes the call out of the core. */
export function reportDialFailure(context: CallContext, end: OfferEnd, at: EpochMs): Step {
  const { callId } = context
  return {
    effects: [
      ...activeLegs(context).map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      reportDialEnd(context, end.outcome, end.cause, at),
      notifyCore({ type: 'callLeft', callId }),
    ],
  }
}

function announce(context: CallContext, at: EpochMs): readonly CallEffect[] {
  const { dialled } = context
  return dialled === undefined
    ? []
    : [
        reportDialEnd(context, 'answered', 'SUCCESS', at),
        publish({ type: 'call.arrived', data: { ...dialled.arrival, at } }),
      ]
}

function reportDialEnd(
  context: CallContext,
  outcome: EventData<'call.dialEnded'>['outcome'],
  cause: string,
  at: EpochMs,
): CallEffect {
  const { tenant, callId } = callFields(context, at)
  const ringMs = Math.max(0, at - (context.dialled?.since ?? at))
  return publish({ type: 'call.dialEnded', data: { tenant, callId, at, outcome, cause, ringMs } })
}
