import type { Raw } from './document.ts'
import type { Path } from './fault.ts'

/** A value that is handed to a plugin. The schema of the file does not know its shape. */
export type FreeValue =
  | string
  | number
  | boolean
  | readonly FreeValue[]
  | { readonly [key: string]: FreeValue }

const numberPattern = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/

/**
 * Reads a value whose shape the schema of the file does not know, as most readers of YAML do:
 * numbers and booleans without quotes are converted. Text in quotes stays text, and so does
 * whatever begins like a telephone number (`0301234`, `+4930`).
 *
 * @param isPlain whether the text at this path is written without quotes
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
