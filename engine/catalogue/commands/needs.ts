import { z } from 'zod'
import { readNeeds, type WrittenNeeds } from '../events/needs.ts'
import { levelRange, namePattern, needLimits } from '../limits.ts'
import { type CallChange, type NeedsFault, needsFault } from '../needs.ts'

/** What a call brings, as a command gives it: see `needsFault` for the rules. */

const { min, max } = levelRange

export const skillName = z
  .string()
  .regex(namePattern, 'a name is 1 to 64 letters, digits, "_" and "-"')
  .describe('a skill')

export const skillLevels = z.record(skillName, z.int().min(min).max(max))

export const priority = z
  .int()
  .min(-needLimits.priority)
  .max(needLimits.priority)
  .describe("higher is served first; added to the queue's own")

const span = (meaning: string) =>
  z.int().nonnegative().max(needLimits.spanMs).describe(meaning).meta({ unit: 'ms' })

export const requires = z
  .array(
    z.strictObject({
      afterMs: span('how long the call must have waited for this step to count'),
      anyOf: z
        .array(skillLevels)
        .min(1)
        .max(needLimits.alternatives)
        .describe(
          `alternatives, each a map of skill to lowest level, ${min} to ${max}; \`{}\` suits every agent`,
        ),
    }),
  )
  .min(1)
  .max(needLimits.steps)
  .superRefine((steps, context) => reportFault(readCommandNeeds({ requires: steps }), context))
  .describe(
    `what the agent must know, in place of the queue's own requirement: steps of alternatives. The first step has \`afterMs: 0\`; each further one replaces the one before once the call has waited \`afterMs\`, rounded up to whole seconds. ${needLimits.characters} characters at most when written out`,
  )

export const preferred = z
  .strictObject({
    agents: z
      .array(z.string().min(1).max(64).describe('the agent, by id'))
      .min(1)
      .max(needLimits.agents)
      .describe('in order of preference'),
    holdMs: span(
      'how long the call waits for them alone before anyone may have it, rounded up to whole seconds',
    ).optional(),
    isWhileStaffed: z
      .boolean()
      .optional()
      .describe('true: the call waits for them alone as long as one of them is staffed'),
  })
  .superRefine((agents, context) => reportFault(readCommandNeeds({ preferred: agents }), context))
  .describe('agents who come first: the last agent, the account owner')

/** The needs of a call, as a command gives them. */
export interface CommandNeeds {
  readonly priority?: number | undefined
  readonly requires?: WrittenNeeds['requires']
  readonly preferred?: WrittenNeeds['preferred']
  readonly enqueuedAt?: number | undefined
}

/** Reads the needs of a call from a command. Spans are rounded up, because a channel keeps whole seconds. */
export function readCommandNeeds({
  priority,
  requires,
  preferred,
  enqueuedAt,
}: CommandNeeds): CallChange {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...readNeeds({
      requires: requires?.map((step) => ({ ...step, afterMs: upToSeconds(step.afterMs) })),
      preferred:
        preferred === undefined
          ? undefined
          : { ...preferred, holdMs: upToSeconds(preferred.holdMs ?? 0) },
    }),
    ...(enqueuedAt === undefined ? {} : { enqueuedAt }),
  }
}

/**
 * Judges what a command brings of a call's needs, as the command's schema does.
 *
 * @returns the first fault, with its cure; undefined when the command is accepted
 */
export function judgeNeeds(needs: CommandNeeds): NeedsFault | undefined {
  return needsFault(readCommandNeeds(needs))
}

/** A span in ms, rounded up to whole seconds: what a requirement's `afterMs` and a hold count as. */
export function upToSeconds(spanMs: number): number {
  return Math.ceil(spanMs / 1_000) * 1_000
}

function reportFault(change: CallChange, context: z.RefinementCtx): void {
  const fault = needsFault(change)
  if (fault !== undefined) {
    context.addIssue({ code: 'custom', message: fault.message })
  }
}
