import { SwitchyardError } from '../errors.ts'

const subjectPattern = /^[^\s\p{Cc}.*>]+(?:\.[^\s\p{Cc}.*>]+)*$/u
const maxLength = 512

/**
 * Refuses text that no broker accepts as the subject of a message.
 *
 * @throws SwitchyardError SY_BUS_INVALID when a token is empty, a wildcard, or contains white space
 */
export function checkSubject(subject: string): void {
  if (!subjectPattern.test(subject) || subject.length > maxLength) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a subject consists of words joined by ".", without white space and wildcards',
    )
  }
}

/**
 * Refuses text that no broker accepts as a subscription. `*` matches one token, `>` at the end one or more.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkPattern(pattern: string): void {
  const tokens = pattern.split('.')
  const isValid =
    pattern.length <= maxLength &&
    tokens.every(
      (token, index) =>
        token !== '' && !hasSpaceOrControl(token) && (token !== '>' || index === tokens.length - 1),
    )
  if (!isValid) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a subject consists of words joined by ".", without white space; ">" only at the end',
    )
  }
}

/** Whether a message on `subject` matches the subscription `pattern`. */
export function matchesSubject(pattern: string, subject: string): boolean {
  if (pattern === subject) {
    return true
  }
  const wanted = pattern.split('.')
  const tokens = subject.split('.')
  for (const [index, token] of wanted.entries()) {
    if (token === '>') {
      return tokens.length > index
    }
    if (index >= tokens.length || (token !== '*' && token !== tokens[index])) {
      return false
    }
  }
  return wanted.length === tokens.length
}

/** Whether some subject matches both patterns: two streams must not store the same subject. */
export function patternsOverlap(a: string, b: string): boolean {
  const left = a.split('.')
  const right = b.split('.')
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const one = left[index]
    const other = right[index]
    if (one === undefined || other === undefined) {
      return false
    }
    if (one === '>' || other === '>') {
      return true
    }
    if (one !== '*' && other !== '*' && one !== other) {
      return false
    }
  }
  return true
}

function hasSpaceOrControl(token: string): boolean {
  for (let index = 0; index < token.length; index += 1) {
    const code = token.charCodeAt(index)
    if (code <= 0x20 || code === 0x7f) {
      return true
    }
  }
  return false
}

/**
 * Refuses a name of a stream, durable consumer or bucket that JetStream does not accept.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'the name of a stream, consumer or bucket consists of letters, digits, "-" and "_"',
    )
  }
}

/**
 * Refuses a key that a JetStream bucket does not accept.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkKey(key: string): void {
  if (!/^[-/=\w]+(\.[-/=\w]+)*$/.test(key) || key.length > maxLength) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a key consists of words of letters, digits, "-", "_", "/" and "=", joined by "."',
    )
  }
}

/**
 * Refuses a message id that cannot be in a message header.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkMessageId(id: string): void {
  if (id === '' || id.length > maxLength || hasSpaceOrControl(id)) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a message id must not be empty or contain white space',
    )
  }
}
