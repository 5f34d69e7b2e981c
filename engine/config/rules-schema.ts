import { z } from 'zod'
import { named, section } from '../yaml/collections.ts'
import { duration, idKey, integer, oneOf, text } from '../yaml/scalars.ts'

/** The rules that the queues of a tenant share. */
export const rulesShape = {
  fairAfter: duration()
    .meta({
      description:
        'the bound of fairness: a call that has waited this long goes before all that have not, whatever their points, and in the order of arrival',
    })
    .prefault('10m'),
  occupancyWindow: duration({ leastMs: 60_000 })
    .meta({
      description:
        'how far back the occupancy of agents looks: what lies this far back weighs 1/e (`leastOccupied`, `maxOccupancy`)',
    })
    .prefault('30m'),
  decisions: z
    .union([
      oneOf('none, all or { oneIn: 100 }', ['none', 'all']),
      section(
        {
          oneIn: integer(1, 1_000_000, '100').meta({
            description: 'one record for so many matches',
          }),
        },
        'decisions: none, decisions: all, or decisions: { oneIn: 100 }',
      ),
    ])
    .meta({
      title: 'none, all, or a map',
      description:
        'of which matches it is published who was considered, who was not, and why: `none`, `all`, or one in so many',
      example: '{ oneIn: 100 }',
    })
    .prefault('none'),
}

const strategy = section(
  {
    module: text('the path of a module', './strategies/vip-first.js').meta({
      description: 'an ES module; relative to the configuration file',
    }),
    options: z.unknown().optional().meta({
      title: 'anything',
      description:
        'handed to the module as it stands: here alone a plain `2` is a number and `true` a truth value, unless in quotes',
      example: '{ weight: 2 }',
    }),
  },
  'vip-first: { module: ./strategies/vip-first.js }',
)

/** The strategy plugins of a tenant. */
export const strategiesSchema = named(
  idKey('strategy'),
  strategy,
  'strategies: { vip-first: { module: ./strategies/vip-first.js } }',
)
