import { promptMark } from './prompt-mark.ts'

/** Events that pass whatever channel they are of. */
const wholeEvents = [
  'CHANNEL_PARK',
  'CHANNEL_UNPARK',
  'CHANNEL_ANSWER',
  'CHANNEL_BRIDGE',
  'CHANNEL_UNBRIDGE',
  'CHANNEL_HOLD',
  'CHANNEL_UNHOLD',
  'CHANNEL_HANGUP_COMPLETE',
  'BACKGROUND_JOB',
]

/** What the adapter subscribes to; the filters thin out the last two. */
export const subscribedEvents: readonly string[] = [
  ...wholeEvents,
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_DESTROY',
]

/**
 * `filter HEADER VALUE` lines. The switch sends an event that matches any of
 * them (mod_event_socket.c, event_handler), so each event has its own: of
 * CHANNEL_EXECUTE_COMPLETE only those of `bridge` and of prompts (not of music,
 * which is a `playback` too), of CHANNEL_DESTROY only those
 * of channels that died before they lived and so have no CHANNEL_HANGUP_COMPLETE
 * (trace offer-by-bridge-busy-rejected-unreachable, INVALID_GATEWAY).
 */
export const subscriptionFilters: readonly (readonly [header: string, value: string])[] = [
  ...wholeEvents.map((name) => ['Event-Name', name] as const),
  ['Application', 'bridge'],
  ['Application-UUID-Name', promptMark],
  ['Channel-State', 'CS_NONE'],
]
