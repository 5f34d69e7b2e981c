/** Why what was asked from outside was not done. */
export type RefusalCode =
  | 'unknownAgent'
  | 'unknownQueue'
  | 'unknownFlow'
  /** No such call, or not of this tenant. */
  | 'unknownCall'
  /** The call talks, leaves, or its switch is away. */
  | 'notWaiting'
  | 'notInWrapUp'
  /** The tenant dials nobody. */
  | 'noOutbound'
  | 'switchAway'
  /** A value is out of its bounds; the message names it. */
  | 'invalid'

export interface Refused {
  readonly ok: false
  readonly code: RefusalCode
  readonly message: string
}

export type Answer = { readonly ok: true } | Refused

export const done = { ok: true } as const

export const refuse = (code: RefusalCode, message: string): Refused => ({
  ok: false,
  code,
  message,
})
