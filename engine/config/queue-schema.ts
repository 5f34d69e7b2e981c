import { strategyNames } from '../core/strategies.ts'
import { list, named, section } from '../yaml/collections.ts'
import { duration, durationOr, idKey, integer, oneOf, text } from '../yaml/scalars.ts'
import { overflowTarget } from './overflow-schema.ts'
import {
  actionSchema,
  ageingSchema,
  scorerSchema,
  tiersSchema,
  unstaffedSchema,
} from './queue-part-schemas.ts'
import { relaxSchema, requirementSchema } from './requirement-schema.ts'
import { strategyList } from './strategy-docs.ts'

const source = /^\S.*$/u

/** One queue of a tenant. */
export const queueSchema = section(
  {
    description: text('a text', 'Sales, Berlin').meta({ description: 'for people' }).optional(),
    strategy: oneOf('a strategy', strategyNames)
      .meta({
        description: 'the order in which idle agents are offered calls; see “Who is asked first”',
      })
      .prefault('longestIdle'),
    scorer: scorerSchema
      .meta({
        description: 'a strategy plugin that replaces or refines the order of `strategy`',
        example: '{ plugin: vip-first }',
      })
      .optional(),
    priority: integer(-1000, 1000, '0')
      .meta({ description: 'higher is served first, across all queues that share an agent' })
      .prefault('0'),
    ageing: ageingSchema
      .meta({
        description: 'how the points of a call grow while it waits',
        example: '{ perMinute: 1 }',
      })
      .prefault({}),
    requires: requirementSchema
      .meta({
        description:
          'skills a call needs, each with the lowest level that will do; a list: one of its maps is enough',
        example: '{ english: 3 }',
      })
      .prefault({}),
    relax: relaxSchema
      .meta({
        description: 'what a call needs instead when it has waited longer',
        example: '[ { after: 30s, requires: {} } ]',
      })
      .prefault([]),
    stickyHold: durationOr('whileStaffed', '20s')
      .meta({
        description:
          'how long a call waits for the agents it prefers alone, unless it says so itself: a time, or `whileStaffed`; `0s`: they come first when they are ready, and no more',
      })
      .prefault('0s'),
    tiers: tiersSchema
      .meta({
        description: 'when agents of a further `level` are asked',
        example: '{ openAfter: 20s }',
      })
      .prefault({}),
    ringTime: duration({ leastMs: 1_000 })
      .meta({ description: "how long an agent's phone rings before the next is tried" })
      .prefault('20s'),
    ringAtMost: integer(1, 100, '10')
      .meta({
        description: `how many phones ring for one call, with ${strategyList(({ rings }) => rings !== 'one')}`,
      })
      .prefault('10'),
    ringStep: duration({ leastMs: 1_000 })
      .meta({
        description: `how much later each further phone rings, with ${strategyList(({ rings }) => rings === 'stepwise')}`,
      })
      .prefault('5s'),
    wrapUp: duration()
      .meta({
        description: 'how long an agent is left alone after a conversation, unless theirs says so',
      })
      .prefault('10s'),
    music: text('a source of sound', 'local_stream://moh', source)
      .meta({
        description:
          'what a waiting caller hears: any source of FreeSWITCH’s `playback`, or `silence` for nothing at all',
      })
      .prefault('local_stream://moh'),
    ringback: text('a source of sound', 'tone_stream://%(1000,4000,425);loops=-1', source)
      .meta({
        description:
          'what the caller hears while an agent’s phone rings (`transfer_ringback`), or `silence`; default: the music',
        example: "'tone_stream://%(1000,4000,425);loops=-1'",
      })
      .optional(),
    capacity: integer(1, 100_000, '200')
      .meta({
        description:
          'how many calls may be in the queue, those on offer included; default: without limit',
      })
      .optional(),
    whenFull: overflowTarget('whenFull')
      .meta({
        description:
          'where a call goes that finds `capacity` reached; default: `{ hangup: NORMAL_CLEARING }`',
        example: '{ queue: federal }',
      })
      .optional(),
    maxWait: duration({ leastMs: 1_000 })
      .meta({
        description: 'how long a call may wait here; default: without limit',
        example: '5m',
      })
      .optional(),
    whenMaxWait: overflowTarget('whenMaxWait')
      .meta({
        description:
          'where a call goes after `maxWait`; default: `{ hangup: NORMAL_CLEARING }`, and nothing without `maxWait`',
        example: '{ queue: federal }',
      })
      .optional(),
    unstaffed: unstaffedSchema
      .meta({
        description: 'what holds while nobody who serves the queue is available',
        example: '{ join: false }',
      })
      .prefault({}),
    whenUnstaffed: overflowTarget('whenUnstaffed')
      .meta({
        description:
          'where `unstaffed` sends a call; default: `{ hangup: NORMAL_CLEARING }`, and nothing without `unstaffed`',
        example: '{ transfer: 9000 XML default }',
      })
      .optional(),
    actions: list(actionSchema, 'actions: [ { name: discount, after: 60s } ]')
      .meta({
        description: 'what is published as `call.actionDue` while a call waits',
        example: '[ { name: discount, after: 60s } ]',
      })
      .prefault([]),
    serviceLevel: duration({ leastMs: 1_000 })
      .meta({ description: 'a call answered within this counts for the service level' })
      .prefault('20s'),
    shortAbandon: duration()
      .meta({ description: 'a caller who gives up sooner than this is left out of the reports' })
      .prefault('5s'),
    retryDeclined: duration()
      .meta({ description: 'how long an agent who refused a call is kept from the same call' })
      .prefault('60s'),
    labels: named(idKey('label'), text('a text', 'acme'), 'labels: { project: acme }')
      .meta({
        description: 'words for reports: a client project, a region',
        example: '{ project: acme }',
      })
      .prefault({}),
  },
  'sales: { ringTime: 20s }',
)
