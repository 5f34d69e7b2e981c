/** Why a command was not carried out: whether to try again, and what it means. */
export const commandRefusals = {
  invalid: {
    isRetryable: false,
    meaning: 'a field is missing or wrong; the message names it and the cure',
  },
  callUnknown: { isRetryable: false, meaning: 'there is no such call, or it is over' },
  callNotWaiting: {
    isRetryable: false,
    meaning: 'the call is past waiting: it talks, or a flow has it',
  },
  queueUnknown: { isRetryable: false, meaning: 'the tenant has no such queue' },
  agentUnknown: { isRetryable: false, meaning: 'the tenant has no such agent' },
  agentNotInWrapUp: { isRetryable: false, meaning: 'the agent has no wrap-up to end or prolong' },
  flowUnknown: { isRetryable: false, meaning: 'no flow of that name, or it cannot be used' },
  numberRefused: {
    isRetryable: false,
    meaning: 'the rules forbid dialling it (do-not-call, no route)',
  },
  forbidden: { isRetryable: false, meaning: 'the broker does not permit its user this command' },
  busy: { isRetryable: true, meaning: 'whoever serves it has too much to do; try again later' },
  switchAway: { isRetryable: true, meaning: 'the switch is not connected' },
  notServed: { isRetryable: true, meaning: 'nobody serves the command now' },
  unavailable: { isRetryable: true, meaning: 'the broker cannot be reached' },
  timeout: {
    isRetryable: true,
    meaning:
      'no answer within the deadline; it may have been carried out: repeat it with the same `commandId`',
  },
  failed: { isRetryable: true, meaning: 'whoever serves it failed; the log there says why' },
} as const satisfies Record<string, { readonly isRetryable: boolean; readonly meaning: string }>

export type RefusalCode = keyof typeof commandRefusals

/** A command that was not carried out. */
export interface Refusal {
  readonly ok: false
  readonly error: {
    /** A {@link RefusalCode}, or one of a newer engine or of the plugin that answered. */
    readonly code: string
    /** For people; holds no value that was sent. */
    readonly message: string
    readonly retryable: boolean
  }
}

/** The answer to a command: a refusal is a value, not a throw. */
export type Reply<Output extends object> = ({ readonly ok: true } & Output) | Refusal

/** The answer to a command that has nothing to tell. */
export type PlainReply = { readonly ok: true } | Refusal

export const done: PlainReply = { ok: true }

/** Refuses a command. @param message for people; quote nothing that was sent */
export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, error: { code, message, retryable: commandRefusals[code].isRetryable } }
}

const decoder = new TextDecoder()

/** Reads an answer; one that is none counts as `failed`. */
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
    return refuse('failed', 'the answer is not the answer to a command')
  }
}
