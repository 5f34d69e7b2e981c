import type { QueueId, TenantId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { Scorer } from '../core/scorer.ts'
import type { StrategyModule } from './import-strategy.ts'

/** Takes in what strategy plugins cost. */
export interface StrategyMeter {
  /**
   * One agent or call was scored in `us` microseconds, whether or not that failed. Called within
   * the match, so it must return at once.
   */
  scored(tenantId: TenantId, queueId: QueueId, strategy: string, us: number): void
}

export interface StrategyPorts {
  readonly clock: Pick<Clock, 'microseconds'>
  readonly meter: StrategyMeter
}

interface Place {
  readonly tenantId: TenantId
  readonly queueId: QueueId
  readonly name: string
  readonly candidates: number
}

/**
 * A queue's scorer that reports to the meter how long each score took. A throw passes through: the
 * core counts it as 0.
 */
export function createTimedScorer(
  module: StrategyModule,
  { tenantId, queueId, name, candidates }: Place,
  { clock, meter }: StrategyPorts,
): Scorer {
  function timed(score: () => number): number {
    const startedUs = clock.microseconds()
    try {
      return score()
    } finally {
      meter.scored(tenantId, queueId, name, clock.microseconds() - startedUs)
    }
  }
  const { scoreAgent, scoreCall } = module
  return {
    name,
    candidates,
    // Called as a method of the module, which may keep its options in `this`.
    ...(scoreAgent === undefined
      ? {}
      : { scoreAgent: (agent, call) => timed(() => scoreAgent.call(module, agent, call)) }),
    ...(scoreCall === undefined
      ? {}
      : { scoreCall: (call, agent) => timed(() => scoreCall.call(module, call, agent)) }),
  }
}
