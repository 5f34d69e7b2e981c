import { z } from 'zod'
import { digits } from './digits.ts'

/** E.164 allows no more, country code included. */
const mostDigits = 15
const separators = /[\s()./\u2013-]/g
const quoted = 'digits, in quotes'

/** How numbers are written where the calls come in. */
export interface NumberPlan {
  /** Digits, without `+`. Without it no national number is known for what it is. */
  readonly countryCode?: string | undefined
  /** What a national number begins with; empty where it begins with nothing. */
  readonly nationalPrefix: string
  /** What an international number begins with, besides `+`. */
  readonly internationalPrefix: string
  /** What a number is that begins with none of them. */
  readonly bare: 'ignored' | 'national' | 'international'
  /** Fewest digits of a number that can be dialled from anywhere, country code included. */
  readonly leastDigits: number
}

/**
 * The option `numbers`: how numbers are written. The same in every plugin, so
 * that one tenant says it once.
 *
 * @param needs.isCountryNeeded the plugin is of no use without the country's code
 */
export function numberPlan({ isCountryNeeded = false } = {}) {
  return z
    .strictObject({
      countryCode: digits(/^[1-9]\d{0,2}$/, 'one to three digits, for example "49"')
        .optional()
        .describe('what national numbers belong to, for example `"49"`'),
      nationalPrefix: digits(/^\d{0,4}$/, quoted)
        .prefault('0')
        .describe('what national numbers begin with; may be empty'),
      internationalPrefix: digits(/^\d{1,5}$/, quoted)
        .prefault('00')
        .describe('what international ones begin with, besides `+`'),
      bare: z
        .enum(['ignored', 'national', 'international'])
        .default('ignored')
        .describe('what numbers are that begin with neither; `ignored`: internal ones'),
      leastDigits: z
        .int()
        .min(3)
        .max(mostDigits)
        .default(8)
        .describe('fewest digits of a full number, country code included'),
    })
    .superRefine(({ countryCode, nationalPrefix, internationalPrefix, bare }, context) => {
      if (countryCode === undefined && (isCountryNeeded || bare === 'national')) {
        const message = 'is missing: the country\'s code, for example "49"'
        context.addIssue({ code: 'custom', path: ['countryCode'], message })
      }
      if (nationalPrefix.startsWith(internationalPrefix)) {
        const message = 'begins as international numbers do'
        context.addIssue({ code: 'custom', path: ['nationalPrefix'], message })
      }
    })
}

/**
 * Writes all spellings of a full number as one, `+`, country code, rest: `+49
 * (0)30 1234-56`, `0049 30 123456` and `030 123456` are `+4930123456`.
 *
 * @returns undefined for what cannot be dialled from anywhere: withheld, internal, short, or no number
 */
export function normaliseNumber(raw: string, plan: NumberPlan): string | undefined {
  const number = expand(plain(raw, plan), plan)
  const isFull =
    /^\+[1-9]\d*$/.test(number) &&
    number.length > plan.leastDigits &&
    number.length <= mostDigits + 1
  return isFull ? number : undefined
}

/**
 * Writes all spellings of a number as one, to tell callers apart: as
 * {@link normaliseNumber} where that knows it, and other numbers (extensions,
 * short codes, national ones of a country that is not named) by their digits.
 *
 * @returns undefined for what is no number: withheld, a name
 */
export function comparableNumber(raw: string, plan: NumberPlan): string | undefined {
  const text = plain(raw, plan)
  const number = normaliseNumber(raw, plan) ?? (isBare(text, plan) ? text : expand(text, plan))
  return /^(\+[1-9]\d{1,14}|\d{1,15})$/.test(number) ? number : undefined
}

/**
 * Writes the beginning of numbers as {@link comparableNumber} writes the numbers.
 *
 * @returns undefined for what is none
 */
export function comparablePrefix(raw: string, plan: NumberPlan): string | undefined {
  const text = expand(plain(raw, plan), plan)
  return /^(\+\d{0,15}|\d{1,15})$/.test(text) ? text : undefined
}

/** Without what only parts digits; empty for what is no number. */
function plain(raw: string, { nationalPrefix, internationalPrefix }: NumberPlan): string {
  const text = raw.replaceAll(separators, '')
  if (!/^\+?\d*$/.test(text)) {
    return ''
  }
  const isInternational = text.startsWith('+') || text.startsWith(internationalPrefix)
  // The zero that is dialled within the country alone; without such a prefix it is part of the number.
  return isInternational && nationalPrefix !== ''
    ? raw.replace('(0)', '').replaceAll(separators, '')
    : text
}

function isBare(text: string, { nationalPrefix, internationalPrefix }: NumberPlan): boolean {
  return !(
    text.startsWith('+') ||
    text.startsWith(internationalPrefix) ||
    (nationalPrefix !== '' && text.startsWith(nationalPrefix))
  )
}

/** With `+` where the plan can say what the number is. */
function expand(text: string, plan: NumberPlan): string {
  const { countryCode, nationalPrefix, internationalPrefix, bare } = plan
  if (text === '' || text.startsWith('+')) {
    return text
  }
  if (text.startsWith(internationalPrefix)) {
    return `+${text.slice(internationalPrefix.length)}`
  }
  if (!isBare(text, plan)) {
    return countryCode === undefined ? text : `+${countryCode}${text.slice(nationalPrefix.length)}`
  }
  switch (bare) {
    case 'national':
      return countryCode === undefined ? text : `+${countryCode}${text}`
    case 'international':
      return `+${text}`
    case 'ignored':
      return text
  }
}
