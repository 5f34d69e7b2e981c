import { promptMark } from './prompt-mark.ts'

/** Events that pass the filters for every channel. */
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

/** The events that the adapter subscribes to; the filters let through only some of the last two. */
export const subscribedEvents: readonly string[] = [
  ...wholeEvents,
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_DESTROY',
]

/**
 * The `filter HEADER VALUE` lines. The switch sends an event that matches any of
 * them (mod_event_socket.c, event_handler), so each event has its own line.
 * CHANNEL_EXECUTE_COMPLETE passes only for `bridge` and for prompts (not for
 * music, which is a `playback` too); CHANNEL_DESTROY only for channels that ended
 * before they were set up and so have no CHANNEL_HANGUP_COMPLETE
 * (trace offer-by-bridge-busy-rejected-unreachable, INVALID_GATEWAY).
 */
export const subscriptionFilters: readonly (readonly [header: string, value: string])[] = [
  ...wholeEvents.map((name) => ['Event-Name', name] as const),
  ['Application', 'bridge'],
  ['Application-UUID-Name', promptMark],
  ['Channel-State', 'CS_NONE'],
]
