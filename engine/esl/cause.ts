import type { OfferOutcome } from '../catalogue/outcomes.ts'

const outcomes: Readonly<Record<string, OfferOutcome>> = {
  USER_BUSY: 'busy',
  CALL_REJECTED: 'declined',
  NO_ANSWER: 'noAnswer',
  ALLOTTED_TIMEOUT: 'noAnswer',
  NO_USER_RESPONSE: 'noAnswer',
  PROGRESS_TIMEOUT: 'noAnswer',
  ORIGINATOR_CANCEL: 'withdrawn',
  LOSE_RACE: 'withdrawn',
  SUBSCRIBER_ABSENT: 'unreachable',
  USER_NOT_REGISTERED: 'unreachable',
  UNALLOCATED_NUMBER: 'unreachable',
  NO_ROUTE_DESTINATION: 'unreachable',
  NO_ROUTE_TRANSIT_NET: 'unreachable',
  DESTINATION_OUT_OF_ORDER: 'unreachable',
  NETWORK_OUT_OF_ORDER: 'unreachable',
  NORMAL_TEMPORARY_FAILURE: 'unreachable',
  RECOVERY_ON_TIMER_EXPIRE: 'unreachable',
  GATEWAY_DOWN: 'unreachable',
  INVALID_GATEWAY: 'unreachable',
  // A channel that ended before it was set up, for example for an unknown gateway: the switch gives no other cause.
  NONE: 'unreachable',
  INVALID_PROFILE: 'unreachable',
  INVALID_URL: 'unreachable',
  INVALID_NUMBER_FORMAT: 'unreachable',
  CHAN_NOT_IMPLEMENTED: 'unreachable',
  INCOMPATIBLE_DESTINATION: 'unreachable',
  // A phone that forwards its calls (302), with `outbound_redirect_fatal` (sofia.c).
  REQUESTED_CHAN_UNAVAIL: 'unreachable',
}

/**
 * The outcome of an offer that ended with a FreeSWITCH hang-up cause
 * (`originate_disposition`). A cause that is not in the table is `failed`: the
 * switch's fault, not the agent's.
 */
export function offerOutcome(cause: string): OfferOutcome {
  return outcomes[cause] ?? 'failed'
}

const lostCauses: ReadonlySet<string> = new Set([
  'DESTINATION_OUT_OF_ORDER',
  'MANAGER_REQUEST',
  'NETWORK_OUT_OF_ORDER',
  'NORMAL_TEMPORARY_FAILURE',
  'RECOVERY_ON_TIMER_EXPIRE',
  'SERVICE_NOT_IMPLEMENTED',
  'SWITCH_CONGESTION',
  'SYSTEM_SHUTDOWN',
])

/** Whether a waiting caller's hang-up cause means that the call was cut off, not hung up by the caller. */
export function isLostCause(cause: string): boolean {
  return lostCauses.has(cause)
}
