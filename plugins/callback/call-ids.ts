import { createHash } from 'node:crypto'
import type { EpochMs } from '../../engine/plugin/index.ts'

/**
 * The id of the call of one attempt: made from the obligation and the number of
 * the attempt, so that whoever repeats it after a crash says the same.
 *
 * @returns a UUID of version 8 (RFC 9562)
 */
export function attemptCallId(callbackId: string, serial: number): string {
  const bytes = createHash('sha256').update(`${callbackId}/${serial}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/** The id of an obligation that a call gave rise to, by a key or by its end: the same whoever says so, and when. */
export function callbackIdOf(callId: string, by: 'key' | 'end', at: EpochMs): string {
  return shortId(`${by}/${callId}/${at}`)
}

/** The id of an obligation, from words that nobody else would say. */
export function shortId(words: string): string {
  return `cb-${createHash('sha256').update(words).digest('hex').slice(0, 20)}`
}
