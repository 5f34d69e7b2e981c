import type { NumberPlan } from '../../engine/plugin/index.ts'

/** How a number is written for whoever dials it. */
export type DialFormat = 'plus' | 'prefix' | 'digits'

/** Writes a normalised number as the trunk wants it. */
export function formatNumber(
  number: string,
  format: DialFormat,
  { internationalPrefix }: NumberPlan,
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
