/** A translated contact of an agent, or why it cannot be translated. */
export type Contact =
  | {
      readonly ok: true
      readonly dial: string
      /** How long this phone rings, if the contact limits it. */
      readonly ringSeconds: number | undefined
    }
  /** Neither text quotes the contact, which may contain a password or a number. */
  | { readonly ok: false; readonly message: string; readonly cure: string }

const timeLimit = /^\s*(?:leg_timeout|call_timeout|originate_timeout)\s*=\s*(\d{1,6})\s*$/
const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']', '<': '>' }

/**
 * Translates a contact into the dial string of one phone.
 *
 * The engine puts an offer's variables in braces before the dial string, and rings several
 * agents with everything in brackets. So time limits go into braces, where they override the
 * queue's `leg_timeout` (switch_ivr_originate.c: the last of several braces wins, and braces
 * win over brackets). Values that the switch expands (`${…}`) go into brackets, since the
 * engine ends a group of braces at the first closing brace.
 */
export function translateContact(contact: string): Contact {
  const parts = splitVariables(contact.trim())
  if (parts === undefined) {
    return refuse('a bracket before the phone is not closed', 'close it, or remove it')
  }
  const { groups, phone } = parts
  if (phone.startsWith('${')) {
    return refuse(
      'the contact is an expression that the switch expands to any number of phones',
      'write the phone itself; for sofia_contact(ID@DOMAIN) that is user/ID@DOMAIN',
    )
  }
  if (/[,|]|:_:/.test(phone)) {
    return refuse(
      'several phones; an agent has one phone',
      'keep one phone, or write an agent for each, or let an extension of the dialplan bridge to all of them and write loopback/EXTENSION/CONTEXT',
    )
  }
  const { braces, brackets, ringSeconds } = sortVariables(groups)
  const dial = `${bracketed('{', braces)}${bracketed('[', brackets)}${phone}`
  return isOnePhone(dial)
    ? { ok: true, dial, ringSeconds }
    : refuse(
        'not a dial string that an offer can carry',
        'write TYPE/ADDRESS without spaces, such as user/1001@example.org; put variables before it as {name=value}, or as [name=value] if the switch expands the value',
      )
}

/** Variables sorted into groups. Each text becomes a group of its own. */
interface Variables {
  readonly braces: readonly string[]
  readonly brackets: readonly string[]
  readonly ringSeconds: number | undefined
}

function sortVariables(groups: readonly Group[]): Variables {
  const braces: string[] = []
  const brackets: string[] = []
  const limits: number[] = []
  for (const { open, inner } of groups) {
    // A group with quotes or a delimiter of its own stays as it is.
    const variables = /^\s*\^\^|['\\]/.test(inner) ? [inner] : splitAtCommas(inner)
    limits.push(...variables.map(secondsOf).filter((seconds) => seconds > 0))
    const others = variables.filter((variable) => secondsOf(variable) === 0)
    const isBracket = (variable: string) => open === '[' || variable.includes('${')
    braces.push(others.filter((variable) => !isBracket(variable)).join(','))
    brackets.push(others.filter(isBracket).join(','))
  }
  const ringSeconds = limits.length === 0 ? undefined : Math.min(...limits)
  const limit = ringSeconds === undefined ? [] : [`leg_timeout=${ringSeconds}`]
  return { braces: [...braces, ...limit], brackets, ringSeconds }
}

function secondsOf(variable: string): number {
  return Number(timeLimit.exec(variable)?.[1] ?? 0)
}

function bracketed(open: '{' | '[', texts: readonly string[]): string {
  return texts
    .filter((text) => text !== '')
    .map((text) => `${open}${text}${closers[open]}`)
    .join('')
}

function refuse(message: string, cure: string): Contact {
  return { ok: false, message, cure }
}

/** Whether the configuration and the encoder of offers accept the dial string. */
function isOnePhone(dial: string): boolean {
  const phone = dial.replace(/^(\{[^}]*\}|\[[^\]]*\])+/, '')
  const isSound = [...dial.matchAll(/\{([^}]*)\}/g)]
    .filter(({ index }) => dial[index - 1] !== '$')
    .every(([, inner = '']) => !/[[\]{]/.test(inner))
  return /^\w+\/[^\s,|]+$/.test(phone) && !/[\p{Cc}\u2028\u2029]/u.test(dial) && isSound
}

interface Group {
  readonly open: string
  readonly inner: string
}

function splitVariables(
  contact: string,
): { readonly groups: readonly Group[]; readonly phone: string } | undefined {
  const groups: Group[] = []
  let rest = contact
  for (let open = rest[0] ?? ''; open in closers; open = rest[0] ?? '') {
    const end = endOf(rest, open, closers[open] ?? '')
    if (end < 0) {
      return undefined
    }
    groups.push({ open, inner: rest.slice(1, end) })
    rest = rest.slice(end + 1).trimStart()
  }
  return { groups, phone: rest }
}

/** The index at which the text's first bracket is closed, or -1. */
function endOf(text: string, open: string, close: string): number {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    depth += text[index] === open ? 1 : text[index] === close ? -1 : 0
    if (depth === 0) {
      return index
    }
  }
  return -1
}

/** Splits at commas outside braces. */
function splitAtCommas(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    depth += text[index] === '{' ? 1 : text[index] === '}' ? -1 : 0
    if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}
