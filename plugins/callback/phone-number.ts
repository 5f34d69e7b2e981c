/** How numbers are written where the plugin runs. */
export interface NumberingPlan {
  /** Digits, without `+`. */
  readonly countryCode: string
  /** What a national number begins with; empty where it begins with nothing. */
  readonly nationalPrefix: string
  /** What an international number begins with, besides `+`. */
  readonly internationalPrefix: string
  /** What a number is that begins with none of them. */
  readonly bareNumbers: 'ignored' | 'national' | 'international'
  /** Fewest digits of a number that can be called back, country code included. */
  readonly leastDigits: number
}

/** How a number is written for whoever dials it. */
export type DialFormat = 'plus' | 'prefix' | 'digits'

/** E.164 allows no more. */
const mostDigits = 15

/**
 * Writes all spellings of a number as one: `+`, country code, rest.
 *
 * @returns undefined for what cannot be called back: withheld, internal, short, or no number
 */
export function normaliseNumber(raw: string, plan: NumberingPlan): string | undefined {
  const text = raw.replaceAll(/[\s()./-]/g, '')
  const digits = text.startsWith('+') ? text.slice(1) : withCountry(text, plan)
  return digits !== undefined &&
    /^[1-9]\d*$/.test(digits) &&
    digits.length >= plan.leastDigits &&
    digits.length <= mostDigits
    ? `+${digits}`
    : undefined
}

function withCountry(text: string, plan: NumberingPlan): string | undefined {
  const { countryCode, nationalPrefix, internationalPrefix, bareNumbers } = plan
  if (text.startsWith(internationalPrefix)) {
    return text.slice(internationalPrefix.length)
  }
  if (nationalPrefix !== '' && text.startsWith(nationalPrefix)) {
    return countryCode + text.slice(nationalPrefix.length)
  }
  switch (bareNumbers) {
    case 'national':
      return countryCode + text
    case 'international':
      return text
    case 'ignored':
      return undefined
  }
}

/** Writes a normalised number as the trunk wants it. */
export function formatNumber(
  number: string,
  format: DialFormat,
  { internationalPrefix }: NumberingPlan,
): string {
  const digits = number.slice(1)
  switch (format) {
    case 'plus':
      return number
    case 'prefix':
      return internationalPrefix + digits
    case 'digits':
      return digits
  }
}
