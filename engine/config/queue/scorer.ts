import { type Converted, section } from '../../yaml/collections.ts'
import { mapOf } from '../../yaml/raw.ts'
import { idReference, integer } from '../../yaml/scalars.ts'
import { reportUnknown } from '../../yaml/unknown-name.ts'
import type { TenantCheck } from '../file-view.ts'

const scorer = section(
  {
    plugin: idReference('strategy', 'vip-first').meta({
      description: 'one of the tenant’s `strategies`',
    }),
    candidates: integer(1, 1_000, '20')
      .meta({ description: 'the most agents, or calls, that are scored for one match' })
      .prefault('20'),
  },
  'scorer: { plugin: vip-first }',
)

/** How a strategy plugin takes part. */
export const scorerShape = {
  scorer: scorer
    .meta({ description: 'a strategy plugin that replaces or refines the order of `strategy`' })
    .optional(),
}

export interface QueueScorer {
  /** One of the tenant's strategies, and the most candidates it scores for one match. */
  readonly scorer: Converted<typeof scorerShape>['scorer']
}

/** Reports scorers that are not among the tenant's strategies, and strategies that no queue uses. */
export const checkScorers: TenantCheck = ({ path, raw, queues }, report) => {
  const names = Object.keys(mapOf(raw['strategies']))
  const plugins = queues.map((queue) => ({
    place: [...queue.path, 'scorer', 'plugin'],
    plugin: mapOf(queue.raw['scorer'])['plugin'],
  }))
  for (const { place, plugin } of plugins) {
    reportUnknown('strategy', plugin, place, names, report)
  }
  for (const name of names.filter((known) => !plugins.some(({ plugin }) => plugin === known))) {
    report(
      [...path, 'strategies', name],
      'has no effect: it is not the scorer of any queue',
      `add scorer: { plugin: ${name} } to a queue, or remove it`,
      { severity: 'warning', at: 'key' },
    )
  }
}
