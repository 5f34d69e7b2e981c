/** Every error code of the engine: what it means, and whether a retry can succeed. */
export const errorCodes = {
  SY_CONFIG_INVALID: {
    retryable: false,
    meaning: 'the configuration file does not describe a usable engine',
  },
  SY_USAGE: { retryable: false, meaning: 'the command line cannot be understood' },
  SY_QUEUE_UNKNOWN: {
    retryable: false,
    meaning:
      'a call was queued in a queue that its tenant does not have: a bug in the caller of the core',
  },
  SY_ESL_UNSAFE: {
    retryable: false,
    meaning: 'a value cannot be sent on the event socket, because it contains CR, LF or NUL',
  },
  SY_ESL_AUTH_REFUSED: {
    retryable: true,
    meaning: 'FreeSWITCH refused the password of the event socket',
  },
  SY_ESL_ACL_REFUSED: {
    retryable: true,
    meaning: 'FreeSWITCH refused this host by its access list',
  },
  SY_ESL_MUTE: {
    retryable: true,
    meaning: 'the host accepted the connection but did not speak ESL in time',
  },
  SY_ESL_PROTOCOL: {
    retryable: true,
    meaning: 'the peer broke the framing of ESL (length or size); the connection is closed',
  },
  SY_SWITCH_DISCONNECTED: {
    retryable: true,
    meaning: 'the event socket is not connected, or was closed before the answer came',
  },
  SY_SWITCH_REFUSED: { retryable: false, meaning: 'FreeSWITCH answered a command with `-ERR`' },
  SY_SWITCH_TIMEOUT: {
    retryable: true,
    meaning: 'FreeSWITCH did not answer within the time limit of the command',
  },
  SY_BUS_UNAVAILABLE: {
    retryable: true,
    meaning: 'the broker cannot be reached, or refused the credentials',
  },
  SY_BUS_TIMEOUT: { retryable: true, meaning: 'a bus request had no answer within its time limit' },
  SY_BUS_NO_RESPONDER: {
    retryable: true,
    meaning: 'no service answers on the subject of a bus request',
  },
  SY_BUS_RESPONDER_FAILED: {
    retryable: false,
    meaning: 'the service that answers a bus request threw: a bug in that service',
  },
  SY_BUS_CONFLICT: {
    retryable: true,
    meaning: 'somebody else has changed a key since the revision that was read',
  },
  SY_BUS_FORBIDDEN: {
    retryable: false,
    meaning: 'the permissions of the broker do not allow it: see `examples/nats-server.conf`',
  },
  SY_BUS_INVALID: {
    retryable: false,
    meaning: 'a subject, key or payload that the bus cannot carry',
  },
  SY_COMMAND_REFUSED: {
    retryable: false,
    meaning: 'a command was refused and would be refused again; the message contains the reason',
  },
  SY_COMMAND_FAILED: {
    retryable: true,
    meaning: 'a command was not carried out for now: no service answers it, or none in time',
  },
  SY_PLUGIN_INVALID: {
    retryable: false,
    meaning: 'a plugin cannot be loaded, or its definition or options cannot be used',
  },
  SY_PLUGIN_TIMEOUT: {
    retryable: true,
    meaning: 'a plugin did not start, or did not handle an event, within its time limit',
  },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>

export type ErrorCode = keyof typeof errorCodes

/**
 * The error class of the engine. Branch on `code`, never on the message. Messages are logged, so they
 * must not contain caller numbers or secrets.
 */
export class SwitchyardError extends Error {
  override readonly name = 'SwitchyardError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = errorCodes[code].retryable
  }
}

export function isSwitchyardError(error: unknown, code?: ErrorCode): error is SwitchyardError {
  return error instanceof SwitchyardError && (code === undefined || error.code === code)
}
