import { format, inspect } from 'node:util'
import t from 'tap'
import type { TenantId } from '../catalogue/ids.ts'
import { formatFaults } from '../yaml/fault.ts'
import { faultsOf, inTenant, source, told, withQueue } from './fixture.ts'
import { parseConfig } from './parse-config.ts'
import { engineNeeds, pluginNeeds, type SecretNeeds } from './read-secrets.ts'
import { Secret } from './secret.ts'

t.test('a secret is shown by nothing but reveal', async (t) => {
  const secret = new Secret('hunter2')
  const holder = { password: secret }
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify(holder),
    inspect(holder, { showHidden: true, depth: null }),
    format('%s %j %o', secret, secret, secret),
    Object.values(secret).join(),
  ]
  t.notMatch(shown.join('\n'), /hunter2/)
  t.equal(JSON.stringify(holder), '{"password":"[secret]"}')
  t.equal(secret.reveal(), 'hunter2')
})

t.test('a value for the switch holds no line feed and no other control character', async (t) => {
  for (const line of [
    'music: "local_stream://moh\\nexit"',
    'music: "a\\0b"',
    'ringback: "a\\r\\nb"',
    'whenMaxWait: { transfer: "9000\\n XML" }',
    'description: "a\\u0085b"',
  ]) {
    const faults = faultsOf(withQueue('maxWait: 1m', line))
    t.equal(faults.length, 1, line)
    t.match(faults[0], { severity: 'error', message: / is not / }, line)
  }
  const dial = (text: string) =>
    told(inTenant('queues: { q: {} }', `agents: { ann: { queues: [ q ], dial: ${text} } }`)).length
  t.strictSame(
    ['"user/1\\n"', 'user/1,user/2', "'user/1|user/2'", "'user/1:_:user/2'", '1001', "''"].map(
      dial,
    ),
    [1, 1, 1, 1, 1, 1],
  )
  t.strictSame(
    [
      "'{a=1,b=2}user/1'",
      "'[a=1,b=2]sofia/gateway/g/1'",
      'sofia/internal/1@h:5060;transport=tcp',
      'loopback/1/default',
    ].map(dial),
    [0, 0, 0, 0],
  )
})

t.test('a secret inline is refused, one that cannot be had is a fault', async (t) => {
  const secret = (text: string) =>
    told(
      `switches:\n  fs1:\n    password: ${text}\ntenants: { a: { queues: { q: {} }, agents: { x: { dial: user/1, queues: [ q ] } } } }\n`,
    )
  t.strictSame(
    [
      'hunter2',
      '{ env: MISSING }',
      '{ env: EMPTY }',
      '{ env: hunter 2 }',
      '{ file: missing }',
      '{ file: /run/empty }',
      '{ file: /run/two-lines }',
      '{ hunter2 }',
      '{ env: PASSWORD, file: esl }',
      '[ hunter2 ]',
      '',
      '{ file: esl }',
    ].map((text) => secret(text)[0]),
    [
      '3:15 switches.fs1.password: expected a reference: the secret itself does not belong in this file | for example { env: NAME } or { file: PATH }',
      '3:5 switches.fs1.password: the environment variable MISSING is not set | put the secret there before the engine starts',
      '3:5 switches.fs1.password: the environment variable EMPTY is empty | put the secret there before the engine starts',
      '3:22 switches.fs1.password.env: not the name of an environment variable | write { env: NAME } or { file: PATH }, and keep the secret there',
      '3:5 switches.fs1.password: cannot read the file /etc/switchyard/missing (ENOENT) | create it, or make it readable for the user that runs the engine',
      '3:5 switches.fs1.password: the file /run/empty is empty | put the secret there before the engine starts',
      '3:5 switches.fs1.password: the file /run/two-lines contains a line feed or another control character | keep nothing but the secret in it, on one line',
      '3:5 switches.fs1.password: not a reference to a secret | write { env: NAME } or { file: PATH }',
      '3:5 switches.fs1.password: needs exactly one of: env, file | for example { env: NAME } or { file: PATH }',
      '3:5 switches.fs1.password: expected a reference: the secret itself does not belong in this file | for example { env: NAME } or { file: PATH }',
      '3:15 switches.fs1.password: expected a reference: the secret itself does not belong in this file | for example { env: NAME } or { file: PATH }',
      undefined,
    ],
  )
})

t.test('no secret is ever shown, however it is misplaced', async (t) => {
  const rest =
    'tenants: { a: { queues: { q: {} }, agents: { x: { dial: user/1, queues: [ q ] } } } }\n'
  const misplaced = [
    'switches: { fs1: { hots: a, password: hunter2 } }\n',
    'switches: { fs1: { password: { hunter2 } } }\n',
    'switches: { fs1: { password: { env: hunter2! } } }\n',
    'switches: { fs1: { passwort: hunter2 } }\n',
    'switches: { fs1: { "password" : "hunter2" } }\n',
    'switches:\n  fs1:\n    password:\n      hunter2\n',
    'switches:\n  fs1:\n    password:\n      @hunter2\n',
    'switches:\n  fs1:\n    password: |\n      hunter2\n\there\n',
    'switches:\n  fs1:\n    password: *hunter2\n',
    'switches:\n  fs1:\n    password: !hunter2 x\n',
    'switches:\n  fs1:\n    password: { hunter2: x }\n',
    "bus: { nats: { servers: [ 'nats://u:hunter2@n:4222' ] } }\n",
    'bus: { nats: { servers: [ n ], credentials: { token: hunter2, user: a } } }\n',
    'bus: { nats: { servers: [ n ], credentials: { nkey: { env: PASSWORD, seed: hunter2 } } } }\n',
  ]
  for (const start of misplaced) {
    const text = start + rest
    const faults = faultsOf(text)
    t.ok(
      faults.some(({ severity }) => severity === 'error'),
      start,
    )
    t.notMatch(JSON.stringify(faults) + formatFaults(faults, { path: 'f', text }), /hunter2/, start)
  }
})

t.test('each process reads the secrets it needs and no others', async (t) => {
  const text = `bus: { nats: { servers: [ n ], credentials: { token: { env: BUS } } } }
switches: { fs1: { password: { env: ESL } } }
tenants:
  acme:
    queues: { q: {} }
    plugins: { a: { credentials: { token: { env: A } } }, b: { credentials: { nkey: { env: B } } } }
  globex:
    queues: { q: {} }
    plugins: { a: {} }
`
  const missing = (needs: SecretNeeds, env = {}) => {
    const parsed = parseConfig(text, { ...source, env, needs })
    const faults = parsed.ok ? parsed.warnings : parsed.faults
    return faults.flatMap(({ severity, path }) => (severity === 'error' ? [path] : []))
  }
  const bus = 'bus.nats.credentials.token'
  const a = 'tenants.acme.plugins.a.credentials.token'
  t.same(missing(engineNeeds), [bus, 'switches.fs1.password'])
  // Globex gives the plugin no user of its own.
  t.same(missing(pluginNeeds('a')), [bus, a])
  t.same(missing(pluginNeeds('a', 'acme')), [a])
  t.same(missing(pluginNeeds('a', 'globex')), [bus])
  t.same(missing(pluginNeeds('b')), ['tenants.acme.plugins.b.credentials.nkey'])

  const parsed = parseConfig(text, { ...source, env: { B: 'seed' }, needs: pluginNeeds('b') })
  if (!parsed.ok) {
    throw new TypeError('the file was refused')
  }
  const { bus: unread, tenants } = parsed.config
  t.match(tenants.get('acme' as TenantId)?.plugins.get('b'), {
    credentials: { type: 'nkey', seed: { reveal: Function } },
  })
  const credentials = unread.type === 'nats' ? unread.credentials : undefined
  t.throws(() => credentials?.type === 'token' && credentials.token.reveal(), {
    code: 'SY_CONFIG_INVALID',
    message: 'the secret was not read: it belongs to another process',
  })
})
