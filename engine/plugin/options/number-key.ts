import { createHash } from 'node:crypto'

/**
 * The key under which something is kept for a number. Keys are subjects of the
 * broker, and subjects are listed and traced: the number itself shall not be
 * there. It hides it from who looks, not from who guesses numbers one by one.
 *
 * @param number in the one spelling in which numbers are compared
 * @returns 32 hexadecimal digits, other ones in each tenant
 */
export function numberKey(tenant: string, number: string): string {
  return createHash('sha256').update(`${tenant}\n${number}`).digest('hex').slice(0, 32)
}
