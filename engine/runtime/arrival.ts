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

/** What a call asks of its agent, in place of its queue's own. */
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
  /** Of the last event that was published of it. */
  readonly sequence: number
  readonly at: EpochMs
}

/**
 * Where a call begins: with its flow or in its queue for one that was found there, else in
 * the queue that it names, else where the routes lead.
 *
 * @returns why nothing takes it, where nothing does; `served`: all that was to be done for it has been
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

/** Makes a call of a channel that came to us, or was found. */
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

/** Whether a caller who was found is still where an engine took them: no transfer came between. */
export function isWhereTaken(
  { takenNumber, dialledNumber }: CallerChannel,
  found: FoundCall | undefined,
): boolean {
  return found !== undefined && takenNumber === dialledNumber
}

/** The place of a caller whom an agent has served is used up; any other keeps the place they were given. */
function placeOf(
  { state, enqueuedAt }: CallerChannel,
  found: FoundCall | undefined,
  at: EpochMs,
): EpochMs {
  const isServed = (state === 'talking' || state === 'served') && found?.talk === undefined
  return isServed || enqueuedAt === undefined ? at : Math.min(enqueuedAt, at)
}
