import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import { preferred, requires } from '../catalogue/events/needs.ts'
import { seconds } from './decision-text.ts'

/**
 * Says what a call itself asked of its agent, a sentence each.
 *
 * @param fields those of `call.queued`; what cannot be read is left out
 */
export function needsText(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const steps = requires.safeParse(fields['requires']).data ?? []
  const agents = preferred.safeParse(fields['preferred']).data
  return [
    ...(steps.length === 0 ? [] : [`It asks for ${steps.map(stepText).join('; ')}.`]),
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
  const hold = holdMs > 0 ? ` and nobody else for ${seconds(holdMs)}` : ''
  const staffed = ' and nobody else while one of them is staffed'
  return `It would have ${agents.join(', ')} first${isWhileStaffed ? staffed : hold}.`
}
