import { z } from 'zod'
import { list, named, section } from '../yaml/collections.ts'
import {
  duration,
  idKey,
  idReference,
  integer,
  oneOf,
  percent,
  scalar,
  text,
} from '../yaml/scalars.ts'
import { strategyList } from './strategy-docs.ts'

/**
 * A dial string for one phone. Several (`,` `|` `:_:`) are refused: an offer
 * gives its leg one UUID, and the others would be orphans.
 */
const dial = scalar({
  noun: 'a dial string of one phone',
  example: 'user/1001@example.org',
  json: { type: 'string' },
  read(value) {
    const withoutVariables = value.replace(/^(\{[^}]*\}|<[^>]*>|\[[^\]]*\])+/, '')
    return /^\w+\/[^\s,|]+$/.test(withoutVariables) &&
      !withoutVariables.includes(':_:') &&
      !/\p{Cc}/u.test(value)
      ? value
      : undefined
  },
})

const skills = named(idKey('skill'), integer(1, 5, '3'), 'skills: { english: 5 }').meta({
  description: 'skill and level, 1 (novice) to 5 (expert)',
  example: '{ english: 5 }',
})
const membershipExample = '{ queue: sales, level: 2 }'
const membership = section(
  {
    queue: idReference('queue').meta({ description: 'a queue of this tenant' }),
    level: integer(1, 99, '2')
      .meta({ description: 'the tier: level 1 is asked before level 2, when both are open' })
      .prefault('1'),
    position: integer(1, 99, '3')
      .meta({
        description: `the place in the order of ${strategyList(({ usesPosition }) => usesPosition)}`,
      })
      .prefault('1'),
    preference: integer(1, 99, '2')
      .meta({
        description:
          'of calls with equal points in several queues, those of the lowest are served first',
      })
      .prefault('1'),
    wrapUp: duration()
      .meta({ description: "instead of the agent's and the queue's own" })
      .optional(),
  },
  membershipExample,
  'the name of a queue, or a map of keys',
)
const queues = list(z.union([idReference('queue'), membership]), 'queues: [ sales ]').meta({
  description: 'the queues whose calls are offered, each by its name or as a map',
  example: `[ sales, ${membershipExample} ]`,
})
const wrapUp = duration().meta({
  description: "how long an agent is left alone after a conversation, instead of the queues' own",
})
const maxOccupancy = percent().meta({
  description:
    'above this share of recent time in conversations and wrap-up an agent rests until it has fallen to it; default: `100%`, never',
})
const status = oneOf('a status', ['available', 'loggedOut', 'onBreak']).meta({
  description: 'what the agent’s status is when the engine first starts',
})
const breakReason = text('a text', 'lunch').meta({ description: 'why, when `status` is `onBreak`' })
const maxMisses = integer(0, 100, '3').meta({
  description: 'calls missed in a row before the agent is put on break; 0: never',
})
const restOf = {
  busy: duration().meta({ description: 'the phone was busy' }),
  declined: duration().meta({ description: 'the agent declined' }),
  noAnswer: duration().meta({ description: 'nobody took the phone' }),
  unreachable: duration().meta({ description: 'the phone is not registered or not there' }),
}
const restExample = 'rest: { busy: 5s }'
const restDescription = 'how long an agent is left alone after an offer that failed'

/** One agent. What is left out comes from the tenant’s `agentDefaults`. */
export const agentSchema = section(
  {
    dial: dial.meta({
      description: 'how FreeSWITCH reaches the phone; may start with `{name=value}` variables',
      example: 'user/1001@example.org',
    }),
    description: text('a text', 'Ann Berg, Berlin').meta({ description: 'for people' }).optional(),
    skills: skills.optional(),
    queues: queues.optional(),
    wrapUp: wrapUp.optional(),
    maxOccupancy: maxOccupancy.optional(),
    status: status.optional(),
    breakReason: breakReason.optional(),
    maxMisses: maxMisses.optional(),
    rest: section(
      {
        busy: restOf.busy.optional(),
        declined: restOf.declined.optional(),
        noAnswer: restOf.noAnswer.optional(),
        unreachable: restOf.unreachable.optional(),
      },
      restExample,
    )
      .meta({ description: restDescription })
      .optional(),
  },
  'ann: { dial: user/1001@example.org, queues: [ sales ] }',
)

/** What holds for every agent of a tenant that does not say otherwise. */
export const agentDefaultsSchema = section(
  {
    skills: skills.prefault({}),
    queues: queues.prefault([]),
    wrapUp: wrapUp.optional(),
    maxOccupancy: maxOccupancy.optional(),
    status: status.prefault('available'),
    breakReason: breakReason.prefault('break'),
    maxMisses: maxMisses.prefault('3'),
    rest: section(
      {
        busy: restOf.busy.prefault('5s'),
        declined: restOf.declined.prefault('10s'),
        noAnswer: restOf.noAnswer.prefault('0s'),
        unreachable: restOf.unreachable.prefault('30s'),
      },
      restExample,
    )
      .meta({ description: restDescription })
      .prefault({}),
  },
  'agentDefaults: { queues: [ sales ] }',
)
