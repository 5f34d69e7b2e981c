import {
  type CallFlow,
  type CallQueue,
  type ChargedQueue,
  type Dialled,
  type FoundCall,
  noQueue,
} from '../call/call-event.ts'
import { LiveCall } from '../call/live-call.ts'
import type { CallId, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CallOrigin } from '../switch/marks.ts'
import type { Switch } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow, callQueue } from './translation.ts'

/** What a call requires of its agent, in place of its queue's requirement. */
export interface Needs {
  readonly requires?: Requirement | undefined
  readonly preferred?: Preferred | undefined
}

interface Arrival {
  readonly tenant: CallHandle['tenant']
  readonly callId: CallId
  readonly home: Switch
  readonly channel: CallerChannel
  readonly queue: CallQueue
  readonly flow: CallFlow | undefined
  readonly chargedTo: ChargedQueue | undefined
  readonly needs: Needs
  readonly found: FoundCall | undefined
  readonly origin: CallOrigin | undefined
  readonly dialled: Dialled | undefined
  readonly holdUntil: EpochMs | undefined
  readonly key: string
  /** The sequence number of the last event published about it. */
  readonly sequence: number
  readonly at: EpochMs
}

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
): Pick<Arrival, 'queue' | 'flow'> | 'noRoute' | 'unknownQueue' | 'served' {
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
export function createHandle(arrival: Arrival): CallHandle {
  const { tenant, callId, home, channel, queue, flow, chargedTo, needs, found, key, at } = arrival
  const { origin, dialled, holdUntil, sequence } = arrival
  const { dialledNumber, priority = 0, wayOutTask } = channel
  const enqueuedAt = placeOf(channel, found, at)
  const isStill = isWhereTaken(channel, found)
  const enteredAt = isStill ? Math.min(channel.enteredAt ?? enqueuedAt, at) : at
  const call = new LiveCall({
    tenant: tenant.id,
    callId,
    queue,
    flow,
    dialledNumber,
    enqueuedAt,
    enteredAt,
    chargedTo: isStill ? chargedTo : undefined,
    priority,
    requires: needs.requires,
    preferred: needs.preferred,
    wayOutTask,
    origin,
    dialled,
    holdUntil,
    isReturning: isStill && channel.enqueuedAt !== undefined,
    found,
    at,
  })
  return {
    callId,
    tenant,
    home,
    call,
    key,
    dialledNumber,
    bornAt: at,
    isAdopted: found !== undefined,
    sequence,
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
