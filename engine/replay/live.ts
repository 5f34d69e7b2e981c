import type { AgentId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { CallNews, Place } from './news.ts'
import type { Caller, PickUp } from './world.ts'

/** Phones that ring for a call. */
export interface Offer {
  readonly offerId: string
  readonly ringing: Set<AgentId>
}

/** A call that waits or talks in a simulated day. */
export interface Live extends Place {
  caller: Caller
  readonly news: CallNews
  queueId: QueueId
  enteredAt: EpochMs
  chargedTo: QueueId | undefined
  /** The queues that gave it up at one instant: it is not sent back to them then. */
  tried: { readonly at: EpochMs; readonly queueIds: readonly QueueId[] }
  isTalking: boolean
  offer: Offer | undefined
  offers: number
  /** By agent: how often the call was offered to them. */
  readonly attempts: Map<AgentId, number>
}

/** A call that has just come to its first queue. */
export function startLife(news: CallNews, caller: Caller): Live {
  return {
    caller,
    news,
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

/** A phone rings no longer than the queue lets it. */
export function withinRing({ outcome, afterMs }: PickUp, ringMs: DurationMs): PickUp {
  return outcome === 'noAnswer' || afterMs >= ringMs
    ? { outcome: 'noAnswer', afterMs: ringMs }
    : { outcome, afterMs }
}
