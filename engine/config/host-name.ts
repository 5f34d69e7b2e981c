import { text } from '../yaml/scalars.ts'

/** A host by name or address. */
export function hostName(example: string) {
  return text('a host name or address', example, /^[A-Za-z0-9.:_-]+$/)
}
