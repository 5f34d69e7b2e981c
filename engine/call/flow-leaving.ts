import type { EngineEvent } from '../catalogue/events/events.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import type { FlowOutcome } from '../flow/flow-event.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import {
  type CallContext,
  callFields,
  mark,
  type Of,
  originOf,
  publish,
  reportRequeue,
  type Step,
  send,
  takeCall,
  waited,
  waitedHere,
} from './call-context.ts'
import { type CallEffect, noQueue } from './call-event.ts'
import { advanceFlow } from './flowing.ts'
import { askForAgent, queueUp } from './waiting.ts'

/** Whether a flow that a command began is over, and leaves the caller where they waited. */
export function isBack({ flow }: CallContext): boolean {
  return flow?.given.by === 'command' && flow.ended !== undefined && !isExit(flow.ended.outcome)
}

/** Whether the flow is over and the call with it. */
export function isOut({ flow }: CallContext): boolean {
  return flow?.ended !== undefined && flow.ended.outcome.type !== 'queue'
}

function isExit({ type }: FlowOutcome): boolean {
  return type === 'queue' || type === 'transfer' || type === 'hangup'
}

/** Whether the queue that its flow names takes the call: it is there, and did not give it up this very instant. */
export function canQueue(
  { overflowedFrom }: CallContext,
  { queue, at }: Of<'queueFound'>,
): boolean {
  return (
    queue !== undefined &&
    !(overflowedFrom.at === at && overflowedFrom.queueIds.includes(queue.queueId))
  )
}

/** The call waits on, at its place, in the queue it was in. */
export function goBack(context: CallContext): Step {
  const change = { flow: undefined, isReturning: true }
  const { flow, firstFlow } = context
  if (flow?.ended !== undefined && flow.given === firstFlow) {
    // Found in its flow: this engine has not said yet that it waits.
    const { effects = [] } = queueUp({ ...context, ...change }, flow.ended.at, true)
    return { change, effects }
  }
  return {
    change,
    effects: [takeCall({ ...context, ...change }), askForAgent(context, true)],
  }
}

/** The flow has sent the call to a queue: at its place where it has waited before, else from now. */
export function queueFromFlow(context: CallContext, { queue, at }: Of<'queueFound'>): Step {
  const { flow, queue: before, enqueuedAt } = context
  const isByCommand = flow?.given.by === 'command'
  if (queue === undefined || (isByCommand && queue.queueId === before.queueId)) {
    return goBack(context)
  }
  const change = {
    flow: undefined,
    queue,
    enteredAt: at,
    // A place that led to an agent is used up.
    enqueuedAt: before === noQueue || flow?.given.by === 'afterTalk' ? at : enqueuedAt,
    isReturning: false,
  }
  const { effects = [] } = queueUp({ ...context, ...change }, at)
  const moved = reportRequeue(context, queue.queueId, at)
  return { change, effects: isByCommand ? [moved, ...effects] : effects }
}

/** The flow has ended the call, or has sent it away. */
export function leaveFlow(context: CallContext): Step {
  const { callId, flow } = context
  if (flow?.ended === undefined) {
    return {}
  }
  const { outcome, at } = flow.ended
  const end = reportEnd(context, outcome.type === 'transfer' ? 'transfer' : 'hangup', at)
  if (outcome.type === 'transfer') {
    const { extension, dialplan } = outcome
    const to = { extension, dialplan, context: outcome.context }
    const exit = { type: 'transfer', callId, ...to } as const
    // Marked first, so that the channel is not taken for a caller of ours on its way out.
    return { change: { exit }, effects: [...end, mark(context, { state: 'left' }), send(exit)] }
  }
  const cause = outcome.type === 'failed' ? 'NORMAL_TEMPORARY_FAILURE' : 'NORMAL_CLEARING'
  const exit: SwitchCommand = {
    type: 'hangUp',
    legId: callId,
    cause: outcome.type === 'hangup' ? outcome.cause : cause,
  }
  return { change: { exit }, effects: [...end, send(exit)] }
}

/** The queue that its flow names is not there for the call: nobody shall wait for nothing. */
export function turnAway(context: CallContext, { at }: Of<'queueFound'>): Step {
  const exit = {
    type: 'hangUp',
    legId: context.callId,
    cause: 'NORMAL_TEMPORARY_FAILURE',
  } as const
  return { change: { exit }, effects: [...reportEnd(context, 'noQueue', at), send(exit)] }
}

/** The caller hung up while a flow talked to them. */
export function hangUpInFlow(context: CallContext, { cause, isLost, at }: Of<'callerGone'>): Step {
  const { tenant, callId, queue, flow } = context
  const { effects = [] } = advanceFlow(context, { type: 'callerGone', at })
  const lost = {
    type: 'call.lost',
    data:
      queue === noQueue
        ? { tenant, callId, at, reason: cause }
        : { ...callFields(context, at), reason: cause },
  } as const
  const abandoned = {
    type: 'call.abandoned',
    data: {
      ...callFields(context, at),
      waitMs: waited(context, at),
      queueWaitMs: waitedHere(context, at),
      wasRinging: false,
    },
  } as const
  if (flow?.given.by === 'afterTalk') {
    return { effects }
  }
  const ended = flow?.given.by === 'command' ? abandoned : endOf(context, 'callerGone', at)
  return { effects: [...effects, publish(isLost ? lost : ended)] }
}

/** The dialplan took the caller away from a flow. */
export function handOverInFlow(context: CallContext, at: EpochMs): Step {
  const { flow } = context
  const { effects = [] } = advanceFlow(context, { type: 'callerGone', at })
  const transferred = {
    type: 'call.transferred',
    data: { ...callFields(context, at), talkMs: 0 },
  } as const
  const ended =
    flow?.given.by === 'command' ? [publish(transferred)] : reportEnd(context, 'takenAway', at)
  return { effects: [...effects, ...ended, mark(context, { state: 'left' })] }
}

type End = Extract<EngineEvent, { type: 'call.sentAway' }>['data']['end']

/** Publishes how a call ended in a flow; for one that was served, `call.completed` has been published. */
function reportEnd(context: CallContext, end: End, at: EpochMs): readonly CallEffect[] {
  return context.flow?.given.by === 'afterTalk' ? [] : [publish(endOf(context, end, at))]
}

/** The last event of a call that ends in a flow. */
function endOf(context: CallContext, end: End, at: EpochMs): EngineEvent {
  const { tenant, callId, enqueuedAt, queue, flow } = context
  const about = { tenant, callId, at, flow: flow?.given.name ?? '' }
  if (queue !== noQueue) {
    // The wait was over when the queue gave the caller up, or a command ended it.
    const waitedUntil = flow?.since ?? at
    const waitMs = waited(context, waitedUntil)
    const data = { ...callFields(context, at), ...about, end, waitMs }
    return { type: 'call.sentAway', data }
  }
  return end === 'callerGone' || end === 'hangup'
    ? {
        type: 'call.contained',
        data: {
          ...about,
          ...originOf(context),
          endedBy: endedBy[end],
          durationMs: Math.max(0, at - enqueuedAt),
        },
      }
    : { type: 'call.sentAway', data: { ...about, end } }
}

const endedBy = { callerGone: 'caller', hangup: 'flow' } as const
