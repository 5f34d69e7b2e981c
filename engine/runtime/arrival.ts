import type { CallQueue, ChargedQueue, FoundCall } from '../call/call-event.ts'
import { LiveCall } from '../call/live-call.ts'
import type { CallId, EpochMs } from '../core/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { Switch } from '../switch/switch.ts'
import type { CallFacts } from './call-facts.ts'
import type { CallHandle } from './call-registry.ts'

interface Arrival {
  readonly tenant: CallHandle['tenant']
  readonly callId: CallId
  readonly home: Switch
  readonly channel: CallerChannel
  readonly queue: CallQueue
  readonly chargedTo: ChargedQueue | undefined
  readonly facts: CallFacts
  readonly found: FoundCall | undefined
  readonly key: string
  readonly at: EpochMs
}

/** Makes a call of a channel that came to us, or was found. */
export function createHandle(arrival: Arrival): CallHandle {
  const { tenant, callId, home, channel, queue, chargedTo, facts, found, key, at } = arrival
  const { dialledNumber, priority = 0, wayOutTask } = channel
  const enqueuedAt = placeOf(channel, found, at)
  const isStill = isWhereTaken(channel, found)
  const enteredAt = isStill ? Math.min(channel.enteredAt ?? enqueuedAt, at) : at
  const call = new LiveCall({
    tenant: tenant.id,
    callId,
    queue,
    dialledNumber,
    enqueuedAt,
    enteredAt,
    chargedTo: isStill ? chargedTo : undefined,
    priority,
    requires: facts.requires,
    preferred: facts.preferred,
    wayOutTask,
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
    sequence: 1,
    legs: new Map(),
    changedAt: at,
    judgedAt: 0,
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
