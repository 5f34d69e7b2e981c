import { createHash } from 'node:crypto'

/**
 * The key for storing a value by phone number. Keys are subjects of the broker, and
 * subjects are listed and traced, so the number itself must not appear in them. The
 * hash hides it from casual view, but not from somebody who tries out numbers.
 *
 * @param number normalised by `comparableNumber` or `normaliseNumber`
 * @returns 32 hexadecimal digits, different in each tenant
 */
export function numberKey(tenant: string, number: string): string {
  return createHash('sha256').update(`${tenant}\n${number}`).digest('hex').slice(0, 32)
}
