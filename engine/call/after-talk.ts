import type { EpochMs } from '../catalogue/ids.ts'
import {
  type CallContext,
  hangUp,
  notifyCore,
  type Of,
  publish,
  type Step,
  send,
} from './call-context.ts'
import type { CallEffect } from './call-event.ts'
import { enterFlow } from './flowing.ts'
import { completion } from './talking.ts'
import { queueUp } from './waiting.ts'

/** What shall become of the caller once the agent has left. */
export function setNext(_context: CallContext, { next }: Of<'nextSet'>): Step {
  return { change: { afterTalk: next } }
}

/** The caller leaves the agent for where they were sent: the agent's phone is hung up. */
export function sendOn({ talk }: CallContext, { next }: Of<'sentOn'>): Step {
  return {
    change: { afterTalk: next },
    effects: talk?.isAgentOn === true ? [hangUp(talk.legId, 'NORMAL_CLEARING')] : [],
  }
}

/** The agent has left, and a flow talks to the caller. */
export function enterFlowAfterTalk(context: CallContext, at: EpochMs): Step {
  const { afterTalk } = context
  if (afterTalk?.type !== 'flow') {
    return {}
  }
  const { change, effects } = endTalk(context, at)
  const entered = enterFlow({ ...context, ...change }, afterTalk.flow, at)
  return {
    change: { ...change, ...entered.change },
    effects: [...effects, ...(entered.effects ?? [])],
  }
}

/** The agent has left, and the caller waits anew. */
export function queueAfterTalk(context: CallContext, at: EpochMs): Step {
  const { afterTalk } = context
  if (afterTalk?.type !== 'queue') {
    return {}
  }
  const { change, effects } = endTalk(context, at)
  const { queue, priority = context.priority, requires = context.requires } = afterTalk
  const anew = {
    ...change,
    ...{ queue, priority, requires, enqueuedAt: at, enteredAt: at },
    ...{ isReturning: false, chargedTo: undefined, found: undefined },
  }
  const queued = queueUp({ ...context, ...anew }, at)
  return { change: anew, effects: [...effects, ...(queued.effects ?? [])] }
}

/** Whatever the switch has yet to say of the agent's phone: the agent is free, and that leg may not come back. */
function endTalk(
  context: CallContext,
  at: EpochMs,
): { readonly change: Partial<CallContext>; readonly effects: readonly CallEffect[] } {
  const { talk, strays } = context
  const isOn = talk?.isAgentOn === true
  return {
    change: {
      talk: undefined,
      afterTalk: undefined,
      strays: isOn ? [...strays, talk.legId] : strays,
    },
    effects: [
      ...(isOn
        ? [
            hangUp(talk.legId, 'NORMAL_CLEARING'),
            notifyCore({ type: 'talkEnded', agentId: talk.agentId }),
          ]
        : []),
      ...completion(context, at).map(publish),
    ],
  }
}

/** A talking caller is sent back to the dialplan; the switch says when they have gone. */
export function transferTalk({ callId }: CallContext, { to }: Of<'transferAsked'>): Step {
  return { effects: [send({ type: 'transfer', callId, ...to })] }
}
