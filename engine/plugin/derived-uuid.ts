import { createHash } from 'node:crypto'

/**
 * Derives a UUID from a text: the same text gives the same UUID, after a crash and in another
 * replica. For the `callId` of a dial attempt.
 *
 * @param words unique to what the id stands for
 * @returns a UUID of version 8 (RFC 9562)
 */
export function derivedUuid(words: string): string {
  const bytes = createHash('sha256').update(words).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
