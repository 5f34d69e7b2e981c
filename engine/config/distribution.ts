import { z } from 'zod'
import type { AcdSettings } from '../core/settings.ts'
import { type Converted, section } from '../yaml/collections.ts'
import { duration, integer, oneOf } from '../yaml/scalars.ts'

/** The rules that the queues of a tenant share. */
export const distributionShape = {
  fairAfter: duration()
    .meta({
      description:
        'the limit of priority: calls that have waited this long go before all others, whatever their points, in the order of their places',
    })
    .prefault('10m'),
  occupancyWindow: duration({ minMs: 60_000, example: '30m' })
    .meta({
      description:
        'how far back the occupancy of agents looks, for `leastOccupied` and `maxOccupancy`: work this long ago has a weight of 1/e',
    })
    .prefault('30m'),
  decisions: z
    .union([
      oneOf('none, all or { oneIn: 100 }', ['none', 'all']),
      section(
        {
          oneIn: integer(1, 1_000_000, '100').meta({
            description: 'one record for this many matches',
          }),
        },
        'decisions: none, decisions: all, or decisions: { oneIn: 100 }',
      ),
    ])
    .meta({
      title: 'none, all, or a map',
      description:
        'for which matches a `call.matched` event records who was considered, who was not, and why: `none`, `all`, or one in so many',
      example: '{ oneIn: 100 }',
    })
    .prefault('none'),
}

export function buildDistribution(file: Converted<typeof distributionShape>) {
  return {
    fairAfterMs: file.fairAfter,
    occupancyWindowMs: file.occupancyWindow,
    recordEvery: recordEvery(file.decisions),
  } satisfies Partial<AcdSettings>
}

function recordEvery(decisions: Converted<typeof distributionShape>['decisions']): number {
  if (typeof decisions === 'object') {
    return decisions.oneIn
  }
  return decisions === 'all' ? 1 : 0
}
