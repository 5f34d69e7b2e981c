import type { QueueSettings } from '../../core/settings.ts'
import { findStrategy, strategiesWhere, strategyNames } from '../../core/strategies.ts'
import type { Converted } from '../../yaml/collections.ts'
import { textOf } from '../../yaml/raw.ts'
import { duration, integer, oneOf } from '../../yaml/scalars.ts'
import type { QueueCheck } from '../file-view.ts'
import { strategyList } from '../strategy-docs.ts'

/** Who is offered a call, how long their phone rings, and when they are left alone. */
export const ringingShape = {
  strategy: oneOf('a strategy', strategyNames)
    .meta({
      description: 'the order in which idle agents are offered calls; see “Who is asked first”',
    })
    .prefault('longestIdle'),
  ringTime: duration({ minMs: 1_000 })
    .meta({ description: "how long an agent's phone rings before the next agent is tried" })
    .prefault('20s'),
  ringAtMost: integer(1, 100, '10')
    .meta({
      description: `how many phones ring for one call, with ${strategyList(({ rings }) => rings !== 'one')}`,
    })
    .prefault('10'),
  ringStep: duration({ minMs: 1_000 })
    .meta({
      description: `the time from one phone to the next, with ${strategyList(({ rings }) => rings === 'stepwise')}`,
    })
    .prefault('5s'),
  retryDeclined: duration()
    .meta({
      description: 'how long an agent who declined a call is not offered the same call again',
    })
    .prefault('60s'),
  wrapUp: duration()
    .meta({
      description:
        'how long an agent is left alone after a conversation, unless the agent has a `wrapUp` of their own',
    })
    .prefault('10s'),
}

export function buildRinging(file: Converted<typeof ringingShape>) {
  return {
    strategy: file.strategy,
    ringMs: file.ringTime,
    ringAtMost: file.ringAtMost,
    ringStepMs: file.ringStep,
    retryDeclinedMs: file.retryDeclined,
    wrapUpMs: file.wrapUp,
  } satisfies Partial<QueueSettings>
}

/** Reports options of ringing that the strategy does not use. */
export const checkRinging: QueueCheck = ({ path, raw }, report) => {
  const { strategy, ringAtMost, ringStep } = raw
  const rings = findStrategy(textOf(strategy) ?? '')?.rings ?? 'one'
  if (ringAtMost !== undefined && rings === 'one') {
    report(
      [...path, 'ringAtMost'],
      'has no effect: with this strategy one phone rings at a time',
      `add strategy: ${strategiesWhere((one) => one.rings !== 'one').join(' or ')}, or remove ringAtMost`,
      { severity: 'warning', at: 'key' },
    )
  }
  if (ringStep !== undefined && rings !== 'stepwise') {
    report(
      [...path, 'ringStep'],
      'has no effect: with this strategy phones do not start to ring one after another',
      `add strategy: ${strategiesWhere((one) => one.rings === 'stepwise').join(' or ')}, or remove ringStep`,
      { severity: 'warning', at: 'key' },
    )
  }
}
