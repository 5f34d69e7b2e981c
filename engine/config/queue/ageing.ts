import type { QueueSettings } from '../../core/settings.ts'
import { type Converted, list, section } from '../../yaml/collections.ts'
import { mapOf } from '../../yaml/raw.ts'
import { duration, integer } from '../../yaml/scalars.ts'
import type { QueueCheck } from '../file-view.ts'
import { reportOrder } from './report-order.ts'

const stepsExample = 'steps: [ { after: 2m, points: 10 } ]'

const ageing = section(
  {
    perMinute: integer(0, 1_000, '1')
      .meta({ description: 'points for each minute, counted to the millisecond' })
      .prefault('0'),
    steps: list(
      section(
        {
          after: duration({ minMs: 1, example: '2m' }).meta({
            description: 'how long the call has waited, in all its queues',
          }),
          points: integer(1, 1_000, '10').meta({
            description: 'added to those of the steps before',
          }),
        },
        stepsExample,
      ).meta({ example: '{ after: 2m, points: 10 }' }),
      stepsExample,
    )
      .meta({ description: 'points that are added at once, after a time of waiting' })
      .prefault([]),
  },
  'ageing: { perMinute: 1 }',
)

/** The points of a call, which decide which call is served first. */
export const ageingShape = {
  priority: integer(-1000, 1000, '0')
    .meta({ description: 'higher is served first, across all queues that share an agent' })
    .prefault('0'),
  ageing: ageing.meta({ description: 'how the points of a call grow while it waits' }).prefault({}),
}

export function buildAgeing({
  priority,
  ageing: { perMinute, steps },
}: Converted<typeof ageingShape>) {
  return {
    priority,
    ageing: {
      perMinute,
      steps: steps.map(({ after, points }) => ({ afterMs: after, points })),
    },
  } satisfies Partial<QueueSettings>
}

/** Reports steps that are out of order. */
export const checkAgeing: QueueCheck = ({ path, raw }, report) => {
  reportOrder(mapOf(raw['ageing'])['steps'], [...path, 'ageing', 'steps'], report)
}
