import type { AgentId, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { CallEvents, Place } from './call-events.ts'
import type { Caller } from './world.ts'

/** An offer that is open: the agents whose phones ring for a call. */
export interface Offer {
  readonly offerId: string
  readonly ringing: Set<AgentId>
}

/** A call that waits or talks in a simulated day. */
export interface SimulatedCall extends Place {
  caller: Caller
  readonly events: CallEvents
  queueId: QueueId
  enteredAt: EpochMs
  chargedTo: QueueId | undefined
  /** The queues that gave it up at one instant. At that instant it does not go back to them. */
  tried: { readonly at: EpochMs; readonly queueIds: readonly QueueId[] }
  isTalking: boolean
  offer: Offer | undefined
  /** How often it was offered. */
  offers: number
  /** How often it was offered to each agent. */
  readonly attempts: Map<AgentId, number>
}

/** Creates a call that has just entered its first queue. */
export function createSimulatedCall(events: CallEvents, caller: Caller): SimulatedCall {
  return {
    caller,
    events,
    queueId: caller.queueId,
    enteredAt: caller.enteredAt,
    chargedTo: caller.chargedTo,
    tried: { at: caller.at, queueIds: [] },
    isTalking: false,
    offer: undefined,
    offers: 0,
    attempts: new Map(),
  }
}
