import { SwitchyardError } from '../errors.ts'
import type { EventType } from './events.ts'

/** The stream that keeps every event, and what it keeps. */
export const eventStream = {
  name: 'SWITCHYARD_EVENTS',
  subjects: ['switchyard.*.event.>'],
} as const

/** The stream that keeps what plugins could not handle, and what it keeps. */
export const deadLetterStream = {
  name: 'SWITCHYARD_DEAD_LETTERS',
  subjects: ['switchyard.*.plugin.*.deadLetter.>'],
  maxAgeMs: 30 * 24 * 60 * 60_000,
} as const

const tenantPattern = /^[A-Za-z0-9_-]{1,64}$/
const tokenPattern = /^[A-Za-z0-9_-]{1,64}$/
const subjectPattern = /^[^\s\p{Cc}.*>]+(?:\.[^\s\p{Cc}.*>]+)*$/u
const longestSubject = 512

/**
 * The subject an event is published on, for example `switchyard.acme.event.call.queued`.
 *
 * @throws SwitchyardError SY_BUS_INVALID when the tenant cannot be part of a subject
 */
export function eventSubject(tenant: string, type: EventType): string {
  return `switchyard.${tenantToken(tenant)}.event.${type}`
}

/**
 * The subject an event of a plugin is published on, for example
 * `switchyard.acme.event.callback.connected`: the stream of events keeps it too.
 *
 * @param type the plugin's name and one word, joined by `.`
 * @throws SwitchyardError SY_BUS_INVALID when a part cannot be part of a subject
 */
export function pluginEventSubject(tenant: string, type: string): string {
  const words = type.split('.')
  if (words.length !== 2 || !words.every((word) => tokenPattern.test(word))) {
    throw new SwitchyardError('SY_BUS_INVALID', 'an event is named by two plain words')
  }
  return `switchyard.${tenantToken(tenant)}.event.${type}`
}

/**
 * The subject a command is served on, for example `switchyard.acme.command.agent.login`.
 *
 * @param noun what it acts on, one word (`agent`)
 * @param verb what it does, one word (`login`)
 * @throws SwitchyardError SY_BUS_INVALID when a part cannot be part of a subject
 */
export function commandSubject(tenant: string, noun: string, verb: string): string {
  if (!tokenPattern.test(noun) || !tokenPattern.test(verb)) {
    throw new SwitchyardError('SY_BUS_INVALID', 'a command is named by two plain words')
  }
  return `switchyard.${tenantToken(tenant)}.command.${noun}.${verb}`
}

/**
 * A subject of a plugin's own, for example `switchyard.acme.plugin.skill.command.setRule`.
 * All of them begin alike, so that one line of permissions covers them.
 *
 * @param rest one word, or the type of an event
 * @throws SwitchyardError SY_BUS_INVALID when a part cannot be part of a subject
 */
export function pluginSubject(
  tenant: string,
  plugin: string,
  kind: 'command' | 'deadLetter',
  rest: string,
): string {
  if (!tokenPattern.test(plugin) || !rest.split('.').every((word) => tokenPattern.test(word))) {
    throw new SwitchyardError('SY_BUS_INVALID', 'a subject of a plugin is made of plain words')
  }
  return `switchyard.${tenantToken(tenant)}.plugin.${plugin}.${kind}.${rest}`
}

/**
 * Returns `tenant` if it may stand in a subject: 1 to 64 of letters, digits, `-` and `_`.
 *
 * @throws SwitchyardError SY_BUS_INVALID otherwise: a tenant named `*` would hear its neighbours
 */
export function tenantToken(tenant: string): string {
  if (!tenantPattern.test(tenant)) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a tenant id is 1 to 64 letters, digits, "-" and "_": it is part of bus subjects',
    )
  }
  return tenant
}

/**
 * Refuses what no broker takes as the subject of one message.
 *
 * @throws SwitchyardError SY_BUS_INVALID when a token is empty, a wildcard, or holds white space
 */
export function checkSubject(subject: string): void {
  if (!subjectPattern.test(subject) || subject.length > longestSubject) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a subject is words joined by ".", without white space and wildcards',
    )
  }
}

/**
 * Refuses what no broker takes as a subscription. `*` stands for one token, a last `>` for one or more.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkPattern(pattern: string): void {
  const tokens = pattern.split('.')
  const isValid =
    pattern.length <= longestSubject &&
    tokens.every(
      (token, index) =>
        token !== '' && !hasSpaceOrControl(token) && (token !== '>' || index === tokens.length - 1),
    )
  if (!isValid) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a subject is words joined by ".", without white space; ">" only at the end',
    )
  }
}

/** True when a message on `subject` belongs to the subscription `pattern`. */
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

/** True when some subject belongs to both patterns: two streams may not both keep it. */
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
 * Refuses a name of a stream, durable consumer or bucket that JetStream does not take.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a stream, consumer or bucket is named by letters, digits, "-" and "_"',
    )
  }
}

/**
 * Refuses a key that a JetStream bucket does not take.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkKey(key: string): void {
  if (!/^[-/=\w]+(\.[-/=\w]+)*$/.test(key) || key.length > longestSubject) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'a key is words of letters, digits, "-", "_", "/" and "=", joined by "."',
    )
  }
}

/**
 * Refuses a message id that cannot stand in a message header.
 *
 * @throws SwitchyardError SY_BUS_INVALID
 */
export function checkMessageId(id: string): void {
  if (id === '' || id.length > longestSubject || hasSpaceOrControl(id)) {
    throw new SwitchyardError('SY_BUS_INVALID', 'a message id has no white space and is not empty')
  }
}
