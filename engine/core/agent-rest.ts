import type { DurationMs } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { Agent, QueueState } from './groups.ts'
import { restToReach } from './workload.ts'

/** The reason of the break that an agent is put on after missing too many calls. */
export const missedCallsBreak = 'missedCalls'

/**
 * The rest after a fault of the switch, so that a failing offer is not repeated as fast as it
 * fails.
 */
const failedRestMs: DurationMs = 1_000

/** How long an agent is left alone after an offer that ended like this. */
export function restAfterOffer({ settings }: Agent, outcome: OfferOutcome): DurationMs {
  switch (outcome) {
    case 'withdrawn':
      return 0
    case 'failed':
      return failedRestMs
    default:
      return settings.restMs[outcome]
  }
}

/** How long an agent who is free now has to rest to come down to their limit of occupancy. */
export function restForOccupancy(
  { settings, work }: Agent,
  occupancyWindowMs: DurationMs,
): DurationMs {
  const { maxOccupancy = Number.POSITIVE_INFINITY } = settings
  return restToReach(maxOccupancy, work, occupancyWindowMs)
}

/**
 * How long wrap-up lasts after a call of `queue`: the membership's time, else the agent's, else the
 * queue's.
 */
export function wrapUpAfter(
  { settings, memberships, queueId }: Agent,
  queue: QueueState | undefined,
): DurationMs {
  const own = queueId === undefined ? undefined : memberships.get(queueId)?.wrapUpMs
  return own ?? settings.wrapUpMs ?? queue?.settings.wrapUpMs ?? 0
}
