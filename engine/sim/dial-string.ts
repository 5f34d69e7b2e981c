import type { ByteString } from './wire-text.ts'

/** One leg of a dial string, with the variables to set on it. */
export interface DialledLeg {
  readonly endpoint: string
  readonly variables: ReadonlyMap<string, ByteString>
}

export interface ParsedDialString {
  /** Variables of the whole dial string. They are set on every leg and control the dialling (`originate_timeout`). */
  readonly variables: ReadonlyMap<string, ByteString>
  /** Groups are dialled one after the other (`|`). The legs of a group ring together (`,`). */
  readonly groups: readonly (readonly DialledLeg[])[]
}

/**
 * Parses a dial string such as `{a=1}[b=2]user/1001,[b=3]user/1002|user/1003`.
 * Values may be quoted with `'`, commas may be escaped with `\`, and a list of
 * variables may choose another delimiter (`{^^;a=1;b=2}`).
 */
export function parseDialString(text: ByteString): ParsedDialString {
  const variables = new Map<string, ByteString>()
  const rest = takeVariables(text.trimStart(), '{', '}', variables)
  const groups = split(rest, '|').map((group) =>
    split(group, ',').map((leg) => {
      const own = new Map(variables)
      return { endpoint: takeVariables(leg.trim(), '[', ']', own), variables: own }
    }),
  )
  return { variables, groups }
}

/** Parses all leading lists of variables into `into` and returns the rest. */
function takeVariables(
  text: ByteString,
  open: string,
  close: string,
  into: Map<string, ByteString>,
): ByteString {
  let rest = text
  while (rest.startsWith(open)) {
    const end = closing(rest, open, close)
    if (end < 0) return rest
    const inside = rest.slice(1, end)
    const delimiter = inside.startsWith('^^') ? (inside[2] ?? ',') : ','
    const list = inside.startsWith('^^') ? inside.slice(3) : inside
    for (const pair of split(list, delimiter)) {
      const equals = pair.indexOf('=')
      if (equals <= 0) continue
      into.set(pair.slice(0, equals).trim(), unquote(pair.slice(equals + 1)))
    }
    rest = rest.slice(end + 1).trimStart()
  }
  return rest
}

function closing(text: ByteString, open: string, close: string): number {
  let depth = 0
  let isQuoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '\\') i++
    else if (character === "'") isQuoted = !isQuoted
    else if (isQuoted) continue
    else if (character === open) depth++
    else if (character === close && --depth === 0) return i
  }
  return -1
}

/** Splits at `delimiter` outside quotes and brackets. */
function split(text: ByteString, delimiter: string): ByteString[] {
  const parts: ByteString[] = []
  let depth = 0
  let isQuoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string
    if (character === '\\') i++
    else if (character === "'") isQuoted = !isQuoted
    else if (isQuoted) continue
    else if ('[{('.includes(character)) depth++
    else if (']})'.includes(character)) depth--
    else if (character === delimiter && depth <= 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}

function unquote(value: ByteString): ByteString {
  const bare = value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1) : value
  return bare.replace(/\\(.)/g, '$1')
}
