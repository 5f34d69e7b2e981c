import { z } from '../../engine/plugin/index.ts'
import { owedFor } from './obligation.ts'

const instant = (meaning: string) =>
  z.int().describe(meaning).meta({ unit: 'ms since the Unix epoch' })

const about = {
  callbackId: z.string().describe('the id of the obligation'),
  queue: z.string().describe('the queue the customer is called back from'),
  owedFor: owedFor.describe('why it is owed'),
}
const attempts = z.int().describe('how often the customer has been dialled')
const ended = {
  ...about,
  reason: z.string().describe('why it ended'),
  attempts,
  callId: z.string().optional().describe('the call that ended it'),
  owedMs: z.int().describe('how long it was owed').meta({ unit: 'ms' }),
}

/** The events of the plugin. */
export const published = {
  'callback.owed': z
    .object({
      ...about,
      number: z.string().describe('the number to call'),
      callId: z.string().optional().describe('the call that made it owed'),
      enqueuedAt: instant('the place in the queue'),
      dueAt: instant('earliest time to dial'),
      expiresAt: instant('when it expires'),
      attempts,
    })
    .describe(
      'A callback is owed to a customer. Published again if what had counted as connected was a machine. The only event with the number.',
    ),
  'callback.attempted': z
    .object({
      ...about,
      attempts,
      callId: z.string().describe('the call of this attempt'),
      outcome: z
        .string()
        .describe(
          'as in `call.dialEnded`; or `hungUp` (before an agent joined), `machine`, `lost` (by a fault), `connected`',
        ),
    })
    .describe('A customer was dialled.'),
  'callback.connected': z
    .object(ended)
    .describe('The customer was connected to an agent: the obligation has ended.'),
  'callback.absorbed': z
    .object(ended)
    .describe(
      'The customer rang again, and that call took over the place: the obligation has ended.',
    ),
  'callback.cancelled': z
    .object(ended)
    .describe(
      'The obligation was cancelled: the customer was `answered` in another call, by `command`, or because the number is on the do-not-call list (`doNotCall`).',
    ),
  'callback.expired': z
    .object(ended)
    .describe('The obligation expired before the customer was reached.'),
  'callback.givenUp': z
    .object(ended)
    .describe('The last attempt failed for the `reason`, or the engine refused the number.'),
} as const

export type PublishedType = keyof typeof published
