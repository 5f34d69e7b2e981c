/** Why a command was not carried out: what the code means, and whether to try again. */
export const commandRefusals = {
  invalid: {
    isRetryable: false,
    meaning: 'a field is missing or invalid; the message names it and the cure',
  },
  callUnknown: { isRetryable: false, meaning: 'there is no such call, or it is over' },
  callNotWaiting: {
    isRetryable: false,
    meaning: 'the call is not waiting: it is in conversation or in a flow',
  },
  queueUnknown: { isRetryable: false, meaning: 'the tenant has no such queue' },
  agentUnknown: { isRetryable: false, meaning: 'the tenant has no such agent' },
  agentNotInWrapUp: { isRetryable: false, meaning: 'the agent is not in wrap-up' },
  flowUnknown: {
    isRetryable: false,
    meaning: 'there is no flow of that name, or it cannot be used',
  },
  numberRefused: {
    isRetryable: false,
    meaning:
      'the number may not be dialled: it is on a do-not-call list, or the tenant does not dial',
  },
  forbidden: {
    isRetryable: false,
    meaning: 'the broker does not allow its user to give this command',
  },
  busy: { isRetryable: true, meaning: 'the service has too much to do; try again later' },
  switchAway: { isRetryable: true, meaning: 'the switch is not connected' },
  notServed: { isRetryable: true, meaning: 'no service answers the command now' },
  unavailable: { isRetryable: true, meaning: 'the broker cannot be reached' },
  timeout: {
    isRetryable: true,
    meaning:
      'there was no answer within the deadline; the command may have been carried out: repeat it with the same `commandId`',
  },
  failed: { isRetryable: true, meaning: 'the service failed; see its log' },
} as const satisfies Record<string, { readonly isRetryable: boolean; readonly meaning: string }>

export type RefusalCode = keyof typeof commandRefusals

/** A command that was not carried out. */
export interface Refusal {
  readonly ok: false
  readonly error: {
    /** A {@link RefusalCode}, or a code of a newer engine or of the plugin that answered. */
    readonly code: string
    /** For people; repeats nothing that was sent. */
    readonly message: string
    readonly retryable: boolean
  }
}

/** The answer to a command: a refusal is a value, not a throw. */
export type Reply<Output extends object> = ({ readonly ok: true } & Output) | Refusal

/** The answer to a command without fields. */
export type PlainReply = { readonly ok: true } | Refusal

export const done: PlainReply = { ok: true }

/** Refuses a command. @param message for people; must not repeat what was sent */
export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, error: { code, message, retryable: commandRefusals[code].isRetryable } }
}

const decoder = new TextDecoder()

/** Reads an answer. One that cannot be read counts as `failed`. */
export function decodeReply(bytes: Uint8Array): { readonly ok: true } | Refusal {
  try {
    const reply = JSON.parse(decoder.decode(bytes))
    if (reply.ok === true) {
      return reply
    }
    const { code, message, retryable } = reply.error
    return {
      ok: false,
      error: { code: String(code), message: String(message), retryable: retryable === true },
    }
  } catch {
    return refuse('failed', 'the answer cannot be read')
  }
}
