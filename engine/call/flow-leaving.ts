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

/** Whether a flow that a command started has ended without sending the caller elsewhere. */
export function isBack({ flow }: CallContext): boolean {
  return flow?.given.by === 'command' && flow.ended !== undefined && !isExit(flow.ended.outcome)
}

/** Whether the flow has ended and the call ends with it. */
export function isOut({ flow }: CallContext): boolean {
  return flow?.ended !== undefined && flow.ended.outcome.type !== 'queue'
}

function isExit({ type }: FlowOutcome): boolean {
  return type === 'queue' || type === 'transfer' || type === 'hangup'
}

/**
 * Whether the call can join the queue that its flow names: it exists, and the call did not overflow
 * from it at this instant.
 */
export function canQueue(
  { overflowedFrom }: CallContext,
  { queue, at }: Of<'queueFound'>,
): boolean {
  return (
    queue !== undefined &&
    !(overflowedFrom.at === at && overflowedFrom.queueIds.includes(queue.queueId))
  )
}

/** Returns the call to the queue it was in, at its place. */
export function goBack(context: CallContext): Step {
  const change = { flow: undefined, isReturning: true }
  const { flow, firstFlow } = context
  if (flow?.ended !== undefined && flow.given === firstFlow) {
    // It was found in its flow, so this engine has not published `call.queued` for it yet.
    const { effects = [] } = queueUp({ ...context, ...change }, flow.ended.at, true)
    return { change, effects }
  }
  return {
    change,
    effects: [takeCall({ ...context, ...change }), askForAgent(context, true)],
  }
}

/** The flow sends the call to a queue: at its old place if it waited before, otherwise at the end. */
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
    // A caller who has been served does not keep their place.
    enqueuedAt: before === noQueue || flow?.given.by === 'afterTalk' ? at : enqueuedAt,
    isReturning: false,
  }
  const { effects = [] } = queueUp({ ...context, ...change }, at)
  const moved = reportRequeue(context, queue.queueId, at)
  return { change, effects: isByCommand ? [moved, ...effects] : effects }
}

/** The flow ended the call, or sent it to the dialplan. */
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
    // Marks first: otherwise a snapshot taken during the transfer would show a caller of ours.
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

/** Hangs up a call that cannot join the queue that its flow names: nobody would ever serve it. */
export function turnAway(context: CallContext, { at }: Of<'queueFound'>): Step {
  const exit = {
    type: 'hangUp',
    legId: context.callId,
    cause: 'NORMAL_TEMPORARY_FAILURE',
  } as const
  return { change: { exit }, effects: [...reportEnd(context, 'noQueue', at), send(exit)] }
}

/** The caller hung up during a flow. */
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

/** The dialplan moved the caller elsewhere during a flow. */
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

/**
 * Publishes how a call ended in a flow. Nothing after a conversation: `call.completed` has been
 * published.
 */
function reportEnd(context: CallContext, end: End, at: EpochMs): readonly CallEffect[] {
  return context.flow?.given.by === 'afterTalk' ? [] : [publish(endOf(context, end, at))]
}

/** The final event of a call that ends in a flow. */
function endOf(context: CallContext, end: End, at: EpochMs): EngineEvent {
  const { tenant, callId, enqueuedAt, queue, flow } = context
  const about = { tenant, callId, at, flow: flow?.given.name ?? '' }
  if (queue !== noQueue) {
    // The wait ended when the flow began, by overflow or by command.
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
