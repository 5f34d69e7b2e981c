import { createHash } from 'node:crypto'
import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import type { Survey } from './survey-options.ts'

/** Where a call stands when it is decided whether to ask. */
export interface Candidate {
  readonly callId: string
  readonly queue: string
  /** When the caller was last asked, by whatever survey; undefined: never, or nobody knows. */
  readonly askedAt: EpochMs | undefined
  readonly hasOptedOut: boolean
  readonly now: EpochMs
}

/**
 * Chooses the survey of a call: the first that is for its queue, if its share
 * and the caller's peace allow it. The lot falls by the call's id, so that
 * every replica, and every try, decides alike.
 */
export function chooseSurvey(
  surveys: Readonly<Record<string, Survey>>,
  { callId, queue, askedAt, hasOptedOut, now }: Candidate,
): string | undefined {
  const found = Object.entries(surveys).find(
    ([, { queues }]) => queues === undefined || queues.includes(queue),
  )
  if (found === undefined || hasOptedOut) {
    return undefined
  }
  const [name, { share, notWithin }] = found
  return lot(`${name}/${callId}`) < share && !isTooSoon(askedAt, notWithin, now) ? name : undefined
}

/** Whether it is too early to ask again. */
export function isTooSoon(
  askedAt: EpochMs | undefined,
  notWithin: DurationMs,
  now: EpochMs,
): boolean {
  return askedAt !== undefined && notWithin > 0 && now - askedAt < notWithin
}

/** A number in [0, 1) that is always the same for a text. */
function lot(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}
