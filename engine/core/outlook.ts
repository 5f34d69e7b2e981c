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
  /** 1 for the next. Calls on offer count until they are answered. */
  readonly position: number
  /** Undefined while too little is known, or nobody is staffed. */
  readonly expectedWaitMs: DurationMs | undefined
}

/** How fast a queue has been served lately. */
export interface Pace {
  /** Time between two answers while calls waited, multiplied by the number of staffed agents. */
  readonly perStartMs: DurationMs | undefined
  /** How many answers `perStartMs` was learnt from. */
  readonly starts: number
  readonly lastStartAt: EpochMs | undefined
  /** Mean length of a conversation and its wrap-up. */
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

/** Means are exponential over about this many samples. */
const memory = 20

/** Estimates waiting times from how each queue has been served lately. */
export class Forecast {
  readonly #paces = new Map<QueueId, Pace>()

  /** An agent has answered a call. */
  noteStart(call: WaitingCall, now: EpochMs): void {
    const { queue } = call
    this.#learn(queue, learnStart(this.#paceOf(queue), call, staffedIn(queue), now))
  }

  /** A conversation took this long, wrap-up included. */
  noteHandled(queue: QueueState, spanMs: DurationMs): void {
    this.#learn(queue, learnHandled(this.#paceOf(queue), spanMs))
  }

  /** O(calls in the queue). */
  outlook(call: WaitingCall): Outlook {
    const position = positionOf(call)
    return { position, expectedWaitMs: this.expectWait(call.queue, position) }
  }

  /** The wait at `position`; undefined while too little is known, or nobody is staffed. */
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

/**
 * Learns from a call answered at `now`. The time since the answer before counts if the call waited
 * all that time.
 */
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

/** Learns from a conversation and its wrap-up. */
function learnHandled(pace: Pace, spanMs: DurationMs): Pace {
  const { handleMs, handled } = pace
  return { ...pace, handled: handled + 1, handleMs: mean(handleMs, handled, spanMs) }
}

function mean(known: number | undefined, samples: number, sample: number): number {
  return known === undefined ? sample : known + (sample - known) / Math.min(samples + 1, memory)
}

/**
 * The wait at `position`: as many answers, each at the queue's pace with the agents staffed now.
 * Until an answer has been seen while calls waited, the pace is that of agents who serve this queue
 * only.
 */
function expectWait(queue: QueueState, pace: Pace, position: number): DurationMs | undefined {
  const perStartMs = pace.perStartMs ?? pace.handleMs
  const staffed = staffedIn(queue)
  return perStartMs === undefined || staffed === 0
    ? undefined
    : Math.round((position * perStartMs) / staffed)
}

/**
 * One more than the number of calls in its queue that go before this one. O(calls in the queue).
 */
function positionOf(call: WaitingCall): number {
  let position = 1
  for (const other of call.queue.calls) {
    if (other !== call && other.overflow === undefined && isServedBefore(other, call)) {
      position += 1
    }
  }
  return position
}
