import type { Line, WaitingCall } from './groups.ts'
import type { DurationMs, EpochMs } from './ids.ts'
import { isServedBefore } from './precedence.ts'
import { staffedIn } from './staffing.ts'

/** What a waiting caller can be told. */
export interface Outlook {
  /** 1 is next. Calls on offer count until they are answered. */
  readonly position: number
  /** Undefined while too little is known, or nobody is staffed. */
  readonly expectedWaitMs: DurationMs | undefined
}

/** How fast a queue is served, as seen lately. */
export interface Pace {
  /** Time of staffed agents that each call took that found its agent while others waited. */
  readonly perStartMs: DurationMs | undefined
  /** Starts that `perStartMs` was learnt from. */
  readonly starts: number
  readonly lastStartAt: EpochMs | undefined
  /** Conversation and wrap-up, in the mean. */
  readonly handleMs: DurationMs | undefined
  readonly handled: number
}

export const unknownPace: Pace = {
  perStartMs: undefined,
  starts: 0,
  lastStartAt: undefined,
  handleMs: undefined,
  handled: 0,
}

/** What is learnt from the last this many weighs most. */
const memory = 20

/** Learns from a call that found its agent at `now`: the time since the one before counts if it waited all the while. */
export function learnStart(pace: Pace, call: WaitingCall, staffed: number, now: EpochMs): Pace {
  const { lastStartAt, starts, perStartMs } = pace
  if (lastStartAt === undefined || call.enteredAt >= lastStartAt) {
    return { ...pace, lastStartAt: now }
  }
  const sample = (now - lastStartAt) * staffed
  return {
    ...pace,
    lastStartAt: now,
    starts: starts + 1,
    perStartMs: mean(perStartMs, starts, sample),
  }
}

/** Learns from a conversation, its wrap-up included. */
export function learnHandled(pace: Pace, spanMs: DurationMs): Pace {
  const { handleMs, handled } = pace
  return { ...pace, handled: handled + 1, handleMs: mean(handleMs, handled, spanMs) }
}

function mean(known: number | undefined, samples: number, sample: number): number {
  return known === undefined ? sample : known + (sample - known) / Math.min(samples + 1, memory)
}

/**
 * The wait of who stands at `position`: so many starts, each at the queue's pace with
 * the staff it has now. Until a start has been seen with others waiting, the pace is that
 * of agents who do nothing else.
 */
export function expectWait(line: Line, pace: Pace, position: number): DurationMs | undefined {
  const perStartMs = pace.perStartMs ?? pace.handleMs
  const staffed = staffedIn(line)
  return perStartMs === undefined || staffed === 0
    ? undefined
    : Math.round((position * perStartMs) / staffed)
}

/** How many calls of its queue go before this one, and 1. O(calls of the queue). */
export function positionOf(call: WaitingCall): number {
  let position = 1
  for (const other of call.line.calls) {
    if (other !== call && other.overflow === undefined && isServedBefore(other, call)) {
      position += 1
    }
  }
  return position
}
