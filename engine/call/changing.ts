import { writeNeeds } from '../catalogue/events/needs.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  reportRequeue,
  type Step,
} from './call-context.ts'
import { applyChange, queueUp } from './waiting.ts'

/** A command changed a waiting call: publishes it, passes it to the core and writes it on the channel. */
export function changeNeeds(context: CallContext, event: Of<'changed'>): Step {
  const { type: _type, at, ...more } = event
  const { change, effects = [] } = applyChange(context, event)
  const changed = { ...context, ...change }
  const { enqueuedAt, priority } = changed
  return {
    ...(change === undefined ? {} : { change }),
    effects: [
      publish({
        type: 'call.changed',
        data: { ...callFields(context, at), enqueuedAt, priority, ...writeNeeds(changed) },
      }),
      notifyCore({ type: 'callChanged', callId: context.callId, ...more }),
      ...effects,
    ],
  }
}

/** Moves a waiting call to another queue. A queue that the wait was already charged to stays charged. */
export function requeue(context: CallContext, { queue, keepsPlace, at }: Of<'requeued'>): Step {
  const { callId, standing } = context
  const ringing = activeLegs(context)
  const change = {
    queue,
    enteredAt: at,
    enqueuedAt: keepsPlace ? context.enqueuedAt : at,
    releasedLegs: standing?.legs.map(({ legId }) => legId) ?? [],
    next: undefined,
    isReturning: false,
    found: undefined,
    wayOutTask: undefined,
  }
  const { effects = [] } = queueUp({ ...context, ...change }, at)
  return {
    change,
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      ...(standing === undefined
        ? []
        : ringing.map(({ agentId }) =>
            reportOfferEnd(context, standing, agentId, 'withdrawn', 'requeued', at),
          )),
      notifyCore({ type: 'callLeft', callId }),
      reportRequeue(context, queue.queueId, at),
      ...effects,
    ],
  }
}
