import type { EngineEvent } from '../catalogue/events/events.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import {
  activeLegs,
  type CallContext,
  callFields,
  hangUp,
  mark,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  waited,
  waitedHere,
} from './call-context.ts'
import type { Overflow } from './call-event.ts'
import { enterFlow } from './flowing.ts'
import { queueUp } from './waiting.ts'

/** The dialplan moved the caller elsewhere. */
export function handOver(context: CallContext, at: EpochMs): Step {
  const { callId, talk, standing } = context
  const data = callFields(context, at)
  if (talk !== undefined) {
    const talkMs = Math.max(0, at - talk.since)
    return {
      effects: [
        publish({ type: 'call.transferred', data: { ...data, agent: talk.agentId, talkMs } }),
        mark(context, { state: 'served' }),
      ],
    }
  }
  const ringing = standing?.legs ?? []
  return {
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      ...reportWithdrawal(context, 'transferred', at),
      publish({ type: 'call.transferred', data: { ...data, talkMs: 0 } }),
      notifyCore({ type: 'callLeft', callId }),
      mark(context, { state: 'left' }),
    ],
  }
}

/** The caller hung up or was cut off before an agent answered. */
export function giveUp(context: CallContext, { cause, isLost, at }: Of<'callerGone'>): Step {
  const { callId } = context
  const wasRinging = activeLegs(context).length > 0
  const ended: EngineEvent = isLost
    ? { type: 'call.lost', data: { ...callFields(context, at), reason: cause } }
    : {
        type: 'call.abandoned',
        data: {
          ...callFields(context, at),
          waitMs: waited(context, at),
          queueWaitMs: waitedHere(context, at),
          wasRinging,
        },
      }
  return {
    effects: [
      ...reportWithdrawal(context, 'ORIGINATOR_CANCEL', at),
      publish(ended),
      notifyCore({ type: 'callLeft', callId }),
    ],
  }
}

function reportWithdrawal(context: CallContext, cause: string, at: EpochMs) {
  const { standing } = context
  return standing === undefined
    ? []
    : activeLegs(context).map(({ agentId }) =>
        reportOfferEnd(context, standing, agentId, 'withdrawn', cause, at),
      )
}

/**
 * Where a call goes when it overflows. It never returns, at the same instant, to a queue that it
 * overflowed from.
 */
export function wayOut(
  { queue, overflowedFrom }: CallContext,
  { overflow: way, at }: Of<'givenUp'>,
): Overflow {
  const isTried =
    way.type === 'queue' &&
    (way.queue.queueId === queue.queueId ||
      (overflowedFrom.at === at && overflowedFrom.queueIds.includes(way.queue.queueId)))
  return isTried ? { type: 'hangUp', cause: 'NORMAL_TEMPORARY_FAILURE' } : way
}

/** The call overflows to the destination that its queue configures. */
export function overflow(context: CallContext, event: Of<'givenUp'>): Step {
  const { callId, queue, chargedTo, overflowedFrom } = context
  const { reason, at } = event
  const way = wayOut(context, event)
  const { queueId, serviceLevelMs } = queue
  const given = {
    chargedTo: chargedTo ?? { queueId, serviceLevelMs },
    overflowedFrom: {
      at,
      queueIds: [...(overflowedFrom.at === at ? overflowedFrom.queueIds : []), queueId],
    },
  }
  const left = [
    notifyCore({ type: 'callLeft', callId }),
    publish({
      type: 'call.overflowed',
      data: {
        ...callFields(context, at),
        waitMs: waited(context, at),
        queueWaitMs: waitedHere(context, at),
        reason,
        to: describe(way),
        ...(way.type === 'queue' ? { toQueue: way.queue.queueId } : {}),
        ...(way.type === 'flow' ? { toFlow: way.flow.name } : {}),
      },
    }),
  ]
  switch (way.type) {
    case 'hangUp': {
      const exit = { type: 'hangUp', legId: callId, cause: way.cause } as const
      return { change: { exit }, effects: [...left, send(exit)] }
    }
    case 'transfer': {
      const { extension, dialplan } = way
      const exit = { type: 'transfer', callId, extension, dialplan, context: way.context } as const
      // Marks first: otherwise a snapshot taken during the transfer would show a caller of ours.
      return { change: { exit }, effects: [...left, mark(context, { state: 'left' }), send(exit)] }
    }
    case 'flow': {
      const change = { ...given, found: undefined, next: undefined }
      const entered = enterFlow({ ...context, ...change }, way.flow, at)
      return {
        change: { ...change, ...entered.change },
        effects: [...left, ...(entered.effects ?? [])],
      }
    }
    case 'queue': {
      const change = {
        ...given,
        queue: way.queue,
        enteredAt: at,
        found: undefined,
        isReturning: false,
        wayOutTask: undefined,
      }
      const { effects = [] } = queueUp({ ...context, ...change }, at)
      return { change, effects: [...left, ...effects] }
    }
  }
}

/** The caller who was sent away is still there: repeats the command. */
export function leaveAgain({ exit }: CallContext): Step {
  return exit === undefined ? {} : { effects: [send(exit)] }
}

function describe(way: Overflow): string {
  switch (way.type) {
    case 'queue':
      return `queue ${way.queue.queueId}`
    case 'flow':
      return `flow ${way.flow.name}`
    case 'transfer':
      return `transfer ${way.extension}`
    case 'hangUp':
      return `hangup ${way.cause}`
  }
}
