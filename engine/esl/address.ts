import type { Destination } from '../switch/switch.ts'

/**
 * The dial string of a destination: its address unchanged, or, for a customer, with `{number}`
 * replaced by the number and `{digits}` by the number without a leading `+`.
 */
export function dialStringOf({ address, number }: Destination): string {
  return number === undefined
    ? address
    : address.replaceAll('{number}', number).replaceAll('{digits}', number.replace(/^\+/, ''))
}
