import { z } from 'zod'

const level = z.int().describe('the tier')
const spanMs = z.int().describe('ms')

/** Why an offer went where it went, as an event carries it: {@link Decision} of the core. */
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
    'who looked for whom (`soughtBy`), by which `strategy`, under which `step` of the requirement and up to which tier (`openLevel`); the agents who could be asked (`candidates`, in order, with what was compared as `key`), those who could not and `why`, and the `calls` that were in question. Lists are cut at 50, the counts are whole',
  )
