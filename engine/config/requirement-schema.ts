import { z } from 'zod'
import { list, named, section } from '../yaml/collections.ts'
import { duration, idKey, integer, refusal } from '../yaml/scalars.ts'

const example = 'requires: { english: 3 }'
const alternative = named(idKey('skill'), integer(1, 5, '3'), example)

/** Skills a call needs: one map of them, or a list of maps of which one is enough. */
export const requirementSchema = z
  .union([
    alternative,
    list(alternative, example).min(
      1,
      refusal('is empty', 'write { } for anyone, or name the skills, for example { english: 3 }'),
    ),
  ])
  .meta({ title: 'map by skill, or a list of them' })

const relaxation = section(
  {
    after: duration({ leastMs: 1 }).meta({
      description: 'how long the call has waited, in all its queues',
      example: '30s',
    }),
    requires: requirementSchema.meta({
      description: 'what it needs from then on; `{}` is anyone',
      example: '{ english: 3 }',
    }),
  },
  'relax: [ { after: 30s, requires: { english: 3 } } ]',
)

/** What a call needs when it has waited longer, step by step. */
export const relaxSchema = list(relaxation, 'relax: [ { after: 30s, requires: { english: 3 } } ]')
