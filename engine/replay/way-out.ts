import type { EpochMs } from '../catalogue/ids.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { OverflowTarget } from '../catalogue/targets.ts'
import type { OverflowRule } from '../config/engine-config.ts'
import type { Live } from './live.ts'
import type { SimulatedTenant } from './world.ts'

/** Which rule of a queue says where a call goes. */
const rules = {
  maxWait: 'maxWait',
  full: 'full',
  joinUnstaffed: 'unstaffed',
  unstaffed: 'unstaffed',
  removed: 'maxWait',
} as const satisfies Record<OverflowReason, OverflowRule>

const hangUp: OverflowTarget = { type: 'hangUp', cause: 'NORMAL_TEMPORARY_FAILURE' }

/**
 * Where a call goes that its queue gives up, as in the engine: a queue without a
 * rule hangs it up, and it never goes back, at one instant, to a queue that gave it up then.
 */
export function wayOut(
  queues: SimulatedTenant['queues'],
  { queueId, tried }: Live,
  reason: OverflowReason,
  at: EpochMs,
): OverflowTarget {
  const way = queues.get(queueId)?.overflow[rules[reason]] ?? hangUp
  if (way.type !== 'queue') {
    return way
  }
  const isTried =
    way.queueId === queueId || (tried.at === at && tried.queueIds.includes(way.queueId))
  return isTried || !queues.has(way.queueId) ? hangUp : way
}
