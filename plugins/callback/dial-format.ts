import type { NumberPlan } from '../../engine/plugin/index.ts'

/** How numbers are formatted for dialling: `+49…`, `0049…` or `49…`. */
export type DialFormat = 'plus' | 'prefix' | 'digits'

/** Formats a normalised number as the trunk expects it. */
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
