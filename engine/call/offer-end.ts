import { noCause, unheardCause } from '../catalogue/hangup-causes.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'

/** How a leg of an offer ended, or the offer as a whole. */
export interface OfferEnd {
  readonly outcome: OfferOutcome
  /** The hang-up cause of the switch, or a cause of our own; for reports. */
  readonly cause: string
}

/** The event that ended it was missed. */
export const endMissed: OfferEnd = { outcome: 'failed', cause: unheardCause }

/** The engine withdrew it. */
export const withdrawn: OfferEnd = { outcome: 'withdrawn', cause: 'ORIGINATOR_CANCEL' }

/** The leg was never created on the switch. */
export const legNotFound: OfferEnd = { outcome: 'unreachable', cause: 'NO_ROUTE_DESTINATION' }

/**
 * Chooses between the end of a leg and the end of the whole offer. The leg's is more specific,
 * unless it has no cause or was only a cancellation. So when an agent answers and is gone before
 * the join, all phones count as `failed` and rest: the same offer cannot repeat at once, endlessly.
 */
export function moreSpecific(own: OfferEnd | undefined, whole: OfferEnd): OfferEnd {
  return own === undefined || own.cause === noCause || own.outcome === 'withdrawn' ? whole : own
}
