import { createHash } from 'node:crypto'
import { z } from '../../engine/plugin/index.ts'
import { digits } from './option-words.ts'

/** How numbers are written where the plugin meets them. */
export const numberOptions = z.strictObject({
  countryCode: digits(/^\d{1,3}$/, 'digits: 49')
    .optional()
    .describe('of numbers written without it; absent: numbers are taken as they are'),
  trunkPrefix: digits(/^\d{1,2}$/, 'digits: 0')
    .default('0')
    .describe('what stands before the area code within the country'),
  internationalPrefix: digits(/^\d{1,4}$/, 'digits: 00')
    .default('00')
    .describe('what stands for +'),
})

export type NumberOptions = z.output<typeof numberOptions>

/**
 * One way to write a number: digits, with a leading `+` where the country is
 * known. Blanks, dots, slashes, hyphens and brackets fall away.
 *
 * @returns undefined for what is no number that can be dialled
 */
export function normaliseNumber(text: string, options: NumberOptions): string | undefined {
  const plain = text.trim().replaceAll(/\(0\)|[\s./()–-]/g, '')
  if (!/^\+?\d{3,20}$/.test(plain)) {
    return undefined
  }
  const { countryCode, trunkPrefix, internationalPrefix } = options
  const number = plain.startsWith('+')
    ? plain
    : plain.startsWith(internationalPrefix)
      ? `+${plain.slice(internationalPrefix.length)}`
      : countryCode !== undefined && plain.startsWith(trunkPrefix)
        ? `+${countryCode}${plain.slice(trunkPrefix.length)}`
        : plain
  return /^(\+[1-9]\d{4,14}|\d{3,15})$/.test(number) ? number : undefined
}

/** A number's stand-in where it need not be known: in keys and in ids. */
export function fingerprint(number: string): string {
  return createHash('sha256').update(number).digest('hex').slice(0, 24)
}
