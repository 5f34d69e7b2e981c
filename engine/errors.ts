/** Every code the engine can raise. Each is documented once, here. */
const errorCodes = {
  /** The configuration file does not describe a runnable engine. */
  SY_CONFIG_INVALID: { retryable: false },
  /** The command line cannot be understood. */
  SY_USAGE: { retryable: false },
  /** A call was queued where its tenant has no such queue: a fault of the caller of the core. */
  SY_QUEUE_UNKNOWN: { retryable: false },
  /** A value cannot go on the event socket: it holds CR, LF or NUL. */
  SY_ESL_UNSAFE: { retryable: false },
  /** FreeSWITCH refused the event-socket password. */
  SY_ESL_AUTH_REFUSED: { retryable: true },
  /** FreeSWITCH refused this host by its access list. */
  SY_ESL_ACL_REFUSED: { retryable: true },
  /** The host took the connection and did not speak ESL in time. */
  SY_ESL_MUTE: { retryable: true },
  /** The peer broke the ESL framing (length, size); the connection is closed. */
  SY_ESL_PROTOCOL: { retryable: true },
  /** The event socket is not connected, or closed before the answer came. */
  SY_SWITCH_DISCONNECTED: { retryable: true },
  /** FreeSWITCH answered a command with `-ERR`. */
  SY_SWITCH_REFUSED: { retryable: false },
  /** FreeSWITCH did not answer within the command's time limit. */
  SY_SWITCH_TIMEOUT: { retryable: true },
  /** The broker cannot be reached, or refused the credentials. */
  SY_BUS_UNAVAILABLE: { retryable: true },
  /** A bus request had no answer within its time limit. */
  SY_BUS_TIMEOUT: { retryable: true },
  /** Nobody serves the subject of a bus request. */
  SY_BUS_NO_RESPONDER: { retryable: true },
  /** The handler that serves the subject of a bus request threw: a fault of that service. */
  SY_BUS_RESPONDER_FAILED: { retryable: false },
  /** A key was changed by somebody else since the revision that was read. */
  SY_BUS_CONFLICT: { retryable: true },
  /** The broker's permissions do not allow it: see examples/nats-server.conf. */
  SY_BUS_FORBIDDEN: { retryable: false },
  /** A subject, key or payload that the bus cannot carry. */
  SY_BUS_INVALID: { retryable: false },
  /** A command was refused, and would be again: the message says what is wrong with it. */
  SY_COMMAND_REFUSED: { retryable: false },
  /** A command was not carried out for now: nobody serves it, or not in time. */
  SY_COMMAND_FAILED: { retryable: true },
  /** A plugin cannot be loaded, or its definition or options cannot be used. */
  SY_PLUGIN_INVALID: { retryable: false },
  /** A plugin did not start, or did not handle an event, within its time limit. */
  SY_PLUGIN_TIMEOUT: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes

/**
 * The one error class of the engine. Callers branch on `code`, never on the
 * message. Caller numbers and secrets stay out of the message: it reaches logs.
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
