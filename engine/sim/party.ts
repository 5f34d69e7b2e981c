/**
 * The party on a channel: a caller, a phone, or another channel of the same switch.
 * Each method is called with what a person there would notice.
 */
export interface Party {
  /** The switch rings the party that called in (`ring_ready`). */
  progressed?(): void
  answered?(): void
  /** The dialplan took the call up at `extension`: on arrival and after each transfer. */
  entered?(extension: string): void
  /** Is asked for keys; `prompt` is what begins to play, '' when nothing does. */
  asked?(prompt: string): void
  /** Hears the channel `otherUuid` from now on. */
  joined?(otherUuid: string): void
  parted?(): void
  /** The call is over, whoever ended it. Called once. */
  ended(cause: string): void
}
