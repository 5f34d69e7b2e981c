import { choice, named, section } from './collections.ts'
import { hangupCauses } from './hangup-causes.ts'
import { duration, idKey, idReference, integer, oneOf, scalar, text } from './scalars.ts'

const strategies = ['longestIdle'] as const

const source = /^\S.*$/u

const transferTarget = scalar({
  noun: 'a target: EXTENSION [DIALPLAN [CONTEXT]]',
  example: '9000 XML default',
  json: { type: ['string', 'integer'] },
  read(value) {
    const [extension, dialplan = 'XML', context = 'default', ...rest] = value.split(' ')
    const isPlain = /^[^\p{Cc}\s]+( [^\p{Cc}\s]+){0,2}$/u.test(value)
    return isPlain && extension !== undefined && rest.length === 0
      ? { extension, dialplan, context }
      : undefined
  },
})

const whenMaxWait = choice(
  {
    queue: idReference('queue')
      .meta({ description: 'to another queue of the tenant, keeping the place by time of arrival' })
      .optional(),
    transfer: transferTarget
      .meta({
        description: 'back to the dialplan: extension, dialplan (XML), context (default)',
        example: '9000 XML default',
      })
      .optional(),
    hangup: oneOf('a hang-up cause', hangupCauses)
      .meta({ description: 'to the end of the call, with this cause', example: 'USER_BUSY' })
      .optional(),
  },
  'whenMaxWait: { queue: other }',
)

/** One queue of a tenant. */
export const queueSchema = section(
  {
    description: text('a text', 'Sales, Berlin').meta({ description: 'for people' }).optional(),
    strategy: oneOf('a strategy', strategies)
      .meta({ description: 'the order in which idle agents are offered calls' })
      .prefault('longestIdle'),
    priority: integer(-1000, 1000, '0')
      .meta({ description: 'higher is served first, across all queues that share an agent' })
      .prefault('0'),
    requires: named(idKey('skill'), integer(1, 5, '3'), 'requires: { english: 3 }')
      .meta({
        description: 'skills a call needs, each with the lowest level that will do',
        example: '{ english: 3 }',
      })
      .prefault({}),
    ringTime: duration({ leastMs: 1_000 })
      .meta({ description: "how long an agent's phone rings before the next is tried" })
      .prefault('20s'),
    wrapUp: duration()
      .meta({ description: 'how long an agent is left alone after a conversation' })
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
    maxWait: duration({ leastMs: 1_000 })
      .meta({
        description: 'how long a call may wait here; default: without limit',
        example: '5m',
      })
      .optional(),
    whenMaxWait: whenMaxWait
      .meta({
        description:
          'where a call goes after `maxWait`; default: `{ hangup: NORMAL_CLEARING }`, and nothing without `maxWait`',
        example: '{ queue: federal }',
      })
      .optional(),
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
