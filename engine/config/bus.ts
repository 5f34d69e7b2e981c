import { z } from 'zod'
import { isWholeMap, list, section } from '../yaml/collections.ts'
import { oneOf, refusal, text } from '../yaml/scalars.ts'
import { buildCredentials, credentialsSchema, type NatsCredentials } from './credentials.ts'
import type { Secret } from './secret.ts'

const serverPattern = /^((nats|tls|ws|wss):\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/

// Not text(): its faults quote the value, and a URL may hold a password.
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

const tls = section(
  {
    caFile: text('the path of a file', '/etc/nats/ca.pem')
      .meta({ description: 'certificate authorities to trust instead of the system’s' })
      .optional(),
    certFile: text('the path of a file', '/etc/nats/client.pem')
      .meta({ description: 'the certificate of the engine; together with `keyFile`' })
      .optional(),
    keyFile: text('the path of a file', '/etc/nats/client-key.pem')
      .meta({ description: 'the key of that certificate; together with `certFile`' })
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
      .meta({
        description: 'tried in turn',
        example: '[ nats://nats-1:4222, nats://nats-2:4222 ]',
      }),
    credentials: credentialsSchema
      .meta({ description: 'how to log in: `user` and `password`, or one of the other keys' })
      .optional(),
    tls: tls
      .meta({ description: 'certificates; `tls: {}` is TLS with the system’s authorities' })
      .optional(),
  },
  "nats: { servers: [ 'nats://nats:4222' ] }",
)

const natsBus = "{ nats: { servers: [ 'nats://nats:4222' ] } }"

/** Where events go and commands come from. */
export const busSchema = z
  .union([
    oneOf('a bus', ['memory']),
    section(
      { nats: nats.meta({ description: 'a NATS server or cluster with JetStream' }) },
      'bus: memory, or bus: { nats: … }',
    ).meta({ example: natsBus }),
  ])
  .meta({
    title: 'memory, or a map',
    description:
      'what carries messages between the engine and its services; `memory` keeps them in the process',
    example: natsBus,
  })

export type BusConfig = { readonly type: 'memory' } | NatsConfig

export interface NatsConfig {
  readonly type: 'nats'
  /** At least one. */
  readonly servers: readonly string[]
  readonly credentials: NatsCredentials | undefined
  readonly tls: NatsTls | undefined
}

/** Absolute paths of PEM files. All absent: TLS with the system's authorities. */
interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** Turns a bus without faults into what the engine connects to. */
export function buildBus(
  file: z.output<typeof busSchema>,
  secretOf: (place: string) => Secret,
  absolute: (relative: string) => string,
): BusConfig {
  if (file === 'memory') {
    return { type: 'memory' }
  }
  const { servers, credentials, tls: files } = file.nats
  return {
    type: 'nats',
    servers,
    credentials: buildCredentials(credentials, 'bus.nats.credentials', secretOf),
    tls:
      files === undefined
        ? undefined
        : Object.fromEntries(
            Object.entries(files).flatMap(([key, path]) =>
              path === undefined ? [] : [[key, absolute(path)]],
            ),
          ),
  }
}
