/**
 * Causes that make sense as the engine's answer to a caller. The words are those of Q.850 as
 * FreeSWITCH writes them; the adapter of another switch puts them in its own.
 */
export const hangupCauses = [
  'NORMAL_CLEARING',
  'USER_BUSY',
  'NO_USER_RESPONSE',
  'NO_ANSWER',
  'SUBSCRIBER_ABSENT',
  'CALL_REJECTED',
  'UNALLOCATED_NUMBER',
  'NO_ROUTE_DESTINATION',
  'DESTINATION_OUT_OF_ORDER',
  'FACILITY_REJECTED',
  'NORMAL_UNSPECIFIED',
  'NORMAL_CIRCUIT_CONGESTION',
  'NETWORK_OUT_OF_ORDER',
  'NORMAL_TEMPORARY_FAILURE',
  'SWITCH_CONGESTION',
  'REQUESTED_CHAN_UNAVAIL',
  'OUTGOING_CALL_BARRED',
  'INCOMING_CALL_BARRED',
  'SERVICE_UNAVAILABLE',
  'RECOVERY_ON_TIMER_EXPIRE',
] as const

/** What is told of an end for which the switch has no cause. */
export const noCause = 'NONE'

/** What is told of an end that nobody heard of: the switch had it when nobody was listening. */
export const unheardCause = 'UNHEARD'
