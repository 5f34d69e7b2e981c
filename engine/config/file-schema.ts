import type { z } from 'zod'
import { flowSchema } from '../flow/flow-schema.ts'
import { isWholeMap, list, named, section, someNamed } from '../yaml/collections.ts'
import { duration, idKey, idReference, integer, oneOf, refusal, text } from '../yaml/scalars.ts'
import { agentDefaultsSchema, agentSchema } from './agent-schema.ts'
import { busSchema, outboxSchema } from './bus-schema.ts'
import { outboundSchema } from './outbound-schema.ts'
import { pluginsSchema } from './plugins-schema.ts'
import { queueSchema } from './queue-schema.ts'
import { rulesShape, strategiesSchema } from './rules-schema.ts'
import { secretReference } from './secret-schema.ts'

const host = (example: string) => text('a host name or address', example, /^[A-Za-z0-9.:_-]+$/)

const routeSchema = section(
  {
    number: text(
      'a number, or its beginning and *',
      "'1000' or '+49*'",
      /^([0-9A-Za-z+#*_.-]+)$/,
    ).meta({
      description:
        'the dialled number; with `*` at the end, every number that begins so; `*` alone is any',
      example: "'+4930*'",
    }),
    queue: idReference('queue')
      .meta({ description: 'a queue of this tenant', example: 'sales' })
      .optional(),
    flow: idReference('flow', 'reception')
      .meta({
        description: 'in its place, a flow of this tenant: the call begins there',
        example: 'reception',
      })
      .optional(),
  },
  "{ number: '1000', queue: sales }",
).refine(({ queue, flow }) => (queue === undefined) !== (flow === undefined), {
  error: refusal('needs a queue or a flow, and not both', 'for example queue: sales'),
  when: isWholeMap,
})

const tenantSchema = section(
  {
    description: text('a text', 'Acme, Berlin').meta({ description: 'for people' }).optional(),
    ...rulesShape,
    strategies: strategiesSchema
      .meta({ description: 'strategy plugins, for the `scorer` of queues' })
      .prefault({}),
    plugins: pluginsSchema
      .meta({
        description:
          'service plugins: each a process of its own (`switchyard plugin NAME`); with `bus: memory` the engine runs them itself',
      })
      .prefault({}),
    queues: someNamed(idKey('queue'), queueSchema, 'queues: { sales: {} }').meta({
      description: 'lines in which callers wait',
    }),
    flows: named(
      idKey('flow'),
      flowSchema,
      'flows: { greeting: { steps: [ { play: welcome.wav } ] } }',
    )
      .meta({
        description: 'what is said to callers, and asked of them: for routes, overflow and plugins',
      })
      .prefault({}),
    agents: named(
      idKey('agent'),
      agentSchema,
      'agents: { ann: { dial: user/1001@example.org, queues: [ sales ] } }',
    )
      .meta({ description: 'people who answer' })
      .prefault({}),
    outbound: outboundSchema
      .meta({
        description: 'how customers are dialled, for callbacks and campaigns; without it nobody is',
      })
      .optional(),
    classifyWithin: duration({})
      .meta({
        description:
          'how long a call waits at most for a plugin to say what it needs, before it is matched; only while one has been answering in time. 0 to go on at once',
      })
      .prefault('150ms'),
    agentDefaults: agentDefaultsSchema
      .meta({
        description:
          'what holds for every agent who does not say otherwise; `skills` and `rest` are joined key by key',
      })
      .prefault({}),
    routes: list(routeSchema, "routes: [ { number: '1000', queue: sales } ]")
      .meta({
        description:
          'which queue or flow a dialled number reaches: an exact number first, then the longest beginning. A call that brings `acd_queue` needs none',
      })
      .prefault([]),
  },
  'acme: { queues: { sales: {} } }',
)

const switchSchema = section(
  {
    type: oneOf('a type of switch', ['freeswitch'])
      .meta({ description: 'what kind of switch it is: FreeSWITCH, over its event socket' })
      .prefault('freeswitch'),
    host: host('127.0.0.1')
      .meta({ description: 'where its event socket listens', example: 'fs1.example.org' })
      .prefault('127.0.0.1'),
    port: integer(1, 65_535, '8021').meta({ description: 'of its event socket' }).prefault('8021'),
    password: secretReference().meta({
      description: 'of the event socket',
      example: '{ env: FREESWITCH_PASSWORD }',
    }),
    commandTimeout: duration({ leastMs: 100 })
      .meta({ description: 'how long a command may stay unanswered' })
      .prefault('5s'),
  },
  'fs1: { host: 127.0.0.1, password: { env: FREESWITCH_PASSWORD } }',
)

/**
 * The configuration file. The one source of its checks, of its types, of
 * `schema/switchyard.schema.json` and of the reference in `docs/configuration.md`.
 */
export const fileSchema = section(
  {
    log: oneOf('a log level', ['debug', 'info', 'warn', 'error', 'silent'])
      .meta({ description: 'the least that is logged' })
      .prefault('info'),
    ops: section(
      {
        host: host('0.0.0.0')
          .meta({ description: 'the address to listen on; 127.0.0.1 for this machine alone' })
          .prefault('0.0.0.0'),
        port: integer(0, 65_535, '9090')
          .meta({ description: '0 takes any free port' })
          .prefault('9090'),
      },
      'ops: { port: 9090 }',
    )
      .meta({ description: 'where `/metrics`, `/healthz` and `/readyz` are served' })
      .prefault({}),
    bus: busSchema.prefault('memory'),
    outbox: outboxSchema.optional(),
    switches: someNamed(
      idKey('switch'),
      switchSchema,
      'switches: { fs1: { password: { env: FREESWITCH_PASSWORD } } }',
    ).meta({ description: 'the FreeSWITCH nodes that hand their callers to the engine' }),
    tenants: someNamed(
      idKey('tenant'),
      tenantSchema,
      'tenants: { acme: { queues: { sales: {} } } }',
    ).meta({
      description: 'units of distribution: each has its own queues, agents and numbers',
    }),
  },
  'tenants: …, switches: …',
)

/** The file after conversion, before references are followed. */
export type ConfigFile = z.output<typeof fileSchema>
