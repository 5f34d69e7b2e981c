import { createHash } from 'node:crypto'

/** How numbers are written where the calls come in. */
export interface NumberPlan {
  /** The country's code, without `+`; absent where national numbers stay as they are. */
  readonly country?: string | undefined
  /** What is dialled before a national number. */
  readonly trunk: string
  /** What is dialled before a country's code. */
  readonly international: string
}

/**
 * Writes a number in the one way in which numbers are compared: `+49 (0)30 1234-56`,
 * `0049 30 123456` and `030 123456` are all `+4930123456` in the country 49. What
 * holds no digit (withheld, `anonymous`) is empty.
 */
export function normaliseNumber(text: string, plan: NumberPlan): string {
  const trimmed = text.trim()
  if (trimmed.startsWith('+')) {
    const digits = onlyDigits(trimmed.replace('(0)', ''))
    return digits === '' ? '' : `+${digits}`
  }
  const digits = onlyDigits(trimmed)
  const { country, trunk, international } = plan
  if (digits.startsWith(international)) {
    return `+${digits.slice(international.length)}`
  }
  if (country !== undefined && digits.startsWith(trunk)) {
    return `+${country}${digits.slice(trunk.length)}`
  }
  return digits
}

function onlyDigits(text: string): string {
  return text.replaceAll(/[^0-9]/g, '')
}

/**
 * The key under which something is kept for a number. Keys are subjects of the
 * broker, and subjects are listed and traced: the number itself shall not be
 * there. It hides it from who looks, not from who guesses numbers one by one.
 */
export function numberKey(tenant: string, number: string): string {
  return createHash('sha256').update(`${tenant}\n${number}`).digest('hex').slice(0, 32)
}
