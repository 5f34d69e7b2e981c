import type { z } from 'zod'
import { isWholeMap, section } from '../yaml/collections.ts'
import { refusal, text } from '../yaml/scalars.ts'
import type { Secret } from './secret.ts'
import { secretReference } from './secret-schema.ts'

const waysIn = [['user', 'password'], ['token'], ['credsFile'], ['nkey']].map((keys) =>
  keys.join('+'),
)

/** How to log in to the broker. */
export const credentialsSchema = section(
  {
    user: text('a user name', 'switchyard')
      .meta({ description: 'together with `password`' })
      .optional(),
    password: secretReference()
      .meta({ description: 'together with `user`', example: '{ env: NATS_PASSWORD }' })
      .optional(),
    token: secretReference()
      .meta({
        description: 'the token that the server expects',
        example: '{ file: /run/secrets/token }',
      })
      .optional(),
    credsFile: text('the path of a credentials file', '/run/secrets/nats.creds')
      .meta({
        description: 'JWT and seed, as `nsc` writes them; relative to the configuration file',
      })
      .optional(),
    nkey: secretReference()
      .meta({ description: 'the seed (`SU...`)', example: '{ file: /run/secrets/seed }' })
      .optional(),
  },
  'credentials: { token: { env: NATS_TOKEN } }',
).refine((value) => waysIn.includes(Object.keys(value).join('+')), {
  error: refusal('needs exactly one way to log in', `give one of: ${waysIn.join(', ')}`),
  when: isWholeMap,
})

/** How to log in to NATS. */
export type NatsCredentials =
  | { readonly type: 'password'; readonly user: string; readonly password: Secret }
  | { readonly type: 'token'; readonly token: Secret }
  /** The content of a credentials file: JWT and seed. */
  | { readonly type: 'creds'; readonly creds: Secret }
  | { readonly type: 'nkey'; readonly seed: Secret }

/**
 * @param path of the credentials in the file
 * @param secretOf the secret at a place in the file
 */
export function buildCredentials(
  credentials: z.output<typeof credentialsSchema> | undefined,
  path: string,
  secretOf: (place: string) => Secret,
): NatsCredentials | undefined {
  const secret = (key: string) => secretOf(`${path}.${key}`)
  if (credentials === undefined) {
    return undefined
  }
  if (credentials.user !== undefined) {
    return { type: 'password', user: credentials.user, password: secret('password') }
  }
  if (credentials.token !== undefined) {
    return { type: 'token', token: secret('token') }
  }
  return credentials.nkey === undefined
    ? { type: 'creds', creds: secret('credsFile') }
    : { type: 'nkey', seed: secret('nkey') }
}
