import { SwitchyardError } from '../errors.ts'
import type { EventType } from './events/events.ts'

/** The stream that keeps every event, and its subjects. */
export const eventStream = {
  name: 'SWITCHYARD_EVENTS',
  subjects: ['switchyard.*.event.>'],
} as const

/** The stream that keeps the events that plugins could not handle, and its subjects. */
export const deadLetterStream = {
  name: 'SWITCHYARD_DEAD_LETTERS',
  subjects: ['switchyard.*.plugin.*.deadLetter.>'],
  newMaxAgeMs: 30 * 24 * 60 * 60_000,
} as const

const tenantPattern = /^[A-Za-z0-9_-]{1,64}$/
const tokenPattern = /^[A-Za-z0-9_-]{1,64}$/

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
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'the type of an event is two plain words joined by "."',
    )
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
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'the name of a command is two plain words joined by "."',
    )
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
    throw new SwitchyardError('SY_BUS_INVALID', 'a subject of a plugin consists of plain words')
  }
  return `switchyard.${tenantToken(tenant)}.plugin.${plugin}.${kind}.${rest}`
}

/**
 * Returns `tenant` if it can be part of a subject: 1 to 64 letters, digits, `-` and `_`.
 *
 * @throws SwitchyardError SY_BUS_INVALID otherwise: a tenant named `*` would receive the events of others
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
