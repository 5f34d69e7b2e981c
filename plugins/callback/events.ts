import { z } from '../../engine/plugin/index.ts'
import { owedFor } from './obligation.ts'

const instant = (meaning: string) =>
  z.int().describe(meaning).meta({ unit: 'ms since the Unix epoch' })

const about = {
  callbackId: z.string().describe('the obligation'),
  queue: z.string().describe('where the customer comes back to'),
  owedFor: owedFor.describe('why it is owed'),
}
const attempts = z.int().describe('how often the customer was dialled')
const ended = {
  ...about,
  reason: z.string().describe('why it ended so'),
  attempts,
  callId: z.string().optional().describe('the call that brought it about'),
  owedMs: z.int().describe('how long it was owed').meta({ unit: 'ms' }),
}

/** The events of the plugin. */
export const published = {
  'callback.owed': z
    .object({
      ...about,
      number: z.string().describe('whom to call'),
      callId: z.string().optional().describe('the call it comes from'),
      enqueuedAt: instant('the place in the queue'),
      dueAt: instant('not dialled before'),
      expiresAt: instant('not dialled after'),
      attempts,
    })
    .describe(
      'A call is owed to a customer; again, when what counted as connected was a machine. The only event with the number.',
    ),
  'callback.attempted': z
    .object({
      ...about,
      attempts,
      callId: z.string().describe('the call of this attempt'),
      outcome: z
        .string()
        .describe(
          'as `call.dialEnded`; `hungUp`: before an agent came; `machine`; `lost` by a fault; `connected`',
        ),
    })
    .describe('A customer was dialled.'),
  'callback.connected': z
    .object(ended)
    .describe('The customer talks to an agent: the obligation is over.'),
  'callback.absorbed': z
    .object(ended)
    .describe('The customer rang again, and that call got the place: the obligation is over.'),
  'callback.cancelled': z
    .object(ended)
    .describe(
      'Nothing is owed any more: the customer was `answered` in another call, a `command` said so, or the number is on the list (`doNotCall`).',
    ),
  'callback.expired': z.object(ended).describe('The time for it is up.'),
  'callback.givenUp': z
    .object(ended)
    .describe('The last attempt has failed, for the `reason`, or the number is refused.'),
} as const

export type PublishedType = keyof typeof published
