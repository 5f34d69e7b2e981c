import { z } from 'zod'

const level = z.int().describe('the tier')
const spanMs = z.int().describe('ms')

/** Why these agents were offered a call, in the form of an event. See {@link Decision}. */
export const decision = z
  .object({
    soughtBy: z.enum(['call', 'agent']),
    strategy: z.string(),
    step: z.int(),
    openLevel: z.int().optional(),
    candidates: z
      .array(
        z.object({ agentId: z.string(), level, key: z.number(), score: z.number().optional() }),
      )
      .readonly(),
    candidateCount: z.int(),
    excluded: z.array(z.object({ agentId: z.string(), why: z.string() })).readonly(),
    excludedCount: z.record(z.string(), z.int()).readonly(),
    calls: z
      .array(
        z.object({
          callId: z.string(),
          queueId: z.string(),
          points: z.int(),
          waitMs: spanMs,
          score: z.number().optional(),
        }),
      )
      .readonly(),
  })
  .describe(
    'which side was looking for the other (`soughtBy`), the `strategy`, the `step` of the requirement in force, the highest open tier (`openLevel`), the agents who could be asked (`candidates`, in order, with the value that was compared as `key`), those who could not (`excluded`, with the reason as `why`), and the `calls` that competed. Lists hold at most 50 entries; the counts are complete',
  )
