import type { EngineEvent } from '../bus/events.ts'
import type { EpochMs } from '../core/ids.ts'
import { isLostCause } from '../switch/cause.ts'
import {
  type CallContext,
  hangUp,
  mark,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  subject,
  tell,
  waited,
} from './call-context.ts'
import type { Overflow } from './call-event.ts'
import { queueUp } from './waiting.ts'

/** The dialplan took the caller away. */
export function handOver(context: CallContext, at: EpochMs): Step {
  const { callId, talk, standing, isWithdrawn } = context
  const data = subject(context, at)
  if (talk !== undefined) {
    const talkMs = Math.max(0, at - talk.since)
    return {
      effects: [
        publish({ type: 'call.transferred', data: { ...data, agent: talk.agentId, talkMs } }),
        mark(context, 'served'),
      ],
    }
  }
  const ringing = standing?.legs ?? []
  return {
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      ...(isWithdrawn ? [] : reportWithdrawal(context, 'transferred', at)),
      publish({ type: 'call.transferred', data: { ...data, talkMs: 0 } }),
      tell({ type: 'callLeft', callId }),
      mark(context, 'left'),
    ],
  }
}

/** The caller hung up before anyone answered, or was lost. */
export function giveUp(context: CallContext, { cause, at }: Of<'callerGone'>): Step {
  const { tenant, callId, queue, standing, isWithdrawn } = context
  const wasRinging = standing !== undefined && !isWithdrawn
  const ended: EngineEvent = isLostCause(cause)
    ? { type: 'call.lost', data: { tenant, callId, at, queue: queue.queueId, reason: cause } }
    : {
        type: 'call.abandoned',
        data: { ...subject(context, at), waitMs: waited(context, at), wasRinging },
      }
  return {
    effects: [
      ...(wasRinging ? reportWithdrawal(context, 'ORIGINATOR_CANCEL', at) : []),
      publish(ended),
      tell({ type: 'callLeft', callId }),
    ],
  }
}

function reportWithdrawal(context: CallContext, cause: string, at: EpochMs) {
  const { standing } = context
  return standing === undefined
    ? []
    : standing.legs.map(({ agentId }) =>
        reportOfferEnd(context, standing, agentId, 'withdrawn', cause, at),
      )
}

/** The queue gives the caller up, to where its configuration says. */
export function overflow(context: CallContext, { overflow: way, at }: Of<'maxWaitReached'>): Step {
  const { callId } = context
  const left = [
    tell({ type: 'callLeft', callId }),
    publish({
      type: 'call.overflowed',
      data: {
        ...subject(context, at),
        waitMs: waited(context, at),
        reason: 'maxWait',
        to: describe(way),
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
      // Marked first, so that the channel is not taken for a caller of ours on its way out.
      return { change: { exit }, effects: [...left, mark(context, 'left'), send(exit)] }
    }
    case 'queue': {
      const change = { queue: way.queue, enteredAt: at, found: undefined, wayOutTask: undefined }
      const { effects = [] } = queueUp({ ...context, ...change }, at)
      return { change, effects: [...left, ...effects] }
    }
  }
}

/** An overflowed caller is still there: the switch has not done what was asked. */
export function leaveAgain({ exit }: CallContext): Step {
  return exit === undefined ? {} : { effects: [send(exit)] }
}

function describe(way: Overflow): string {
  switch (way.type) {
    case 'queue':
      return `queue ${way.queue.queueId}`
    case 'transfer':
      return `transfer ${way.extension}`
    case 'hangUp':
      return `hangup ${way.cause}`
  }
}
