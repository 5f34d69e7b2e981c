import type { Party } from './party.ts'
import type { ByteString } from './wire-text.ts'

/** A call that reaches a phone, and what the phone can do with it. Each is ignored when it comes too late. */
export interface PhoneCall {
  readonly legId: string
  readonly dialString: string
  /** Variables the dial string gave the leg. */
  readonly variables: ReadonlyMap<string, ByteString>
  ring(): void
  answer(): void
  refuse(cause: string): void
  hangUp(): void
  /** Keys, of `0123456789*#`. */
  press(keys: string): void
}

/** A phone: told of a call, it returns the party that learns what becomes of the call. */
export type Phone = (call: PhoneCall) => Party

/**
 * The phones the switch can dial. A dial string it does not know is treated as
 * a switch would: `loopback/N` and its own SIP address come back into the
 * dialplan, `user/` is absent, a gateway unknown, anything else unreachable.
 */
export type PhoneBook = (dialString: string) => Phone | undefined
