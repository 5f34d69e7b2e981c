import { type AgentState, agentStates, type Occupation, occupationIn } from '../catalogue/agent.ts'
import type { DurationMs } from '../catalogue/ids.ts'

/**
 * The figures of reports, each defined once. A figure is `undefined` while there
 * is no data for it.
 */

/**
 * Calls that have ended, counted for the queue their wait is charged to:
 * the first that gave them up to another queue, otherwise the one they were in.
 */
export interface EndedCalls {
  /** Joined to an agent. */
  readonly answered: number
  /** Of those, within the queue's service-level threshold. */
  readonly answeredInTime: number
  /** Callers who hung up while they waited. */
  readonly abandoned: number
  /** Of those, sooner than the queue's `shortAbandon`. */
  readonly shortAbandoned: number
  /** Given up to a place outside the queues: a number, a hang-up, or a flow that led to no queue. */
  readonly sentAway: number
  /** Ended in a way nobody chose. */
  readonly lost: number
}

/**
 * Calls that count in reports: answered, abandoned, sent away or lost. Short
 * abandons are left out, as callers who dialled by mistake; calls that still wait,
 * also in another queue, are not counted yet.
 */
export function countedCalls(calls: EndedCalls): number {
  return calls.answered + calls.abandoned - calls.shortAbandoned + calls.sentAway + calls.lost
}

/**
 * SL: the share of {@link countedCalls} that was answered within the threshold of the
 * queue they are counted for, measured from when they began to wait (`enqueuedAt`). A call that
 * overflowed counts for the queue that let it wait.
 */
export function serviceLevel(calls: EndedCalls): number | undefined {
  return ratio(calls.answeredInTime, countedCalls(calls))
}

/** The share of {@link countedCalls} whose callers gave up, short abandons left out. */
export function abandonment(calls: EndedCalls): number | undefined {
  return ratio(calls.abandoned - calls.shortAbandoned, countedCalls(calls))
}

/** ASA, also called AD: the mean wait of answered calls, from entering the queue to the join. */
export function averageSpeedOfAnswer(answered: number, waitMs: DurationMs): DurationMs | undefined {
  return ratio(waitMs, answered)
}

/**
 * AHT: talk, hold and wrap-up of an agent, mean over conversations that ended.
 *
 * @param talkMs the sum from join to end, holds included
 */
export function averageHandlingTime(
  conversations: number,
  talkMs: DurationMs,
  wrapUpMs: DurationMs,
): DurationMs | undefined {
  return ratio(talkMs + wrapUpMs, conversations)
}

/**
 * Containment: the share of ended calls that never asked for an agent, because a flow was enough
 * for them, whoever hung up.
 *
 * @param others calls that asked for one ({@link countedCalls} of all queues), or that a flow
 *   sent elsewhere
 */
export function containment(contained: number, others: number): number | undefined {
  return ratio(contained, contained + others)
}

/**
 * The share of the time agents were on duty that they spent with callers or on
 * wrap-up. Ringing is waiting; time off (logged out, on break) is not on duty.
 */
export function occupancy(spentMs: Readonly<Record<AgentState, DurationMs>>): number | undefined {
  const spent = (occupation: Occupation) =>
    agentStates
      .filter((state) => occupationIn[state] === occupation)
      .reduce((sum, state) => sum + spentMs[state], 0)
  const busyMs = spent('busy')
  return ratio(busyMs, busyMs + spent('free'))
}

function ratio(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined
}
