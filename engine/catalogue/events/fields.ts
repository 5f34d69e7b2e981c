import { z } from 'zod'
import { dialReasons } from '../outcomes.ts'

/** Fields that many events share. */

export const at = z
  .int()
  .nonnegative()
  .describe("when it happened, by the engine's clock")
  .meta({ unit: 'ms since the Unix epoch' })
export const instant = (meaning: string) =>
  z.int().nonnegative().describe(meaning).meta({ unit: 'ms since the Unix epoch' })
export const span = (meaning: string) =>
  z.int().nonnegative().describe(meaning).meta({ unit: 'ms' })
export const originMeaning = 'why the engine dialled; absent for a caller who called in'
export const origin = z.enum(dialReasons).describe(originMeaning)
export const call = {
  tenant: z.string().describe('the tenant of the call'),
  callId: z
    .string()
    .describe("the UUID of the caller's channel; the same in every event of the call"),
  at,
}
export const flowing = {
  ...call,
  flow: z
    .string()
    .describe(
      'the name of the flow in the configuration; `inline` for one that came with a command',
    ),
}
export const queued = {
  ...call,
  queue: z.string().describe('the queue that the call is in, or was in last'),
  chargedTo: z
    .string()
    .describe(
      'the queue whose figures the wait counts in: the first queue that gave the call up, otherwise `queue`',
    ),
  origin: origin.optional().describe(originMeaning),
}
export const agent = z.string().describe('the id of the agent')
export const offered = {
  ...queued,
  agent,
  offerId: z.string().describe('the id of this attempt to connect the call to the agent; unique'),
}
export const waited = span('how long the caller has waited since `enqueuedAt` of `call.queued`')
export const queueWaited = span('how much of that it has waited in this queue')
