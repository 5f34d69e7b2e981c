/** What becomes of an agent's contact. */
export type Contact =
  | {
      readonly ok: true
      readonly dial: string
      /** How long this phone alone rings, when the contact says so. */
      readonly ringSeconds: number | undefined
    }
  /** Neither text holds any of the contact: it may carry a password or a number. */
  | { readonly ok: false; readonly message: string; readonly cure: string }

const timeLimit = /^\s*(?:leg_timeout|call_timeout|originate_timeout)\s*=\s*(\d{1,6})\s*$/
const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']', '<': '>' }

/**
 * Turns a contact into a dial string of one phone.
 *
 * The engine puts an offer's variables before it, in braces, and rings several
 * agents with everything in brackets. So what limits the time stands in braces,
 * where it goes before the queue's `leg_timeout` (switch_ivr_originate.c: the last
 * of several braces wins, and braces over brackets); and what the switch expands
 * (`${…}`) stands in brackets, since a brace inside braces ends them for us.
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
      'several phones; the dial string of an agent is one phone',
      'keep one phone; or write an agent for each; or let an extension of the dialplan bridge to all of them, and write loopback/EXTENSION/CONTEXT',
    )
  }
  const { braces, brackets, ringSeconds } = sortVariables(groups)
  const dial = `${bracketed('{', braces)}${bracketed('[', brackets)}${phone}`
  return isOnePhone(dial)
    ? { ok: true, dial, ringSeconds }
    : refuse(
        'not a dial string that an offer can carry',
        'write TYPE/ADDRESS without spaces, as user/1001@example.org; variables before it as {name=value}, those whose values the switch expands as [name=value]',
      )
}

/** Texts of groups; each becomes a group of its own. */
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
    // What is quoted or has a delimiter of its own is not ours to take apart.
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

/** As the configuration and the encoder of offers want it. */
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

/** Where the bracket that opens the text is closed. */
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

/** Splits at the commas that stand in no braces of their own. */
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
