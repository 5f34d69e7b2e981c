import type { ByteString } from './wire-text.ts'

/** Why a channel leaves what it runs, from the innermost application out. */
export type Unwinding =
  /** Another thread hung it up (`uuid_kill`): noticed with the next media step. */
  | 'killed'
  /** The far end, or the channel's own application, hung it up. */
  | 'hungUp'
  | 'transferred'

/** What an application in progress reacts to; each is optional. */
export interface RunHooks {
  /** Another application starts on top of it. */
  pause?(): void
  /** It is the innermost again. */
  resume?(): void
  /** The channel leaves it: its own last events, before CHANNEL_EXECUTE_COMPLETE. */
  unwind?(why: Unwinding, wasInnermost: boolean): void
  /** `uuid_break`. */
  interrupt?(): void
  digit?(digit: string): void
}

/** One application in progress on a channel. */
export interface Run {
  readonly application: string
  readonly data: ByteString
  /** Comes back as Application-UUID: the caller's `event-uuid`, or a new one. */
  readonly uuid: string
  /** Comes back as Application-UUID-Name: the caller's `event-uuid-name`, if any. */
  readonly uuidName?: string | undefined
  /** Variables for this application alone: `%[NAME=VALUE,...]` before its data. */
  readonly scope?: ReadonlyMap<string, ByteString> | undefined
  /** False for what the switch itself puts on a channel (park after a bridge): no EXECUTE events. */
  readonly isExecuted: boolean
  hooks: RunHooks
  /** What follows when it ends by itself. */
  next(): void
}

/** A `sendmsg` on its way to a channel. */
export interface Message {
  readonly command: 'execute' | 'hangup'
  readonly application: string
  readonly data: ByteString
  readonly uuid: string | undefined
  readonly uuidName?: string | undefined
  /** The messages behind it wait until it has ended. */
  readonly locks: boolean
  /** How often to execute; -1 for ever. */
  readonly loops: number
  readonly cause: string
}
