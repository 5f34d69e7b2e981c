/** How much of a channel an event carries. */
export type EventScope =
  /** Nothing: the event does not concern a channel. */
  | 'none'
  /** State and caller profile, no variables. */
  | 'brief'
  | 'full'
  /** Everything, with the variables that the end of a channel adds. */
  | 'final'

interface EventKind {
  readonly scope: EventScope
  /** Event-Calling-File, -Function and -Line-Number of FreeSWITCH 1.11.3-dev. */
  readonly calledFrom: readonly [file: string, functionName: string, line: number]
}

/** The events that the simulated switch sends. */
export const eventKinds = {
  CHANNEL_CREATE: full('switch_core_state_machine.c', 'switch_core_session_run', 626),
  CHANNEL_OUTGOING: {
    scope: 'brief',
    calledFrom: ['switch_core_session.c', 'switch_core_session_outgoing_channel', 768],
  },
  CHANNEL_UUID: full('switch_core_session.c', 'switch_core_session_set_uuid', 2056),
  CHANNEL_ORIGINATE: full('switch_core_state_machine.c', 'switch_core_session_run', 632),
  CHANNEL_PROGRESS: full('switch_channel.c', 'switch_channel_perform_mark_ring_ready_value', 3507),
  CHANNEL_ANSWER: full('switch_channel.c', 'switch_channel_perform_mark_answered', 3848),
  CHANNEL_EXECUTE: full('switch_core_session.c', 'switch_core_session_exec', 2949),
  CHANNEL_EXECUTE_COMPLETE: full('switch_core_session.c', 'switch_core_session_exec', 2972),
  CHANNEL_PARK: full('switch_ivr.c', 'switch_ivr_park', 1002),
  CHANNEL_UNPARK: full('switch_ivr.c', 'switch_ivr_park', 1213),
  CHANNEL_BRIDGE: full('switch_ivr_bridge.c', 'switch_ivr_multi_threaded_bridge', 1689),
  CHANNEL_UNBRIDGE: full('switch_ivr_bridge.c', 'switch_ivr_multi_threaded_bridge', 1879),
  CHANNEL_HOLD: full('switch_ivr.c', 'switch_ivr_hold', 1558),
  CHANNEL_UNHOLD: full('switch_ivr.c', 'switch_ivr_unhold', 1638),
  CHANNEL_HANGUP: full('switch_channel.c', 'switch_channel_perform_hangup', 3447),
  CHANNEL_HANGUP_COMPLETE: {
    scope: 'final',
    calledFrom: ['switch_core_state_machine.c', 'switch_core_session_reporting_state', 943],
  },
  CHANNEL_DESTROY: {
    scope: 'final',
    calledFrom: ['switch_core_session.c', 'switch_core_session_perform_destroy', 1588],
  },
  CHANNEL_DATA: full('mod_commands.c', 'uuid_dump_function', 6495),
  DTMF: {
    scope: 'brief',
    calledFrom: ['switch_channel.c', 'switch_channel_dequeue_dtmf', 678],
  },
  PLAYBACK_START: full('switch_ivr_play_say.c', 'switch_ivr_play_file', 1649),
  PLAYBACK_STOP: full('switch_ivr_play_say.c', 'switch_ivr_play_file', 2023),
  RECORD_START: full('switch_ivr_async.c', 'record_callback', 1482),
  RECORD_STOP: full('switch_ivr_async.c', 'send_record_stop_event', 1241),
  BACKGROUND_JOB: { scope: 'none', calledFrom: ['mod_event_socket.c', 'api_exec', 1580] },
  HEARTBEAT: { scope: 'none', calledFrom: ['switch_core.c', 'send_heartbeat', 95] },
} as const satisfies Record<string, EventKind>

export type EventName = keyof typeof eventKinds

function full(file: string, functionName: string, line: number): EventKind {
  return { scope: 'full', calledFrom: [file, functionName, line] }
}

/** Names that a subscription may contain although the simulated switch never sends such events. */
export const silentEvents: ReadonlySet<string> = new Set(
  `CUSTOM CLONE CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_PROGRESS_MEDIA CHANNEL_APPLICATION API LOG
  INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH UNPUBLISH TALK NOTALK SESSION_CRASH
  MODULE_LOAD MODULE_UNLOAD MESSAGE PRESENCE_IN NOTIFY_IN PRESENCE_OUT PRESENCE_PROBE
  MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC DETECTED_SPEECH DETECTED_TONE PRIVATE_COMMAND TRAP
  ADD_SCHEDULE DEL_SCHEDULE EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE
  PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE REQUEST_PARAMS GENERAL COMMAND
  SESSION_HEARTBEAT CLIENT_DISCONNECTED SERVER_DISCONNECTED SEND_INFO RECV_INFO
  RECV_RTCP_MESSAGE SEND_RTCP_MESSAGE CALL_SECURE NAT CALL_UPDATE FAILURE SOCKET_DATA
  MEDIA_BUG_START MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ
  CALL_SETUP_RESULT CALL_DETAIL DEVICE_STATE TEXT SHUTDOWN_REQUESTED CERT_RELOAD`.split(/\s+/),
)
