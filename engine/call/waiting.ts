import { writeNeeds } from '../catalogue/events/needs.ts'
import type { EpochMs, LegId } from '../catalogue/ids.ts'
import { markNeeds } from '../switch/marks.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  takeCall,
  waited,
  waitedHere,
} from './call-context.ts'
import type { CallEffect } from './call-event.ts'

/** Puts the call in its queue: writes its marks, passes it to the core and publishes `call.queued`. */
export function queueUp(
  context: CallContext,
  at: EpochMs,
  isAdopted = context.found !== undefined,
): Step {
  return {
    effects: [
      takeCall(context),
      // Before the event, which contains the position that the core gave the call.
      askForAgent(context, context.isReturning),
      queueEvent(context, at, isAdopted),
    ],
  }
}

/** An effect: publish `call.queued`. */
export function queueEvent(context: CallContext, at: EpochMs, isAdopted: boolean): CallEffect {
  const { enqueuedAt, priority } = context
  return publish({
    type: 'call.queued',
    data: {
      ...callFields(context, at),
      enqueuedAt,
      queueWaitMs: waitedHere(context, at),
      priority,
      ...writeNeeds(context),
      isAdopted,
    },
  })
}

/** Applies a change to the call and its marks, without telling the core. */
export function applyChange(
  { callId, enqueuedAt }: CallContext,
  { type: _type, at: _at, ...change }: Of<'changed'>,
): Step {
  const { priority } = change
  const place = Math.min(enqueuedAt, change.enqueuedAt ?? enqueuedAt)
  const marks = {
    ...(priority === undefined ? {} : { priority }),
    ...(place === enqueuedAt ? {} : { enqueuedAt: place }),
    ...markNeeds(change),
  }
  return {
    change: { ...change, enqueuedAt: place },
    effects: [send({ type: 'markCall', callId, marks })],
  }
}

/** Ends the hold: the call enters its queue unclassified. */
export function beginWaiting(context: CallContext, at: EpochMs): Step {
  const change = { holdUntil: undefined }
  return { change, ...queueUp({ ...context, ...change }, at) }
}

/** The call was classified while it was held back: it enters its queue with that change. */
export function beginClassified(context: CallContext, event: Of<'changed'>): Step {
  const { at } = event
  const noted = applyChange(context, event)
  const begun = beginWaiting({ ...context, ...noted.change }, at)
  return {
    change: { ...noted.change, ...begun.change },
    effects: [...(noted.effects ?? []), ...(begun.effects ?? [])],
  }
}

/** The switch was lost while the call was held back: the call enters its queue, then is suspended. */
export function beginSuspended(context: CallContext, at: EpochMs): Step {
  const begun = beginWaiting(context, at)
  const suspended = suspend({ ...context, ...begun.change }, at)
  return {
    change: { ...begun.change, ...suspended.change },
    effects: [...(begun.effects ?? []), ...(suspended.effects ?? [])],
  }
}

/** An effect: have the core look for an agent. */
export function askForAgent(context: CallContext, isReturning: boolean): CallEffect {
  const { callId, queue, enqueuedAt, enteredAt, priority, requires, preferred } = context
  const { queueId } = queue
  return notifyCore({
    type: 'callQueued',
    callId,
    queueId,
    enqueuedAt,
    enteredAt,
    priority,
    ...(requires === undefined ? {} : { requires }),
    ...(preferred === undefined ? {} : { preferred }),
    ...(isReturning ? { isReturning } : {}),
  })
}

/** No agent at present: starts the queue's music, once. */
export function wait(context: CallContext): Step {
  const { callId, queue, isMusicOn, standing } = context
  if (isMusicOn || standing !== undefined || queue.music === undefined) {
    return {}
  }
  return {
    change: { isMusicOn: true },
    effects: [send({ type: 'playMusic', callId, source: queue.music })],
  }
}

/** Publishes that a timed action of the queue is due. */
export function reportAction(context: CallContext, event: Of<'actionDue'>): Step {
  const { name, count, data, at } = event
  const [waitMs, queueWaitMs] = [waited(context, at), waitedHere(context, at)]
  return {
    effects: [
      publish({
        type: 'call.actionDue',
        data: { ...callFields(context, at), name, count, waitMs, queueWaitMs, data },
      }),
    ],
  }
}

/** Removes a stray leg that is gone. */
export function dropStray({ strays }: CallContext, legId: LegId): Step {
  return strays.includes(legId)
    ? { change: { strays: strays.filter((stray) => stray !== legId) } }
    : {}
}

/**
 * The switch is disconnected: takes the call out of the core's queue. Otherwise agents would be
 * reserved whose phones cannot be rung, and the missed offers would count against them.
 */
export function suspend(context: CallContext, at: EpochMs): Step {
  const { callId, standing } = context
  const reports =
    standing === undefined
      ? []
      : activeLegs(context).map(({ agentId }) =>
          reportOfferEnd(context, standing, agentId, 'withdrawn', 'SWITCH_AWAY', at),
        )
  const releasedLegs = standing?.legs.map(({ legId }) => legId) ?? []
  return {
    change: { releasedLegs, next: undefined },
    effects: [...reports, notifyCore({ type: 'callLeft', callId })],
  }
}

/** The switch is back: the call returns to its old place. */
export function restore(context: CallContext): Step {
  const ringing = context.standing?.legs ?? []
  return {
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      askForAgent(context, true),
    ],
  }
}
