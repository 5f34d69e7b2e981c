import { list, named, section } from '../yaml/collections.ts'
import { duration, flag, idKey, idReference, idText, integer, text } from '../yaml/scalars.ts'

const scorerExample = 'scorer: { plugin: vip-first }'
/** How a strategy plugin takes part. */
export const scorerSchema = section(
  {
    plugin: idReference('strategy', 'vip-first').meta({
      description: 'one of the tenant’s `strategies`',
    }),
    candidates: integer(1, 1_000, '20')
      .meta({ description: 'how many agents, or calls, are scored for one match at most' })
      .prefault('20'),
  },
  scorerExample,
)

const ageingExample = 'ageing: { perMinute: 1 }'
/** How the points of a call grow. */
export const ageingSchema = section(
  {
    perMinute: integer(0, 1_000, '1')
      .meta({ description: 'points for each minute, counted to the millisecond' })
      .prefault('0'),
    steps: list(
      section(
        {
          after: duration({ leastMs: 1 }).meta({
            description: 'how long the call has waited, in all its queues',
            example: '2m',
          }),
          points: integer(1, 1_000, '10').meta({
            description: 'added to those of the steps before',
          }),
        },
        'steps: [ { after: 2m, points: 10 } ]',
      ),
      'steps: [ { after: 2m, points: 10 } ]',
    )
      .meta({ description: 'points that come at once, at a time of waiting' })
      .prefault([]),
  },
  ageingExample,
)

/** When further levels of agents are asked. */
export const tiersSchema = section(
  {
    openAfter: duration()
      .meta({
        description:
          'level 1 is asked from the start, level 2 after this, level 3 after twice this, ...; `0s`: all from the start, lower levels first',
      })
      .prefault('0s'),
    skipUnstaffed: flag()
      .meta({ description: 'a level opens at once while nobody is staffed in the levels before' })
      .prefault('true'),
  },
  'tiers: { openAfter: 20s }',
)

/** What holds while nobody is staffed. */
export const unstaffedSchema = section(
  {
    join: flag()
      .meta({ description: 'whether a call may come while nobody is staffed' })
      .prefault('true'),
    leaveAfter: duration()
      .meta({
        description:
          'how long a call may wait while nobody is staffed; `0s`: it leaves with the last agent; default: without limit',
        example: '2m',
      })
      .optional(),
  },
  'unstaffed: { join: false }',
)

const actionExample = 'actions: [ { name: discount, after: 60s } ]'
/** Something that happens while a call waits. */
export const actionSchema = section(
  {
    name: idText('a name of letters, digits, _ and -', 'discount').meta({
      description: 'unique in the queue; the label of its figures',
    }),
    after: duration().meta({
      description: 'how long the call has waited in this very queue',
      example: '60s',
    }),
    every: duration({ leastMs: 1_000 })
      .meta({ description: 'and again and again, this far apart; default: once' })
      .optional(),
    data: named(idKey('datum'), text('a text', 'SORRY10'), 'data: { code: SORRY10 }')
      .meta({ description: 'goes with the event', example: '{ code: SORRY10 }' })
      .prefault({}),
  },
  actionExample,
)
