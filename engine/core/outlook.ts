import type { DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import { hasReady } from './choose.ts'
import type { QueueState, WaitingCall } from './groups.ts'
import { isServedBefore } from './precedence.ts'
import { groupOf } from './queue-state.ts'
import { stepAfter } from './requirement.ts'
import { levelByTime } from './schedule.ts'
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

const unknownPace: Pace = {
  perStartMs: undefined,
  starts: 0,
  lastStartAt: undefined,
  handleMs: undefined,
  handled: 0,
}

/** What is learnt from the last this many weighs most. */
const memory = 20

/** Tells waiting callers what to expect, from what was seen lately. */
export class Forecast {
  readonly #paces = new Map<QueueId, Pace>()

  /** A call has found its agent. */
  noteStart(call: WaitingCall, now: EpochMs): void {
    const { queue } = call
    this.#learn(queue, learnStart(this.#paceOf(queue), call, staffedIn(queue), now))
  }

  /** A conversation has taken this long, its wrap-up included. */
  noteHandled(queue: QueueState, spanMs: DurationMs): void {
    this.#learn(queue, learnHandled(this.#paceOf(queue), spanMs))
  }

  /** Costs a walk over the queue's calls. */
  outlook(call: WaitingCall): Outlook {
    const position = positionOf(call)
    return { position, expectedWaitMs: this.expectWait(call.queue, position) }
  }

  /** The wait of who stands at `position`; undefined while too little is known, or nobody is staffed. */
  expectWait(queue: QueueState, position: number): DurationMs | undefined {
    return expectWait(queue, this.#paceOf(queue), position)
  }

  /** The wait of a call that comes to this queue now and has no needs of its own. */
  expectNewcomer(queue: QueueState): DurationMs | undefined {
    const { ownRequirement, calls } = queue
    const step = stepAfter(ownRequirement.steps, 0)
    const group = groupOf(queue, ownRequirement, step, levelByTime(queue, 0))
    return hasReady(group) ? 0 : this.expectWait(queue, calls.size + 1)
  }

  save(): readonly (readonly [QueueId, Pace])[] {
    return [...this.#paces]
  }

  restore(paces: readonly (readonly [QueueId, Pace])[]): void {
    for (const [queueId, pace] of paces) {
      this.#paces.set(queueId, pace)
    }
  }

  #learn({ settings }: QueueState, pace: Pace): void {
    this.#paces.set(settings.queueId, pace)
  }

  #paceOf({ settings }: QueueState): Pace {
    return this.#paces.get(settings.queueId) ?? unknownPace
  }
}

/** Learns from a call that found its agent at `now`: the time since the one before counts if it waited all the while. */
function learnStart(pace: Pace, call: WaitingCall, staffed: number, now: EpochMs): Pace {
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
function learnHandled(pace: Pace, spanMs: DurationMs): Pace {
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
function expectWait(queue: QueueState, pace: Pace, position: number): DurationMs | undefined {
  const perStartMs = pace.perStartMs ?? pace.handleMs
  const staffed = staffedIn(queue)
  return perStartMs === undefined || staffed === 0
    ? undefined
    : Math.round((position * perStartMs) / staffed)
}

/** How many calls of its queue go before this one, and 1. O(calls of the queue). */
function positionOf(call: WaitingCall): number {
  let position = 1
  for (const other of call.queue.calls) {
    if (other !== call && other.overflow === undefined && isServedBefore(other, call)) {
      position += 1
    }
  }
  return position
}
