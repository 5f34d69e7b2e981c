import t from 'tap'
import type { QueueId } from '../catalogue/ids.ts'
import { plainMembership } from '../core/plain-settings.ts'
import { inTenant, parse, smallest, withQueue } from './fixture.ts'
import { Secret } from './secret.ts'

t.test('the smallest file gives a whole configuration, every default filled in', async (t) => {
  const parsed = parse(smallest)
  t.strictSame(parsed.ok && parsed.warnings, [])
  const config = parsed.ok ? parsed.config : undefined
  const { findRoute, ...tenant } = [...(config?.tenants.values() ?? [])][0] ?? {}
  t.equal(findRoute?.('1000'), undefined)
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
            type: 'freeswitch',
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
    flows: new Map(),
    outbound: undefined,
    classifyWithinMs: 150,
    tenantId: 'acme',
    rules: {
      fairAfterMs: 600_000,
      occupancyWindowMs: 1_800_000,
      seed: 1_174_237_615,
      recordEvery: 0,
    },
    strategies: new Map(),
    plugins: new Map(),
    queues: new Map([
      [
        'sales',
        {
          settings: {
            queueId: 'sales',
            strategy: 'longestIdle',
            scorer: undefined,
            priority: 0,
            ageing: { perMinute: 0, steps: [] },
            requires: [],
            tiers: { openAfterMs: 0, skipUnstaffed: true },
            ringMs: 20_000,
            ringAtMost: 10,
            ringStepMs: 5_000,
            wrapUpMs: 10_000,
            capacity: undefined,
            maxWaitMs: undefined,
            joinUnstaffed: true,
            maxUnstaffedMs: undefined,
            actions: [],
            retryDeclinedMs: 60_000,
          },
          scorer: undefined,
          music: 'local_stream://moh',
          ringback: 'local_stream://moh',
          overflow: {},
          stickyHold: 0,
          actions: new Map(),
          serviceLevelMs: 20_000,
          shortAbandonMs: 5_000,
        },
      ],
    ]),
    agents: new Map([
      [
        'ann',
        {
          settings: {
            agentId: 'ann',
            queues: [plainMembership('sales' as QueueId)],
            skills: new Map(),
            status: { type: 'available' },
            wrapUpMs: undefined,
            maxMisses: 3,
            maxOccupancy: undefined,
            restMs: { busy: 5_000, declined: 10_000, noAnswer: 0, unreachable: 30_000 },
          },
          address: 'user/1001@example.org',
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
        queues: [plainMembership('sales' as QueueId), plainMembership('other' as QueueId)],
        skills: new Map([
          ['english', 2],
          ['sales', 1],
        ]),
        status: { type: 'onBreak', reason: 'break' },
        wrapUpMs: undefined,
        maxMisses: 0,
        maxOccupancy: undefined,
        restMs: { busy: 1_000, declined: 2_000, noAnswer: 0, unreachable: 30_000 },
      },
      {
        agentId: 'bob',
        queues: [plainMembership('other' as QueueId)],
        skills: new Map([
          ['english', 5],
          ['sales', 1],
        ]),
        status: { type: 'onBreak', reason: 'lunch' },
        wrapUpMs: undefined,
        maxMisses: 4,
        maxOccupancy: undefined,
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
        ? parsed.config.tenants.get('acme' as never)?.queues.get('sales' as never)?.overflow.maxWait
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
    numbers.map((number) => tenant?.findRoute(number)),
    ['c', 'b', 'a', 'c', 'd', 'b', 'd', 'd'].map((queueId) => ({ type: 'queue', queueId })),
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
  t.match(byFile, { config: { bus: { credentials: { type: 'creds', creds: Secret } } } })
})

t.test(
  'numbers lead to flows, queues overflow to them, and their steps go to queues',
  async (t) => {
    const parsed = parse(
      inTenant(
        'queues:',
        '  sales: { maxWait: 1m, whenMaxWait: { flow: sorry } }',
        'agents: { ann: { dial: user/1, queues: [ sales ] } }',
        'flows:',
        '  menu: { steps: [ { menu: { prompt: m.wav, keys: { 1: sales }, otherwise: sales } }, { name: sales, queue: sales } ] }',
        '  sorry: { language: de, steps: [ { play: sorry.wav } ] }',
        "routes: [ { number: '115', flow: menu } ]",
      ),
    )
    const tenant = parsed.ok ? parsed.config.tenants.get('acme' as never) : undefined
    t.strictSame(tenant?.findRoute('115'), { type: 'flow', flow: 'menu' })
    t.strictSame(tenant?.queues.get('sales' as never)?.overflow, {
      maxWait: { type: 'flow', flow: 'sorry' },
    })
    t.match(tenant?.flows.get('menu'), {
      steps: [
        { action: { type: 'ask' } },
        { name: 'sales', action: { type: 'leave', way: { type: 'queue', queue: 'sales' } } },
      ],
    })
    t.equal(tenant?.flows.get('sorry')?.language, 'de')
  },
)

t.test('a plugin keeps its place, its own values and its own user', async (t) => {
  const parsed = parse(
    `bus: { nats: { servers: [ n ] } }\n${inTenant(
      'queues: { q: {} }',
      'plugins:',
      '  callback: {}',
      '  front-row:',
      '    module: ./front-row',
      '    options: { level: 2, prefix: 030, isNew: true, hours: [ { from: 09:00 } ] }',
      '    credentials: { user: row, password: { env: PASSWORD } }',
    )}`,
  )
  t.match(parsed, { ok: true })
  const plugins = parsed.ok && [...parsed.config.tenants.values()][0]?.plugins
  t.strictSame(JSON.parse(JSON.stringify([...(plugins || [])])), [
    ['callback', {}],
    [
      'front-row',
      {
        module: { path: './front-row', from: '/etc/switchyard' },
        options: { level: 2, prefix: '030', isNew: true, hours: [{ from: '09:00' }] },
        credentials: { type: 'password', user: 'row', password: '[secret]' },
      },
    ],
  ])
})
