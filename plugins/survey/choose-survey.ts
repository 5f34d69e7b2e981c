import { createHash } from 'node:crypto'
import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import type { Survey } from './survey-options.ts'

/** What the decision whether to ask depends on. */
export interface Candidate {
  readonly callId: string
  readonly queue: string
  /** When the caller was last asked, by any survey; undefined if never or unknown. */
  readonly askedAt: EpochMs | undefined
  readonly hasOptedOut: boolean
  readonly now: EpochMs
}

/**
 * Chooses the survey of a call: the first one for its queue, subject to `share`,
 * `notWithin` and opt-outs. The random selection is derived from the call id, so
 * that every replica and every retry decides alike.
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
  return draw(`${name}/${callId}`) < share && !isTooSoon(askedAt, notWithin, now) ? name : undefined
}

/** Whether it is too early to ask again. */
export function isTooSoon(
  askedAt: EpochMs | undefined,
  notWithin: DurationMs,
  now: EpochMs,
): boolean {
  return askedAt !== undefined && notWithin > 0 && now - askedAt < notWithin
}

/** A pseudo-random number in [0, 1) derived from a text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}
