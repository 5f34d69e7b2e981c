/**
 * Causes with which the engine can hang up a caller. The names are those of Q.850 as FreeSWITCH
 * writes them; the adapter of another switch translates them.
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

/** Reported as the cause when the switch gives none. */
export const noCause = 'NONE'

/** Reported as the cause of an end that happened while the engine was not connected. */
export const unheardCause = 'UNHEARD'
