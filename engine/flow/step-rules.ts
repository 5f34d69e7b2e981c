import type { z } from 'zod'
import { refusal } from '../yaml/scalars.ts'

/** Each step has exactly one of these. */
export const stepActions = [
  'play',
  'say',
  'menu',
  'collect',
  'record',
  'when',
  'language',
  'queue',
  'transfer',
  'hangup',
  'goto',
] as const
export type ActionName = (typeof stepActions)[number]

/** Actions that wait for the caller. */
export const asksCaller: ReadonlySet<ActionName> = new Set(['menu', 'collect', 'record'])

/** Actions that take time. */
export const takesTime: ReadonlySet<ActionName> = new Set(['play', 'say', ...asksCaller])

/** The actions that each option can be used with. */
const options: Readonly<Record<string, readonly ActionName[]>> = {
  as: ['say'],
  bargeIn: ['play', 'say'],
  timeLimit: ['play', 'say'],
  next: ['play', 'say', 'collect', 'record', 'language'],
}

/** The actions of a step. A valid step has exactly one. */
export function actionsOf(step: Readonly<Record<string, unknown>>): readonly ActionName[] {
  return stepActions.filter((name) => step[name] !== undefined)
}

/** Refuses a step without an action or with several, and options that do not apply to its action. */
export function checkStep(
  step: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
): void {
  const [action, ...others] = actionsOf(step)
  if (action === undefined || others.length > 0) {
    const message = `needs exactly one of: ${stepActions.join(', ')}`
    context.addIssue(refusal(message, 'split it into steps, for example { play: welcome.wav }'))
    return
  }
  for (const [option, fitting] of Object.entries(options)) {
    if (step[option] !== undefined && !fitting.includes(action)) {
      const message = `has no effect with ${action}`
      const cure = `remove it; it goes with ${fitting.join(', ')}`
      context.addIssue({ code: 'custom', path: [option], message: refusal(message, cure) })
    }
  }
}
