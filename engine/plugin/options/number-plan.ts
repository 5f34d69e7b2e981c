import { z } from 'zod'
import { digits } from './digits.ts'

/** E.164 allows no more, country code included. */
const maxDigits = 15
const separators = /[\s()./\u2013-]/g
const quoted = 'digits, in quotes'

/** How numbers are written where the calls come in. */
export interface NumberPlan {
  /** Digits, without `+`. If absent, national numbers cannot be completed. */
  readonly countryCode?: string | undefined
  /** Prefix of national numbers; empty if they have none. */
  readonly nationalPrefix: string
  /** Prefix of international numbers, besides `+`. */
  readonly internationalPrefix: string
  /** How to read a number with neither prefix. */
  readonly bare: 'ignored' | 'national' | 'international'
  /** Minimum length in digits of a number that can be dialled from anywhere, country code included. */
  readonly leastDigits: number
}

/**
 * The option `numbers`: how numbers are written. It is the same in every plugin, so
 * that a tenant needs to write it only once.
 *
 * @param isCountryNeeded true if the plugin cannot work without a country code
 */
export function numberPlan({ isCountryNeeded = false } = {}) {
  return z
    .strictObject({
      countryCode: digits(/^[1-9]\d{0,2}$/, 'one to three digits, for example "49"')
        .optional()
        .describe('country code of national numbers, for example `"49"`'),
      nationalPrefix: digits(/^\d{0,4}$/, quoted)
        .prefault('0')
        .describe('prefix of national numbers; may be empty'),
      internationalPrefix: digits(/^\d{1,5}$/, quoted)
        .prefault('00')
        .describe('prefix of international numbers, besides `+`'),
      bare: z
        .enum(['ignored', 'national', 'international'])
        .default('ignored')
        .describe('how to read numbers with neither prefix; `ignored`: they are internal'),
      leastDigits: z
        .int()
        .min(3)
        .max(maxDigits)
        .default(8)
        .describe('minimum length in digits of a full number, country code included'),
    })
    .superRefine(({ countryCode, nationalPrefix, internationalPrefix, bare }, context) => {
      if (countryCode === undefined && (isCountryNeeded || bare === 'national')) {
        const message = 'is missing: the country code, for example "49"'
        context.addIssue({ code: 'custom', path: ['countryCode'], message })
      }
      if (nationalPrefix.startsWith(internationalPrefix)) {
        const message = 'must not begin with `internationalPrefix`'
        context.addIssue({ code: 'custom', path: ['nationalPrefix'], message })
      }
    })
}

/**
 * Normalises every spelling of a full number to `+`, country code, rest: `+49
 * (0)30 1234-56`, `0049 30 123456` and `030 123456` become `+4930123456`.
 *
 * @returns undefined for numbers that cannot be dialled from anywhere (withheld, internal, too
 *   short), and for text that is not a number
 */
export function normaliseNumber(raw: string, plan: NumberPlan): string | undefined {
  const number = expand(plain(raw, plan), plan)
  const isFull =
    /^\+[1-9]\d*$/.test(number) &&
    number.length > plan.leastDigits &&
    number.length <= maxDigits + 1
  return isFull ? number : undefined
}

/**
 * Normalises a number to tell callers apart: like {@link normaliseNumber} if that
 * succeeds, and otherwise to its digits (extensions, short codes, national numbers
 * when the country code is unknown).
 *
 * @returns undefined for text that is not a number: withheld, a name
 */
export function comparableNumber(raw: string, plan: NumberPlan): string | undefined {
  const text = plain(raw, plan)
  const number = normaliseNumber(raw, plan) ?? (isBare(text, plan) ? text : expand(text, plan))
  return /^(\+[1-9]\d{1,14}|\d{1,15})$/.test(number) ? number : undefined
}

/**
 * Normalises a prefix to match numbers normalised by {@link comparableNumber}.
 *
 * @returns undefined for text that is not a prefix
 */
export function comparablePrefix(raw: string, plan: NumberPlan): string | undefined {
  const text = expand(plain(raw, plan), plan)
  return /^(\+\d{0,15}|\d{1,15})$/.test(text) ? text : undefined
}

/** Removes separators; empty for text that is not a number. */
function plain(raw: string, { nationalPrefix, internationalPrefix }: NumberPlan): string {
  const text = raw.replaceAll(separators, '')
  if (!/^\+?\d*$/.test(text)) {
    return ''
  }
  const isInternational = text.startsWith('+') || text.startsWith(internationalPrefix)
  // `(0)` is the national prefix, dialled only within the country. Without such a prefix it is part of the number.
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

/** Expands a number to `+` and country code, if the plan allows. */
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
