import { z } from 'zod'
import { choice } from '../yaml/collections.ts'
import { refusal } from '../yaml/scalars.ts'

/** The name of an environment variable, as `{ env: NAME }` may hold it. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

const cure = 'write { env: NAME } or { file: PATH } and keep the secret there'
const notText = refusal('expected the name of the place that holds the secret', cure)

const reference = z.string({ error: notText })

/**
 * A secret by reference. What stands in its place is never quoted back: it may
 * be the secret itself.
 */
export function secretReference() {
  return choice(
    {
      env: reference
        .regex(variableName, refusal('not the name of an environment variable', cure))
        .meta({ title: 'environment variable', example: 'FREESWITCH_PASSWORD' })
        .optional(),
      file: reference
        .regex(/^.+$/, refusal('not the path of a file', cure))
        .meta({
          title: 'path',
          description: 'relative to the configuration file; one line feed at the end is dropped',
          example: '/run/secrets/esl',
        })
        .optional(),
    },
    '{ env: NAME } or { file: PATH }',
    'a reference: the secret itself must not stand in this file',
  ).meta({ title: 'secret reference' })
}
