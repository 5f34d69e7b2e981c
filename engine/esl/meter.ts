import type { ExchangeOutcome } from '../switch/switch.ts'
import type { FrameOddity } from './frame-reader.ts'

/** What the adapter sees on the wire and survives. Each is counted; the first of its kind is logged. */
export type Oddity =
  | FrameOddity
  /** A frame of a kind we never asked for. */
  | 'unknownFrame'
  /** A reply that belongs to no command. */
  | 'replyUnasked'
  /** An event that lacks what its kind must carry; dropped. */
  | 'eventMalformed'
  /** An optional value of an event that cannot be read; taken as absent. */
  | 'valueMalformed'
  /** A listener or an answer's callback threw: a fault of the engine itself. */
  | 'listenerThrew'

/** Counts what happens on the event socket. Called on the hot path: must be quick and must not throw. */
export interface EslMeter {
  /** `name` is the event's own (`CHANNEL_PARK`), of the few we subscribe to. */
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
