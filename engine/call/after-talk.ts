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

/** Sets where the caller goes when the agent hangs up. */
export function setNext(_context: CallContext, { next }: Of<'nextSet'>): Step {
  return { change: { afterTalk: next } }
}

/** Moves the caller on now: hangs up the agent, after which the caller goes to `next`. */
export function sendOn({ talk }: CallContext, { next }: Of<'sentOn'>): Step {
  return {
    change: { afterTalk: next },
    effects: talk?.isAgentOn === true ? [hangUp(talk.legId, 'NORMAL_CLEARING')] : [],
  }
}

/** The agent has left: a flow takes over the caller. */
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

/** The agent has left: the caller joins a queue with a new place. */
export function queueAfterTalk(context: CallContext, at: EpochMs): Step {
  const { afterTalk } = context
  if (afterTalk?.type !== 'queue') {
    return {}
  }
  const { change, effects } = endTalk(context, at)
  const { queue, priority = context.priority, requires = context.requires } = afterTalk
  const waiting = {
    ...change,
    ...{ queue, priority, requires, enqueuedAt: at, enteredAt: at },
    ...{ isReturning: false, chargedTo: undefined, found: undefined },
  }
  const queued = queueUp({ ...context, ...waiting }, at)
  return { change: waiting, effects: [...effects, ...(queued.effects ?? [])] }
}

/**
 * Ends the conversation and releases the agent, without waiting for the switch to report that leg's
 * hang-up. A late event from the leg is treated as a stray.
 */
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

/** Sends a talking caller back to the dialplan. The switch reports when they have left. */
export function transferTalk({ callId }: CallContext, { to }: Of<'transferAsked'>): Step {
  return { effects: [send({ type: 'transfer', callId, ...to })] }
}
