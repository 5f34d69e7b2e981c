import type { Destination } from '../switch/switch.ts'

/**
 * The dial string of a destination: its address as it is, or for a customer with the number in
 * place of `{number}`, or of `{digits}` without a leading `+`.
 */
export function dialStringOf({ address, number }: Destination): string {
  return number === undefined
    ? address
    : address.replaceAll('{number}', number).replaceAll('{digits}', number.replace(/^\+/, ''))
}
