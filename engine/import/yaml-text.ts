/** A value on one line: text, a number, a flag, a list or a map. */
export type InlineValue =
  | string
  | number
  | boolean
  | readonly InlineValue[]
  | { readonly [key: string]: InlineValue }

/** A key of a map, with its value or with a map below it. */
export interface Entry {
  readonly key: string
  readonly value: InlineValue | { readonly entries: readonly Entry[] }
  /** Lines above it. */
  readonly comments?: readonly string[]
}

const maxLineLength = 110
// Anything else is quoted, as is text that a reader of YAML 1.1 or 1.2 could take for null, a flag,
// a number or a date.
const plain = /^[A-Za-z0-9_/][\w./@+-]*(:\/[\w./@+-]*)?$/
const words = /^(null|true|false|yes|no|on|off|y|n)$/i
const numbers = /^(0[box][\da-f_]+|(\d[\d_]*(\.[\d_]*)?)?(e[+-]?\d+)?|\d{4}-\d\d?-\d\d?.*)$/i

/**
 * Writes entries as YAML. A YAML reader gets the same values back: text stays text, also where it
 * looks like a number. Text must not contain control characters.
 */
export function writeYaml(entries: readonly Entry[], depth = 0): string {
  const indent = '  '.repeat(depth)
  return entries
    .map(({ key, value, comments = [] }) => {
      const above = comments.map((comment) => `${indent}# ${oneLine(comment)}\n`).join('')
      return above + writeEntry(`${indent}${scalar(key)}:`, value, depth)
    })
    .join('')
}

function writeEntry(start: string, value: Entry['value'], depth: number): string {
  if (isBlock(value)) {
    return value.entries.length === 0
      ? `${start} {}\n`
      : `${start}\n${writeYaml(value.entries, depth + 1)}`
  }
  const line = `${start} ${flow(value)}\n`
  if (line.length <= maxLineLength || !isList(value)) {
    return line
  }
  const indent = '  '.repeat(depth + 1)
  return `${start}\n${value.map((item) => `${indent}- ${flow(item)}\n`).join('')}`
}

/** Formats a time span for the configuration: `90s`, `5m`, `2h`. */
export function spanText(seconds: number): string {
  if (seconds === 0 || seconds % 60 !== 0) {
    return `${seconds}s`
  }
  return seconds % 3_600 === 0 ? `${seconds / 3_600}h` : `${seconds / 60}m`
}

function isBlock(value: Entry['value']): value is { readonly entries: readonly Entry[] } {
  return typeof value === 'object' && 'entries' in value && isList(value['entries'])
}

function isList(value: unknown): value is readonly InlineValue[] {
  return Array.isArray(value)
}

function flow(value: InlineValue): string {
  if (typeof value === 'string') {
    return scalar(value)
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value)
  }
  if (isList(value)) {
    return value.length === 0 ? '[]' : `[ ${value.map(flow).join(', ')} ]`
  }
  const pairs = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${flow(item)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

function scalar(text: string): string {
  const isPlain = plain.test(text) && !words.test(text) && !numbers.test(text)
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\uFEFF]/gu, '?')
}
