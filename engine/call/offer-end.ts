import { noCause, unheardCause } from '../catalogue/hangup-causes.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'

/** How a leg of an offer ended, or the offer as a whole. */
export interface OfferEnd {
  readonly outcome: OfferOutcome
  /** The switch's own word for it, or ours, for reports. */
  readonly cause: string
}

/** Nobody heard how it ended. */
export const endMissed: OfferEnd = { outcome: 'failed', cause: unheardCause }

/** Nobody wanted it any more. */
export const withdrawn: OfferEnd = { outcome: 'withdrawn', cause: 'ORIGINATOR_CANCEL' }

/** The phone never came to be. */
export const legNotFound: OfferEnd = { outcome: 'unreachable', cause: 'NO_ROUTE_DESTINATION' }

/**
 * A leg's own end says more than the offer's, unless it has no cause, or it was only cancelled:
 * an answer that led to nothing must not come back at once, over and over.
 */
export function moreSpecific(own: OfferEnd | undefined, whole: OfferEnd): OfferEnd {
  return own === undefined || own.cause === noCause || own.outcome === 'withdrawn' ? whole : own
}
