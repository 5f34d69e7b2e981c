import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import { preferred, requires } from '../catalogue/events/needs.ts'
import { seconds } from './decision-text.ts'

/**
 * Describes the agents that a call itself requires and prefers, in a sentence each.
 *
 * @param fields of `call.queued` or `call.changed`; unreadable values are left out
 */
export function needsText(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const steps = requires.safeParse(fields['requires']).data ?? []
  const agents = preferred.safeParse(fields['preferred']).data
  return [
    ...(steps.length === 0 ? [] : [`It requires ${steps.map(stepText).join('; ')}.`]),
    ...(agents === undefined ? [] : [preferredText(agents)]),
  ]
}

function stepText({ afterMs, anyOf }: NonNullable<WrittenNeeds['requires']>[number]): string {
  const from = afterMs === 0 ? '' : `after ${seconds(afterMs)} `
  return `${from}${anyOf.map(alternativeText).join(' or ')}`
}

function alternativeText(skills: Readonly<Record<string, number>>): string {
  const each = Object.entries(skills).map(([skill, level]) => `${skill} ${level}`)
  return each.length === 0 ? 'anyone' : each.join(' and ')
}

function preferredText({
  agents,
  holdMs = 0,
  isWhileStaffed = false,
}: NonNullable<WrittenNeeds['preferred']>): string {
  const hold = holdMs > 0 ? `, and only them for ${seconds(holdMs)}` : ''
  const staffed = ', and only them while one of them is staffed'
  return `It prefers ${agents.join(', ')}${isWhileStaffed ? staffed : hold}.`
}
