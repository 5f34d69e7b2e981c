import type { DurationMs } from '../catalogue/ids.ts'

/** A command in the form the event socket takes. */
export type EslCommand =
  | { readonly type: 'api'; readonly command: string; readonly args: string }
  /** Runs in the switch's background, for `extraMs` beyond the time that any job may take. */
  | {
      readonly type: 'job'
      readonly command: string
      readonly args: string
      readonly extraMs: DurationMs
    }
  | {
      readonly type: 'execute'
      readonly application: string
      readonly argument: string
      readonly uuid: string
      readonly eventUuid?: string
      /** Returned in the application's events as `Application-UUID-Name`. */
      readonly eventUuidName?: string
    }

/** The commands to send, in order; or why nothing can be sent. */
export type Encoded =
  | { readonly ok: true; readonly commands: readonly EslCommand[] }
  | { readonly ok: false; readonly message: string }

/** One word of an api command's arguments: no white space, quote or escape. */
export const word = /^[!#-&(-[\]-~]+$/

/** An api command whose arguments are words; refused when one of them is not. */
export function words(command: string, ...args: readonly string[]): Encoded {
  return args.every((arg) => word.test(arg))
    ? sent({ type: 'api', command, args: args.join(' ') })
    : unsafe(`an argument of ${command}`)
}

export function sent(...commands: readonly EslCommand[]): Encoded {
  return { ok: true, commands }
}

/** @param what names what was refused; never the value, which may be a caller's */
export function unsafe(what: string): Encoded {
  return {
    ok: false,
    message: `SY_ESL_UNSAFE: ${what} is empty or contains characters that FreeSWITCH would misread; nothing was sent`,
  }
}
