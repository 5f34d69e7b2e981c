import type { EpochMs } from '../catalogue/ids.ts'
import type { WaitingCall } from './groups.ts'

/**
 * Points are counted in fractions of a point, so that ageing by the millisecond stays in whole
 * numbers.
 */
const fractions = 60_000

/**
 * What orders the calls of one queue: their points without the part of `perMinute` that grows for
 * all of them alike, so that it changes in steps only. In fractions; infinite beyond the bound of
 * fairness.
 */
export function basePointsOf(call: WaitingCall, now: EpochMs): number {
  return call.isOverdue ? Number.POSITIVE_INFINITY : pointsLessAge(call, now)
}

function pointsLessAge({ queue, priority, enqueuedAt }: WaitingCall, now: EpochMs): number {
  const { settings } = queue
  const { perMinute, steps } = settings.ageing
  let points = settings.priority + priority
  for (const step of steps) {
    points += now - enqueuedAt >= step.afterMs ? step.points : 0
  }
  return points * fractions - perMinute * enqueuedAt
}

/** The points of a call, ageing included, in fractions; infinite beyond the bound of fairness. */
export function fractionsOf({ basePoints, queue }: WaitingCall, now: EpochMs): number {
  return basePoints + queue.settings.ageing.perMinute * now
}

/** The points of a call, ageing included. */
export function pointsOf(call: WaitingCall, now: EpochMs): number {
  return (pointsLessAge(call, now) + call.queue.settings.ageing.perMinute * now) / fractions
}

/**
 * The order within a queue: points, place, order of arrival. It changes only when base points do.
 */
export function isServedBefore(a: WaitingCall, b: WaitingCall): boolean {
  return a.basePoints === b.basePoints ? isPlacedBefore(a, b) : a.basePoints > b.basePoints
}

/**
 * The order of the calls that an agent may be given: calls beyond the bound of fairness, by place;
 * calls held for this agent; the others. Within the last two: points, the agent's preference of
 * queues, place, order of arrival.
 *
 * @param preference the agent's, for the queue of `a`
 * @param otherPreference the agent's, for the queue of `b`
 */
export function goesFirst(
  a: WaitingCall,
  preference: number,
  b: WaitingCall,
  otherPreference: number,
  now: EpochMs,
): boolean {
  if (a.isOverdue !== b.isOverdue) {
    return a.isOverdue
  }
  if (a.isOverdue) {
    return isPlacedBefore(a, b)
  }
  if (a.isHeld !== b.isHeld) {
    return a.isHeld
  }
  const points = fractionsOf(a, now) - fractionsOf(b, now)
  if (points !== 0) {
    return points > 0
  }
  return preference === otherPreference ? isPlacedBefore(a, b) : preference < otherPreference
}

function isPlacedBefore(a: WaitingCall, b: WaitingCall): boolean {
  return a.enqueuedAt === b.enqueuedAt ? a.sequence < b.sequence : a.enqueuedAt < b.enqueuedAt
}
