import type { CallEffect, CallInput, CallQueue } from '../call/call-event.ts'
import { LiveCall } from '../call/live-call.ts'
import { ids } from './ids.ts'

/** The caller of {@link startCall}. */
export const callId = ids.call('caller')

/** A queue as calls see it, with music and no ringback. */
export function callQueue(name: string): CallQueue {
  return { queueId: ids.queue(name), music: 'moh', ringback: undefined, serviceLevelMs: 20_000 }
}

/** A call to `1000` that has waited in the queue `sales` since 1,000 ms; `over` replaces any of it. */
export function startCall(over: Partial<CallInput> = {}): {
  readonly call: LiveCall
  /** The effects it returned at the start. */
  readonly first: readonly CallEffect[]
} {
  const call = new LiveCall({
    tenant: 'acme',
    callId,
    queue: callQueue('sales'),
    flow: undefined,
    dialledNumber: '1000',
    enqueuedAt: 1_000,
    enteredAt: 1_000,
    chargedTo: undefined,
    origin: undefined,
    dialled: undefined,
    holdUntil: undefined,
    priority: 0,
    requires: undefined,
    preferred: undefined,
    wayOutTask: '7',
    isReturning: false,
    found: undefined,
    at: 1_000,
    ...over,
  })
  return { call, first: call.start() }
}
