import type { Raw } from './document.ts'
import type { Path } from './fault.ts'

/** What a plugin may be given: the file does not say its shape. */
export type FreeValue =
  | string
  | number
  | boolean
  | readonly FreeValue[]
  | { readonly [key: string]: FreeValue }

const numberPattern = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/

/**
 * A value whose shape the file's schema does not know, read as most readers of
 * YAML do: plain numbers and truth values are such. What starts as a telephone
 * number may (`0301234`, `+4930`) stays text, as does what is in quotes.
 *
 * @param isPlain whether the text at this path stands without quotes
 */
export function freeValue(raw: Raw, path: Path, isPlain: (path: Path) => boolean): FreeValue {
  if (typeof raw === 'string') {
    return isPlain(path) ? plainValue(raw) : raw
  }
  return isList(raw)
    ? raw.map((item, index) => freeValue(item, [...path, index], isPlain))
    : Object.fromEntries(
        Object.entries(raw).map(([key, item]) => [key, freeValue(item, [...path, key], isPlain)]),
      )
}

function plainValue(text: string): FreeValue {
  if (text === 'true' || text === 'false') {
    return text === 'true'
  }
  return numberPattern.test(text) ? Number(text) : text
}

function isList(raw: Raw): raw is readonly Raw[] {
  return Array.isArray(raw)
}
