import { type CallInput, type FoundCall, noQueue } from '../call/call-event.ts'
import { LiveCall } from '../call/live-call.ts'
import type { EpochMs, QueueId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CallHandle } from './call-registry.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow, callQueue } from './translation.ts'

/** What a call starts with beside what its channel says. */
type CallStart = Pick<
  CallInput,
  | 'callId'
  | 'queue'
  | 'flow'
  | 'chargedTo'
  | 'requires'
  | 'preferred'
  | 'found'
  | 'origin'
  | 'dialled'
  | 'holdUntil'
  | 'at'
>

/**
 * Decides where a call begins. A call that was found on the switch begins in the flow or queue it
 * was in. Otherwise the channel names the queue, or the routes decide.
 *
 * @returns the start, or why there is none; `served`: the call was served and nothing is left to do
 */
export function findStart(
  settings: TenantSettings,
  channel: CallerChannel,
  found: FoundCall | undefined,
  newId: () => string,
): Pick<CallStart, 'queue' | 'flow'> | 'noRoute' | 'unknownQueue' | 'served' {
  const { inQueue, inFlow = '', flowBy, state, dialledNumber } = channel
  const isStill = isWhereTaken(channel, found)
  if (flowBy === 'originate' && state === undefined) {
    const flow = callFlow(settings, inFlow, 'originate', newId)
    return flow === undefined ? 'noRoute' : { flow, queue: noQueue }
  }
  if (isStill && state === 'inFlow' && found?.talk === undefined) {
    const flow = callFlow(settings, inFlow, flowBy ?? 'route', newId)
    if (flow !== undefined) {
      return { flow, queue: callQueue(settings, inQueue as QueueId) ?? noQueue }
    }
    if (flowBy === 'afterTalk') {
      return 'served'
    }
  }
  const named = (isStill ? inQueue : undefined) ?? channel.queue
  const target =
    named === undefined
      ? settings.findRoute(dialledNumber)
      : ({ type: 'queue', queueId: named as QueueId } as const)
  if (target?.type === 'flow') {
    const flow = callFlow(settings, target.flow, 'route', newId)
    return flow === undefined ? 'noRoute' : { flow, queue: noQueue }
  }
  const queue = target === undefined ? undefined : callQueue(settings, target.queueId)
  return queue === undefined
    ? named === undefined
      ? 'noRoute'
      : 'unknownQueue'
    : { queue, flow: undefined }
}

/** Creates the call for a channel that arrived, or was found on the switch. */
export function createHandle(
  owner: Pick<CallHandle, 'tenant' | 'home' | 'key' | 'sequence'>,
  channel: CallerChannel,
  start: CallStart,
): CallHandle {
  const { callId, found, at } = start
  const { dialledNumber, priority = 0, wayOutTask } = channel
  const enqueuedAt = placeOf(channel, found, at)
  const isStill = isWhereTaken(channel, found)
  const call = new LiveCall({
    ...start,
    ...{ tenant: owner.tenant.id, dialledNumber, enqueuedAt, priority, wayOutTask },
    enteredAt: isStill ? Math.min(channel.enteredAt ?? enqueuedAt, at) : at,
    chargedTo: isStill ? start.chargedTo : undefined,
    isReturning: isStill && channel.enqueuedAt !== undefined,
  })
  return {
    ...owner,
    callId,
    call,
    dialledNumber,
    bornAt: at,
    isAdopted: found !== undefined,
    legs: new Map(),
    changedAt: at,
    reconciledAt: 0,
  }
}

/** Whether a caller who was found has not been transferred since an engine took the call. */
export function isWhereTaken(
  { takenNumber, dialledNumber }: CallerChannel,
  found: FoundCall | undefined,
): boolean {
  return found !== undefined && takenNumber === dialledNumber
}

/** A caller whom an agent has served gets a new place; any other keeps their place. */
function placeOf(
  { state, enqueuedAt }: CallerChannel,
  found: FoundCall | undefined,
  at: EpochMs,
): EpochMs {
  const isServed = (state === 'talking' || state === 'served') && found?.talk === undefined
  return isServed || enqueuedAt === undefined ? at : Math.min(enqueuedAt, at)
}
