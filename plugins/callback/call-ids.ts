import { createHash } from 'node:crypto'
import { derivedUuid, type EpochMs } from '../../engine/plugin/index.ts'

/**
 * The id of the call of one attempt: made from the obligation and the number of
 * the attempt, so that whoever repeats it after a crash says the same.
 */
export function attemptCallId(callbackId: string, serial: number): string {
  return derivedUuid(`${callbackId}/${serial}`)
}

/** The id of an obligation that a call gave rise to, by a key or by its end: the same whoever says so, and when. */
export function callbackIdOf(callId: string, by: 'key' | 'end', at: EpochMs): string {
  return shortId(`${by}/${callId}/${at}`)
}

/** The id of an obligation, from words that nobody else would say. */
export function shortId(words: string): string {
  return `cb-${createHash('sha256').update(words).digest('hex').slice(0, 20)}`
}
