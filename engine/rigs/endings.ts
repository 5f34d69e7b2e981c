import type { OfferOutcome } from '../catalogue/outcomes.ts'
import { isLostCause, offerOutcome } from '../esl/cause.ts'

/** The end of an offer, as the port reports it for a FreeSWITCH. */
export function endedBy(cause: string): { outcome: OfferOutcome; cause: string } {
  return { outcome: offerOutcome(cause), cause }
}

/** The end of a leg, as the port reports it for a FreeSWITCH. */
export function hungUpBy(cause: string): {
  outcome: OfferOutcome
  isLost: boolean
  cause: string
} {
  return { outcome: offerOutcome(cause), isLost: isLostCause(cause), cause }
}
