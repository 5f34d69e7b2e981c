import type { EpochMs } from '../catalogue/ids.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { OverflowTarget } from '../catalogue/targets.ts'
import type { OverflowRule } from '../config/engine-config.ts'
import type { SimulatedCall } from './simulated-call.ts'
import type { SimulatedTenant } from './world.ts'

/** Which rule of a queue decides where a call goes. */
const rules = {
  maxWait: 'maxWait',
  full: 'full',
  joinUnstaffed: 'unstaffed',
  unstaffed: 'unstaffed',
  removed: 'maxWait',
} as const satisfies Record<OverflowReason, OverflowRule>

const hangUp: OverflowTarget = { type: 'hangUp', cause: 'NORMAL_TEMPORARY_FAILURE' }

/**
 * Where a call goes when its queue gives it up, as in the engine. A queue without a rule
 * hangs the call up. A call never goes back to a queue that gave it up at the same instant.
 */
export function overflowTarget(
  queues: SimulatedTenant['queues'],
  { queueId, tried }: SimulatedCall,
  reason: OverflowReason,
  at: EpochMs,
): OverflowTarget {
  const target = queues.get(queueId)?.overflow[rules[reason]] ?? hangUp
  if (target.type !== 'queue') {
    return target
  }
  const isTried =
    target.queueId === queueId || (tried.at === at && tried.queueIds.includes(target.queueId))
  return isTried || !queues.has(target.queueId) ? hangUp : target
}
