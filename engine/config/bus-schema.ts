import { z } from 'zod'
import { isWholeMap, list, section } from '../yaml/collections.ts'
import { oneOf, refusal, size, text } from '../yaml/scalars.ts'
import { secretReference } from './secret-schema.ts'

const serverPattern = /^((nats|tls|ws|wss):\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/

// Not text(): a URL with a password in it must not be quoted back.
const server = z
  .string()
  .regex(
    serverPattern,
    refusal(
      'not the address of a NATS server',
      'write nats://HOST:4222 or tls://HOST:4222; a user and password go under credentials',
    ),
  )
  .meta({ title: 'server address' })

const waysIn = [['user', 'password'], ['token'], ['credsFile'], ['nkey']].map((keys) =>
  keys.join('+'),
)

/** How to log in to a broker. */
export const credentialsSchema = section(
  {
    user: text('a user name', 'switchyard')
      .meta({ description: 'together with `password`' })
      .optional(),
    password: secretReference()
      .meta({ description: 'together with `user`', example: '{ env: NATS_PASSWORD }' })
      .optional(),
    token: secretReference()
      .meta({ description: 'the token of the server', example: '{ file: /run/secrets/token }' })
      .optional(),
    credsFile: text('the path of a credentials file', '/run/secrets/nats.creds')
      .meta({
        description: 'JWT and seed as `nsc` writes them; relative to the configuration file',
      })
      .optional(),
    nkey: secretReference()
      .meta({ description: 'the seed (`SU...`)', example: '{ file: /run/secrets/seed }' })
      .optional(),
  },
  'credentials: { token: { env: NATS_TOKEN } }',
).refine(
  (value) => {
    return waysIn.includes(Object.keys(value).join('+'))
  },
  {
    error: refusal('not one way to log in', `give exactly one of: ${waysIn.join(', ')}`),
    when: isWholeMap,
  },
)

const tls = section(
  {
    caFile: text('the path of a file', '/etc/nats/ca.pem')
      .meta({ description: 'authorities to trust instead of the system’s' })
      .optional(),
    certFile: text('the path of a file', '/etc/nats/client.pem')
      .meta({ description: 'our certificate; together with `keyFile`' })
      .optional(),
    keyFile: text('the path of a file', '/etc/nats/client-key.pem')
      .meta({ description: 'its key; together with `certFile`' })
      .optional(),
  },
  'tls: { caFile: /etc/nats/ca.pem }',
).refine((value) => 'certFile' in value === 'keyFile' in value, {
  error: refusal('certFile and keyFile belong together', 'give both, or neither'),
  when: isWholeMap,
})

const nats = section(
  {
    servers: list(server, "[ 'nats://nats:4222' ]")
      .min(1, refusal('is empty', "add a server, for example [ 'nats://nats:4222' ]"))

      .meta({ description: 'tried in turn', example: '[nats://nats-1:4222, nats://nats-2:4222]' }),
    credentials: credentialsSchema
      .meta({ description: 'how to log in: user and password, or one of the others' })
      .optional(),
    tls: tls
      .meta({ description: 'certificates; `tls: {}` asks for TLS with the system’s authorities' })
      .optional(),
  },
  "nats: { servers: [ 'nats://nats:4222' ] }",
)

/** Where events go and commands come from. */
export const busSchema = z
  .union([
    oneOf('a bus', ['memory']),
    section(
      { nats: nats.meta({ description: 'a NATS server or cluster with JetStream' }) },
      'bus: memory, or bus: { nats: … }',
    ),
  ])
  .meta({
    title: 'memory, or a map',
    description: 'messages between the engine and its services; `memory` keeps them in the process',
  })

/** Where events wait while the broker is away. */
export const outboxSchema = section(
  {
    directory: text('a directory', '/var/lib/switchyard/outbox').meta({
      description: 'where events spill to; relative to the configuration file',
      example: '/var/lib/switchyard/outbox',
    }),
    maxBytes: size().meta({ description: 'most to keep on disk' }).prefault('256MiB'),
    whenFull: oneOf('a rule', ['dropOldest', 'dropNewest'])
      .meta({ description: 'what to give up when `maxBytes` is reached' })
      .prefault('dropOldest'),
  },
  'outbox: { directory: /var/lib/switchyard/outbox }',
).meta({
  description: 'a file for events that the broker cannot take; without it they stay in memory',
})
