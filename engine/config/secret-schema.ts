import { z } from 'zod'
import { choice } from '../yaml/collections.ts'
import { refusal } from '../yaml/scalars.ts'

/** The name of an environment variable, as `{ env: NAME }` may hold it. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

const cure = 'write { env: NAME } or { file: PATH }, and keep the secret there'
const notText = refusal('expected the name of a variable or file that holds the secret', cure)

const reference = z.string({ error: notText })

/**
 * A reference to a secret. Faults never quote what is written in its place: that may be the secret
 * itself.
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
          description: 'relative to the configuration file; a line feed at its end is ignored',
          example: '/run/secrets/esl',
        })
        .optional(),
    },
    '{ env: NAME } or { file: PATH }',
    'a reference: the secret itself does not belong in this file',
  ).meta({ title: 'secret reference' })
}
