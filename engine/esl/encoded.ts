import type { DurationMs } from '../catalogue/ids.ts'

/** A command as the event socket has it. */
export type EslCommand =
  | { readonly type: 'api'; readonly command: string; readonly args: string }
  /** Runs in the switch's background, for `longestMs` beyond the time that any job may take. */
  | {
      readonly type: 'job'
      readonly command: string
      readonly args: string
      readonly longestMs: DurationMs
    }
  | {
      readonly type: 'execute'
      readonly application: string
      readonly argument: string
      readonly uuid: string
      readonly eventUuid?: string
      /** Comes back as `Application-UUID-Name`. */
      readonly eventUuidName?: string
    }

/** What to send, in order; or why it cannot be sent. */
export type Encoded =
  | { readonly ok: true; readonly commands: readonly EslCommand[] }
  | { readonly ok: false; readonly message: string }

/** One word of an api command's arguments: it must not end the word, nor quote. */
export const word = /^[!#-&(-[\]-~]+$/

/** An api command of words; refused when one of them is none. */
export function words(command: string, ...args: readonly string[]): Encoded {
  return args.every((arg) => word.test(arg))
    ? sent({ type: 'api', command, args: args.join(' ') })
    : unsafe(`an argument of ${command}`)
}

export function sent(...commands: readonly EslCommand[]): Encoded {
  return { ok: true, commands }
}

/** @param what is not sent: never the value, which may be a caller's */
export function unsafe(what: string): Encoded {
  return {
    ok: false,
    message: `SY_ESL_UNSAFE: ${what} is empty or holds characters that FreeSWITCH would take for something else; nothing was sent`,
  }
}
