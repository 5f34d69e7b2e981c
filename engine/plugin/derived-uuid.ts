import { createHash } from 'node:crypto'

/**
 * A UUID made of words that nobody else says: whoever repeats them, after a crash or in another
 * replica, says the same one. For the `callId` of an attempt.
 *
 * @returns a UUID of version 8 (RFC 9562)
 */
export function derivedUuid(words: string): string {
  const bytes = createHash('sha256').update(words).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
