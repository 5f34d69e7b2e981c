import type { ByteString } from './wire-text.ts'

/** Why a channel leaves its applications. */
export type Unwinding =
  /** Another thread hung it up (`uuid_kill`). The channel notices at its next media step. */
  | 'killed'
  /** The far end or the channel's own application hung it up. */
  | 'hungUp'
  | 'transferred'
  /** Another thread joins it to another channel (`uuid_bridge`). */
  | 'joined'

/** What a running application reacts to. Each hook is optional. */
export interface RunHooks {
  /** Another application starts on top of it. */
  pause?(): void
  /** It is the innermost again. */
  resume?(): void
  /** The channel leaves it. The hook emits the application's last events, before CHANNEL_EXECUTE_COMPLETE. */
  unwind?(why: Unwinding, wasInnermost: boolean): void
  /** `uuid_break`. */
  interrupt?(): void
  digit?(digit: string): void
}

/** A running application on a channel. */
export interface Run {
  readonly application: string
  readonly data: ByteString
  /** Sent as Application-UUID: the client's `event-uuid`, or a new one. */
  readonly uuid: string
  /** Sent as Application-UUID-Name: the client's `event-uuid-name`, if any. */
  readonly uuidName?: string | undefined
  /** Variables for this application only: `%[NAME=VALUE,...]` before its data. */
  readonly scope?: ReadonlyMap<string, ByteString> | undefined
  /** False for an application that the switch itself starts (park after a bridge). It has no EXECUTE events. */
  readonly isExecuted: boolean
  hooks: RunHooks
  /** Called when it has ended by itself. */
  next(): void
}

/** A `sendmsg` on its way to a channel. */
export interface Message {
  readonly command: 'execute' | 'hangup'
  readonly application: string
  readonly data: ByteString
  readonly uuid: string | undefined
  readonly uuidName?: string | undefined
  /** Whether later messages wait until it has ended. */
  readonly locks: boolean
  /** How often to execute it. -1: for ever. */
  readonly loops: number
  readonly cause: string
}
