import type { ExchangeOutcome } from '../switch/switch.ts'
import type { FrameOddity } from './frame-reader.ts'

/** Unexpected input or faults that the adapter survives. Each is counted; the first of each kind is logged. */
export type Oddity =
  | FrameOddity
  /** A frame of a kind that we never requested. */
  | 'unknownFrame'
  /** A reply without a command that waits for it. */
  | 'replyUnasked'
  /** An event that lacks a required value; dropped. */
  | 'eventMalformed'
  /** An optional value of an event that cannot be read; treated as absent. */
  | 'valueMalformed'
  /** A listener or a command's callback threw: a fault of the engine itself. */
  | 'listenerThrew'

/** Counts what happens on the event socket. Called on the hot path: it must be fast and must not throw. */
export interface EslMeter {
  /** `name` is the event's name (`CHANNEL_PARK`), one of those we subscribe to. */
  eventDecoded(name: string): void
  /** `name` is the command's kind (`uuid_kill`, `bridge`), never its arguments. */
  commandAnswered(name: string, outcome: ExchangeOutcome, microseconds: number): void
  frameOdd(kind: Oddity): void
  connection(isUp: boolean): void
}

export const noMeter: EslMeter = {
  eventDecoded() {},
  commandAnswered() {},
  frameOdd() {},
  connection() {},
}
