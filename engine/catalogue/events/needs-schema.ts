import { z } from 'zod'

/** What a call asks of its agent, as an event carries it: in the form that the command `call.classify` takes. */
export const requires = z
  .array(
    z.object({
      afterMs: z.int().nonnegative(),
      anyOf: z.array(z.record(z.string(), z.int()).readonly()).readonly(),
    }),
  )
  .readonly()

/** Agents who come first for a call, in the form that the command `call.classify` takes. */
export const preferred = z.object({
  agents: z.array(z.string()).readonly(),
  holdMs: z.int().nonnegative().optional(),
  isWhileStaffed: z.boolean().optional(),
})
