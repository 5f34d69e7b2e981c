/** Where a value is in the file, key by key. */
export type Path = readonly (string | number)[]

/** One thing that is wrong with a configuration file. Never contains a secret. */
export interface Fault {
  /** With nothing worse than warnings the configuration is usable. */
  readonly severity: 'error' | 'warning'
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** For example `tenants.acme.routes[0].queue`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
  /** What to do about it. */
  readonly cure: string
}

/** `['routes', 0, 'queue']` as `routes[0].queue`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`,
    '',
  )
}

/**
 * Renders faults as a compiler does: `file:line:column: error: …`, then the line with a caret,
 * then the cure. Whatever may be a secret on the line is hidden.
 *
 * @param source the text that was parsed, and its name
 */
export function formatFaults(
  faults: readonly Fault[],
  source: { readonly path: string; readonly text: string },
): string {
  const lines = withoutByteOrderMark(source.text).split(/\r\n|\r|\n/)
  return faults.map((fault) => formatFault(fault, source.path, lines)).join('\n')
}

/** Windows editors put a byte order mark at the start of a file. It is not part of the first line. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

function formatFault(fault: Fault, file: string, lines: readonly string[]): string {
  const number = String(fault.line)
  const blank = ' '.repeat(number.length)
  const line = lines[fault.line - 1] ?? ''
  // Tabs are kept, so that the caret is below its character.
  const pad = line.slice(0, fault.column - 1).replace(/[^\t]/g, ' ')
  const place = fault.path === '' ? '' : `${fault.path}: `
  return [
    `${file}:${fault.line}:${fault.column}: ${fault.severity}: ${place}${fault.message}`,
    `  ${number} | ${hideSecrets(lines, fault.line - 1)}`,
    `  ${blank} | ${pad}^`,
    `  cure: ${fault.cure}`,
    '',
  ].join('\n')
}

// Misspelt names of secrets count too: those are the lines that get shown.
const secretKey = /\b(pas+\w*|pwd|pw|\w*token|nkey|seed|\w*secret)["']?\s*:/i
const opensSecret = new RegExp(`${secretKey.source}[\\s{|>"'+\\d-]*$`, 'i')
const secretReference = /^\s*\{\s*(env|file)\s*:\s*[\w./~-]+\s*\}/
const referenceLine = /^\s*(env|file)\s*:\s*[\w./~-]+\s*$/
const urlCredentials = /(\/\/)[^\s/]*@/g

/** The line with everything hidden that may be a secret: what follows a key that takes one, or is nested below it. */
function hideSecrets(lines: readonly string[], index: number): string {
  const line = lines[index] ?? ''
  return isBelowSecretKey(lines, index) && !referenceLine.test(line)
    ? '[secret]'
    : hideAfterKeys(line.replace(urlCredentials, '$1[secret]@'))
}

function isBelowSecretKey(lines: readonly string[], index: number): boolean {
  const depth = depthOf(lines[index] ?? '')
  const above = lines
    .slice(0, index)
    .findLast((line) => line.trim() !== '' && depthOf(line) < depth)
  return above !== undefined && opensSecret.test(above)
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Hides what follows a key that takes a secret, unless it is a reference to one. */
function hideAfterKeys(line: string): string {
  let kept = ''
  let rest = line
  for (let match = secretKey.exec(rest); match !== null; match = secretKey.exec(rest)) {
    const end = match.index + match[0].length
    kept += rest.slice(0, end)
    rest = rest.slice(end)
    const reference = secretReference.exec(rest)
    if (reference !== null) {
      kept += reference[0]
      rest = rest.slice(reference[0].length)
    } else if (rest.trim() !== '') {
      return `${kept} [secret]`
    }
  }
  return kept + rest
}
