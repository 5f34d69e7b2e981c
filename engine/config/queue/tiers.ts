import type { QueueSettings } from '../../core/settings.ts'
import { type Converted, section } from '../../yaml/collections.ts'
import { duration, flag } from '../../yaml/scalars.ts'

const tiers = section(
  {
    openAfter: duration()
      .meta({
        description:
          'level 1 is asked from the start, level 2 after this time, level 3 after twice this time, and so on; `0s`: all levels from the start, lower ones first',
      })
      .prefault('0s'),
    skipUnstaffed: flag()
      .meta({
        description:
          'whether a level opens at once while nobody is staffed in the levels before it',
      })
      .prefault('true'),
  },
  'tiers: { openAfter: 20s }',
)

/** When further levels of agents are asked. */
export const tiersShape = {
  tiers: tiers.meta({ description: 'when agents of a further `level` are asked' }).prefault({}),
}

export function buildTiers({ tiers: { openAfter, skipUnstaffed } }: Converted<typeof tiersShape>) {
  return { tiers: { openAfterMs: openAfter, skipUnstaffed } } satisfies Partial<QueueSettings>
}
