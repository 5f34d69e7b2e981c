import {
  type CallContext,
  counted,
  hangUp,
  type Of,
  reportOfferEnd,
  reportRequeue,
  type Step,
  send,
  tell,
} from './call-context.ts'
import { queueUp } from './waiting.ts'

/** More is known of a waiting call: the core is told, and the channel remembers it. */
export function changeFacts({ callId }: CallContext, event: Of<'changed'>): Step {
  const { type: _type, at: _at, variables, ...change } = event
  return {
    change,
    effects: [
      tell({ type: 'callChanged', callId, ...change }),
      send({ type: 'takeCall', callId, variables, wayOutTask: undefined }),
    ],
  }
}

/** Sends a waiting call to another queue. The wait stays with the queue that was answerable for it before, if any was. */
export function requeue(context: CallContext, { queue, at }: Of<'requeued'>): Step {
  const { callId, standing } = context
  const ringing = counted(context)
  const change = {
    queue,
    enteredAt: at,
    spent: standing?.legs.map(({ legId }) => legId) ?? [],
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
      tell({ type: 'callLeft', callId }),
      reportRequeue(context, queue.queueId, at),
      ...effects,
    ],
  }
}
