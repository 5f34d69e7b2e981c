import { createHash } from 'node:crypto'
import { derivedUuid, type EpochMs } from '../../engine/plugin/index.ts'

/**
 * Derives the call id of one attempt from the obligation and a serial number, so
 * that a replica that repeats the attempt after a crash uses the same id.
 */
export function attemptCallId(callbackId: string, serial: number): string {
  return derivedUuid(`${callbackId}/${serial}`)
}

/** Derives the id of an obligation that a call has caused, by a key or by its end. The same on every replica. */
export function callbackIdOf(callId: string, by: 'key' | 'end', at: EpochMs): string {
  return shortId(`${by}/${callId}/${at}`)
}

/** Derives the id of an obligation from a unique text. */
export function shortId(text: string): string {
  return `cb-${createHash('sha256').update(text).digest('hex').slice(0, 20)}`
}
