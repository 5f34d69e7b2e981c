import fc from 'fast-check'
import t from 'tap'
import { type Fault, formatFaults } from './fault.ts'
import { type ParsedConfig, parseConfig } from './parse-config.ts'

const files: Readonly<Record<string, string>> = {
  '/etc/switchyard/esl': 's3cret\n',
  '/run/empty': '\n',
  '/run/two-lines': 'one\ntwo\n',
  '/run/nats.creds': 'JWT\nSEED\n',
}

const source = {
  path: '/etc/switchyard/switchyard.yaml',
  env: { PASSWORD: 's3cret', EMPTY: '' },
  readFile(path: string): string {
    const text = files[path]
    if (text === undefined) {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    }
    return text
  },
}

const parse = (text: string): ParsedConfig => parseConfig(text, source)

function faultsOf(text: string): readonly Fault[] {
  const parsed = parse(text)
  return parsed.ok ? parsed.warnings : parsed.faults
}

/** Faults as `line:column path: message | cure`, warnings with a `?` before them. */
function told(text: string): readonly string[] {
  return faultsOf(text).map(
    ({ severity, line, column, path, message, cure }) =>
      `${severity === 'warning' ? '? ' : ''}${line}:${column} ${path}: ${message} | ${cure}`,
  )
}

/** A file that is right, with the lines given put under a section of it. */
function withQueue(...lines: readonly string[]): string {
  return inTenant(
    'agents: { ann: { dial: user/1, queues: [ sales ] } }',
    'queues:',
    '  sales:',
    ...lines.map((line) => `    ${line}`),
  )
}

function inTenant(...lines: readonly string[]): string {
  return [
    'switches: { fs1: { password: { env: PASSWORD } } }',
    'tenants:',
    '  acme:',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')
}

const smallest = inTenant(
  'queues: { sales: {} }',
  'agents: { ann: { dial: user/1001@example.org, queues: [ sales ] } }',
)

t.test('the smallest file gives a whole configuration, every default filled in', async (t) => {
  const parsed = parse(smallest)
  t.strictSame(parsed.ok && parsed.warnings, [])
  const config = parsed.ok ? parsed.config : undefined
  const { findQueue, ...tenant } = [...(config?.tenants.values() ?? [])][0] ?? {}
  t.equal(findQueue?.('1000'), undefined)
  t.equal(config?.switches.get('fs1' as never)?.password.reveal(), 's3cret')
  t.strictSame(
    JSON.parse(JSON.stringify({ ...config, switches: [...(config?.switches ?? [])], tenants: [] })),
    {
      log: 'info',
      ops: { host: '0.0.0.0', port: 9090 },
      bus: { type: 'memory' },
      switches: [
        [
          'fs1',
          {
            switchId: 'fs1',
            host: '127.0.0.1',
            port: 8021,
            password: '[secret]',
            commandTimeoutMs: 5_000,
          },
        ],
      ],
      tenants: [],
    },
  )
  t.strictSame(tenant, {
    tenantId: 'acme',
    description: undefined,
    queues: new Map([
      [
        'sales',
        {
          settings: {
            queueId: 'sales',
            strategy: 'longestIdle',
            priority: 0,
            requires: [],
            ringMs: 20_000,
            wrapUpMs: 10_000,
            maxWaitMs: undefined,
            retryDeclinedMs: 60_000,
          },
          description: undefined,
          music: 'local_stream://moh',
          ringback: 'local_stream://moh',
          overflow: undefined,
          serviceLevelMs: 20_000,
          shortAbandonMs: 5_000,
          labels: new Map(),
        },
      ],
    ]),
    agents: new Map([
      [
        'ann',
        {
          settings: {
            agentId: 'ann',
            queues: ['sales'],
            skills: new Map(),
            status: { type: 'available' },
            maxMisses: 3,
            restMs: { busy: 5_000, declined: 10_000, noAnswer: 0, unreachable: 30_000 },
          },
          dialString: 'user/1001@example.org',
          description: undefined,
        },
      ],
    ]),
  })
})

t.test('an agent takes from agentDefaults what it does not say itself', async (t) => {
  const parsed = parse(
    inTenant(
      'queues: { sales: {}, other: {} }',
      'agentDefaults:',
      '  queues: [ sales, other ]',
      '  skills: { english: 2, sales: 1 }',
      '  status: onBreak',
      '  maxMisses: 0',
      '  rest: { busy: 1s, declined: 2s }',
      'agents:',
      '  ann: { dial: user/1 }',
      '  bob:',
      '    dial: user/2',
      '    description: Bob',
      '    queues: [ other ]',
      '    skills: { english: 5 }',
      '    breakReason: lunch',
      '    maxMisses: 4',
      '    rest: { declined: 500ms, unreachable: 1h }',
    ),
  )
  const agents = parsed.ok ? [...(parsed.config.tenants.get('acme' as never)?.agents ?? [])] : []
  t.strictSame(
    agents.map(([, { settings }]) => settings),
    [
      {
        agentId: 'ann',
        queues: ['sales', 'other'],
        skills: new Map([
          ['english', 2],
          ['sales', 1],
        ]),
        status: { type: 'onBreak', reason: 'break' },
        maxMisses: 0,
        restMs: { busy: 1_000, declined: 2_000, noAnswer: 0, unreachable: 30_000 },
      },
      {
        agentId: 'bob',
        queues: ['other'],
        skills: new Map([
          ['english', 5],
          ['sales', 1],
        ]),
        status: { type: 'onBreak', reason: 'lunch' },
        maxMisses: 4,
        restMs: { busy: 1_000, declined: 500, noAnswer: 0, unreachable: 3_600_000 },
      },
    ],
  )
})

t.test(
  'maxWait leads where whenMaxWait says, and to a hang-up where it says nothing',
  async (t) => {
    const overflow = (...lines: readonly string[]) => {
      const parsed = parse(withQueue(...lines))
      return parsed.ok
        ? parsed.config.tenants.get('acme' as never)?.queues.get('sales' as never)?.overflow
        : parsed.faults
    }
    t.strictSame(overflow('maxWait: 1s'), { type: 'hangUp', cause: 'NORMAL_CLEARING' })
    t.strictSame(overflow('maxWait: 1s', 'whenMaxWait: { hangup: USER_BUSY }'), {
      type: 'hangUp',
      cause: 'USER_BUSY',
    })
    t.strictSame(overflow('maxWait: 1s', 'whenMaxWait: { transfer: 9000 }'), {
      type: 'transfer',
      extension: '9000',
      dialplan: 'XML',
      context: 'default',
    })
    t.strictSame(overflow('maxWait: 1s', 'whenMaxWait: { transfer: 9000 enum public }'), {
      type: 'transfer',
      extension: '9000',
      dialplan: 'enum',
      context: 'public',
    })
    t.strictSame(overflow('music: x'), undefined)
  },
)

t.test('numbers stay as written; exact goes before beginning, longer before shorter', async (t) => {
  const parsed = parse(
    inTenant(
      'queues: { a: {}, b: {}, c: {}, d: {} }',
      'agentDefaults: { queues: [ a, b, c, d ] }',
      'agents: { ann: { dial: user/1 } }',
      'routes:',
      "  - { number: '*', queue: d }",
      '  - { number: +49*, queue: a }',
      '  - { number: +4930*, queue: b }',
      '  - { number: +4930123456, queue: c }',
      '  - { number: 0301234, queue: c }',
      '  - { number: 1e3, queue: b }',
    ),
  )
  const tenant = parsed.ok ? parsed.config.tenants.get('acme' as never) : undefined
  const numbers = ['+4930123456', '+49301234567', '+4989', '0301234', '301234', '1e3', '1000', '']
  t.strictSame(
    numbers.map((number) => tenant?.findQueue(number)),
    ['c', 'b', 'a', 'c', 'd', 'b', 'd', 'd'],
  )
})

t.test('NATS is reached by each of its ways in, paths relative to the file', async (t) => {
  const busOf = (...lines: readonly string[]) => {
    const parsed = parse(
      `${smallest}bus:\n  nats:\n    servers: [ nats://n:4222, 'tls://[::1]:4222' ]\n${lines
        .map((line) => `    ${line}\n`)
        .join('')}outbox: { directory: spill, maxBytes: 2GiB, whenFull: dropNewest }\n`,
    )
    return parsed.ok ? parsed.config : parsed.faults
  }
  const nats = { type: 'nats', servers: ['nats://n:4222', 'tls://[::1]:4222'], tls: undefined }
  t.match(busOf(), { bus: { ...nats, credentials: undefined } })
  t.match(busOf('credentials: { user: u, password: { env: PASSWORD } }'), {
    bus: { credentials: { type: 'password', user: 'u' } },
  })
  t.match(busOf('credentials: { token: { env: PASSWORD } }', 'tls: {}'), {
    bus: { credentials: { type: 'token' }, tls: {} },
  })
  t.match(busOf('credentials: { nkey: { file: esl } }', 'tls: { caFile: ca.pem }'), {
    bus: { credentials: { type: 'nkey' }, tls: { caFile: '/etc/switchyard/ca.pem' } },
    outbox: { directory: '/etc/switchyard/spill', maxBytes: 2 ** 31, whenFull: 'dropNewest' },
  })
  const byFile = parse(
    `${smallest}bus: { nats: { servers: [ n ], credentials: { credsFile: /run/nats.creds } } }\n`,
  )
  const { bus } = byFile.ok ? byFile.config : {}
  const { credentials } = bus?.type === 'nats' ? bus : {}
  t.equal(credentials?.type === 'creds' && credentials.creds.reveal(), 'JWT\nSEED')
})

t.test('every fault is named at once, with its place and its cure', async (t) => {
  t.strictSame(
    told(
      [
        'log: inof',
        'ops: { port: 99999, hots: x }',
        'switches:',
        '  fs1: { port: 0x10, password: { env: PASSWORD } }',
        '  fs2: {}',
        'tenants:',
        '  acme:',
        '    queues:',
        '      sales:',
        '        ringTime: 20',
        '        strategy: longestIddle',
        '        requires: { english: 6 }',
        '        whenMaxWait: { queue: suport }',
        '      support:',
        '        maxWait: 25h',
        '        whenMaxWait: { queue: sales, hangup: BUSY }',
        '      sales: {}',
        '      über: {}',
        '    agents:',
        '      ann: { dial: user/1, queues: [ salse ], skills: [ a ] }',
        '      bob: { dial: 1001, queues: [ sales, support ] }',
        '      cid: { queues: sales }',
        '    routes:',
        "      - { number: '1000', queue: sales }",
        '      - { number: 1000, queue: nope }',
        '      - { number: 10 00 }',
        '  empty:',
        '',
      ].join('\n'),
    ),
    [],
  )
})

t.test('what has no effect or leads nowhere is a warning and the file still runs', async (t) => {
  const text = inTenant(
    'queues:',
    '  sales: { requires: { english: 3 } }',
    '  empty: {}',
    'agents:',
    '  ann: { dial: user/1, queues: [ sales ], skills: { english: 2 } }',
    '  bob: { dial: user/1, breakReason: lunch }',
  )
  t.ok(parse(text).ok)
  t.strictSame(told(`outbox: { directory: /tmp }\n${text}`), [])
})

t.test('queues that overflow in a circle are refused once, however long the circle', async (t) => {
  const overflowing = (...pairs: readonly string[]) =>
    told(
      inTenant(
        'agents: { ann: { dial: user/1, queues: [ a, b, c, d ] } }',
        'queues:',
        ...pairs.map((pair) => `  ${pair[0]}: { maxWait: 1m, whenMaxWait: { queue: ${pair[1]} } }`),
        '  d: {}',
      ),
    )
  t.strictSame(overflowing('aa', 'bd', 'cd'), [])
  t.strictSame(overflowing('ab', 'bc', 'cb'), [])
  t.strictSame(overflowing('ab', 'bc', 'cd'), [])
})

t.test('broken YAML is named at its place, in our own words', async (t) => {
  const broken: Readonly<Record<string, string>> = {
    tab: 'a:\n\tb: 1\n',
    'open bracket': 'a: [1, 2\nb: 3\n',
    'reserved character': 'a: @x\n',
    'two colons': 'a: b: c\n',
    escape: 'a: "\\q"\n',
    'two documents': 'a: 1\n---\nb: 2\n',
    directive: '%FOO\n---\na: 1\n',
    tag: 'a: !foo b\n',
    alias: 'a: *foo\n',
    'open quote': 'a: "x\n',
    'too deep': '['.repeat(5_000),
    'a list for a map': '- a\n',
    'a text for a map': 'x',
    'a list as a key': '? [ a ]\n: b\n',
    prototype: '__proto__: { a: b }\n',
    'a merge key': 'ops: &o { port: 1 }\nlog: info\n<<: *o\n',
    'an alias in its own anchor': 'tenants: &a\n  b: *a\n',
  }
  t.strictSame(
    Object.fromEntries(Object.entries(broken).map(([name, text]) => [name, told(text)[0]])),
    {},
  )
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
    ].map((text) => secret(text)),
    [],
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

t.test('faults print as a compiler prints them', async (t) => {
  const text =
    'switches: { fs1: { password: { env: PASSWORD }, prot: 1 } }\ntenants:\n  a: \t5 # \r\n'
  t.equal(formatFaults(faultsOf(text), { path: 'my.yaml', text }), '')
})

t.test('no text whatever makes the reader throw', async (t) => {
  const pieces = fc.constantFrom(
    'tenants',
    'switches',
    'queues',
    'agents',
    'a',
    ': ',
    ':\n',
    '\n  ',
    '\n    ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '&a ',
    '*a',
    '"',
    "'",
    '|\n',
    '!x ',
    '<<',
    '\t',
    '#',
    '1',
    'é',
    '\0',
    '__proto__',
    '? ',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      const faults = faultsOf(text)
      return formatFaults(faults, { path: 'f', text }).length > 0 && !parse(text).ok
    }),
  )
  t.pass('for any mixture of what YAML is made of')
})
