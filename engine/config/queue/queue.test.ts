import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { QueueId } from '../../catalogue/ids.ts'
import { inTenant, parse, told, withQueue } from '../fixture.ts'

/** The tenant `acme` of a right file; its faults where it is none. */
function tenantOf(text: string) {
  const parsed = parse(text)
  return parsed.ok ? parsed.config.tenants.get('acme' as never) : parsed.faults
}

/** The queue `sales` of a right file; its faults where it is none. */
function salesOf(...lines: readonly string[]) {
  const tenant = tenantOf(withQueue(...lines))
  return tenant !== undefined && 'queues' in tenant ? tenant.queues.get('sales' as QueueId) : tenant
}

/** What is told of queues `a`, `b`, `c` and `d`, all of them served, `d` without rules. */
function toldOf(...queues: readonly string[]): readonly string[] {
  return told(
    inTenant(
      'agents: { ann: { dial: user/1, queues: [ a, b, c, d ] } }',
      'queues:',
      ...queues.map((queue) => `  ${queue}`),
      '  d: {}',
    ),
  )
}

t.test('every rule of a queue reaches the core', async (t) => {
  t.match(
    tenantOf(
      inTenant(
        'fairAfter: 15m',
        'occupancyWindow: 1h',
        'decisions: { oneIn: 50 }',
        'strategies: { vip: { module: strategies/vip.js } }',
        'queues:',
        '  sales:',
        '    strategy: ringProgressively',
        '    scorer: { plugin: vip, candidates: 7 }',
        '    priority: -5',
        '    ageing: { perMinute: 2, steps: [ { after: 2m, points: 10 }, { after: 3m, points: 1 } ] }',
        '    requires: [ { english: 5 }, { german: 4, sales: 2 } ]',
        '    relax:',
        '      - { after: 30s, requires: [ { english: 3 }, { german: 4 } ] }',
        '      - { after: 60s, requires: {} }',
        '    stickyHold: 25s',
        '    tiers: { openAfter: 20s, skipUnstaffed: false }',
        '    ringTime: 12s',
        '    ringAtMost: 4',
        '    ringStep: 3s',
        '    wrapUp: 0s',
        '    capacity: 200',
        '    maxWait: 5m',
        '    unstaffed: { join: false, leaveAfter: 0s }',
        '    actions:',
        '      - { name: discount, after: 60s, every: 90s, data: { code: SORRY10, value: 007 } }',
        '      - { name: survey, after: 0s }',
        '    retryDeclined: 1s',
        'agents: { ann: { dial: user/1, queues: [ sales ], skills: { english: 5 } } }',
      ),
    ),
    {
      rules: { fairAfterMs: 900_000, occupancyWindowMs: 3_600_000, recordEvery: 50 },
      queues: new Map([
        [
          'sales',
          {
            settings: {
              queueId: 'sales',
              strategy: 'ringProgressively',
              scorer: undefined,
              priority: -5,
              ageing: {
                perMinute: 2,
                steps: [
                  { afterMs: 120_000, points: 10 },
                  { afterMs: 180_000, points: 1 },
                ],
              },
              requires: [
                {
                  afterMs: 0,
                  anyOf: [
                    [{ skill: 'english', minLevel: 5 }],
                    [
                      { skill: 'german', minLevel: 4 },
                      { skill: 'sales', minLevel: 2 },
                    ],
                  ],
                },
                {
                  afterMs: 30_000,
                  anyOf: [[{ skill: 'english', minLevel: 3 }], [{ skill: 'german', minLevel: 4 }]],
                },
                { afterMs: 60_000, anyOf: [[]] },
              ],
              tiers: { openAfterMs: 20_000, skipUnstaffed: false },
              ringMs: 12_000,
              ringAtMost: 4,
              ringStepMs: 3_000,
              wrapUpMs: 0,
              capacity: 200,
              maxWaitMs: 300_000,
              joinUnstaffed: false,
              maxUnstaffedMs: 0,
              actions: [
                { name: 'discount', afterMs: 60_000, everyMs: 90_000 },
                { name: 'survey', afterMs: 0, everyMs: undefined },
              ],
              retryDeclinedMs: 1_000,
            },
            scorer: { plugin: 'vip', candidates: 7 },
            stickyHold: 25_000,
            actions: new Map([
              ['discount', { code: 'SORRY10', value: '007' }],
              ['survey', {}],
            ]),
          },
        ],
      ]),
    },
  )
  t.match(salesOf('stickyHold: whileStaffed'), { stickyHold: 'whileStaffed' })
})

t.test('records of decisions are kept of none, all or one in so many', async (t) => {
  const everyOf = (decisions: string) => {
    const tenant = tenantOf(`${withQueue('music: x')}    decisions: ${decisions}\n`)
    return tenant !== undefined && 'rules' in tenant ? tenant.rules.recordEvery : tenant
  }
  t.strictSame(['none', 'all', '{ oneIn: 3 }'].map(everyOf), [0, 1, 3])
})

t.test('a call needs nothing where every step lets anyone in', async (t) => {
  const requiresOf = (...lines: readonly string[]) => {
    const queue = salesOf(...lines)
    return queue !== undefined && 'settings' in queue ? queue.settings.requires : queue
  }
  t.strictSame(requiresOf('requires: {}'), [])
  t.strictSame(requiresOf('requires: [ { english: 3 }, {} ]'), [])
  t.strictSame(requiresOf('relax: [ { after: 1m, requires: {} } ]'), [
    { afterMs: 0, anyOf: [[]] },
    { afterMs: 60_000, anyOf: [[]] },
  ])
})

t.test('each rule that gives calls up has its target, by default a hang-up', async (t) => {
  const overflowOf = (...lines: readonly string[]) => {
    const queue = salesOf(...lines)
    return queue !== undefined && 'overflow' in queue ? queue.overflow : queue
  }
  const hangUp = { type: 'hangUp', cause: 'NORMAL_CLEARING' }
  t.strictSame(overflowOf('unstaffed: { join: true }'), {})
  t.strictSame(overflowOf('unstaffed: { join: false }', 'capacity: 1'), {
    full: hangUp,
    unstaffed: hangUp,
  })
  t.strictSame(
    overflowOf(
      'maxWait: 1m',
      'capacity: 9',
      'whenFull: { hangup: USER_BUSY }',
      'unstaffed: { leaveAfter: 0s }',
      'whenUnstaffed: { transfer: 9000 }',
    ),
    {
      maxWait: hangUp,
      full: { type: 'hangUp', cause: 'USER_BUSY' },
      unstaffed: { type: 'transfer', extension: '9000', dialplan: 'XML', context: 'default' },
    },
  )
})

t.test('a membership is a name or says what is its own; wrapUp and maxOccupancy too', async (t) => {
  const tenant = tenantOf(
    inTenant(
      'queues: { sales: {}, help: {} }',
      'agentDefaults: { queues: [ { queue: help, level: 3 } ], wrapUp: 5s, maxOccupancy: 85% }',
      'agents:',
      '  ann: { dial: user/1 }',
      '  bob:',
      '    dial: user/2',
      '    wrapUp: 0s',
      '    maxOccupancy: 100%',
      '    queues: [ sales, { queue: help, level: 2, position: 99, preference: 4, wrapUp: 30s } ]',
    ),
  )
  const agents = tenant !== undefined && 'agents' in tenant ? [...tenant.agents.values()] : []
  const plain = { level: 1, position: 1, preference: 1, wrapUpMs: undefined }
  t.strictSame(
    agents.map(({ settings: { queues, wrapUpMs, maxOccupancy } }) => ({
      queues,
      wrapUpMs,
      maxOccupancy,
    })),
    [
      {
        queues: [{ ...plain, queueId: 'help', level: 3 }],
        wrapUpMs: 5_000,
        maxOccupancy: 0.85,
      },
      {
        queues: [
          { ...plain, queueId: 'sales' },
          { queueId: 'help', level: 2, position: 99, preference: 4, wrapUpMs: 30_000 },
        ],
        wrapUpMs: 0,
        maxOccupancy: 1,
      },
    ],
  )
})

t.test('a tenant draws by a seed of its own, the same each time', async (t) => {
  const seedOf = (id: string) => {
    const parsed = parse(withQueue('music: x').replace('acme', id))
    return parsed.ok ? parsed.config.tenants.get(id as never)?.rules.seed : parsed.faults
  }
  t.strictSame(['acme', 'acme', 'emca'].map(seedOf), [1_174_237_615, 1_174_237_615, 1_047_448_103])
})

t.test('options reach a plugin as YAML reads them, and numbers as they are written', async (t) => {
  const tenant = tenantOf(
    inTenant(
      'strategies:',
      '  vip:',
      '    module: strategies/vip.js',
      '    options:',
      '      plain: [ 2, -0.5, true, false, yes, 1e3, 1.50, gold, ~ ]',
      "      quoted: [ '2', 'true' ]",
      '      number: +4930123456',
      '      more: { prefix: 0301, half: &h 0.5, other: *h }',
      '  none: { module: /opt/none.js }',
      'queues:',
      '  sales: { scorer: { plugin: vip } }',
      '  help: { scorer: { plugin: none } }',
      'agents: { ann: { dial: user/1, queues: [ sales, help ] } }',
    ),
  )
  t.strictSame(
    tenant !== undefined && 'strategies' in tenant ? tenant.strategies : tenant,
    new Map([
      [
        'vip',
        {
          module: '/etc/switchyard/strategies/vip.js',
          options: {
            plain: [2, -0.5, true, false, 'yes', '1e3', 1.5, 'gold', '~'],
            quoted: ['2', 'true'],
            number: '+4930123456',
            more: { prefix: '0301', half: 0.5, other: 0.5 },
          },
        },
      ],
      ['none', { module: '/opt/none.js', options: undefined }],
    ]),
  )
})

t.test('what a rule cannot be is told with its place and its cure', async (t) => {
  t.strictSame(
    told(
      inTenant(
        'fairAfter: 25h',
        'occupancyWindow: 1s',
        'decisions: some',
        'strategies:',
        '  a: { modul: x }',
        '  b: { module: b.js, options: { x: 1 } }',
        'queues:',
        '  sales:',
        '    scorer: { plugin: c, candidates: 0 }',
        '    ageing: { perMinute: 1001, steps: [ { after: 2m, points: 10 }, { after: 2m, points: 0 } ] }',
        '    requires: [ { english: 6 }, german ]',
        '    relax: [ { after: 30s, requires: {} }, { after: 20s, requires: [] }, { after: 40, requires: sure } ]',
        '    stickyHold: forever',
        '    tiers: { openAfter: 20, skipUnstaffed: yes }',
        '    ringAtMost: 0',
        '    ringStep: 500ms',
        '    capacity: 0',
        '    whenUnstaffed: { queue: nope }',
        '    actions: [ { name: a b, after: 1m, every: 0s }, { name: x }, { name: x, after: 1m, data: [ a ] } ]',
        '  help:',
        '    whenFull: { hangup: USER_BUSY }',
        '    unstaffed: { leaveAfter: never, jion: true }',
        'agentDefaults: { maxOccupancy: 0.8, wrapUp: 1, queues: [ help ] }',
        'agents:',
        '  ann:',
        '    dial: user/1',
        '    queues: [ sales, { queue: sales, level: 0 }, { level: 100 }, { queue: salse, postion: 3 }, [ x ] ]',
        '  bob: { dial: user/2 }',
      ),
    ),
    [
      '4:16 tenants.acme.fairAfter: "25h" is not a duration from 0s to 24h | for example 20s (units: ms, s, m, h)',
      '5:22 tenants.acme.occupancyWindow: "1s" is not a duration from 60s to 24h | for example 30m (units: ms, s, m, h)',
      '6:16 tenants.acme.decisions: "some" is not none, all or { oneIn: 100 } | known: none, all',
      '8:7 tenants.acme.strategies.a.module: is missing | add it, for example ./strategies/vip-first.js',
      '? 8:7 tenants.acme.strategies.a: has no effect: it is not the scorer of any queue | add scorer: { plugin: a } to a queue, or remove it',
      '8:12 tenants.acme.strategies.a.modul: unknown key "modul" | did you mean module? (known: module, options)',
      '? 9:7 tenants.acme.strategies.b: has no effect: it is not the scorer of any queue | add scorer: { plugin: b } to a queue, or remove it',
      '9:20 tenants.acme.strategies.b.module: cannot read the file /etc/switchyard/b.js (ENOENT) | put the module there; a relative path starts at the configuration file',
      '12:27 tenants.acme.queues.sales.scorer.plugin: no strategy "c" in this tenant | did you mean a? (known: a, b)',
      '12:42 tenants.acme.queues.sales.scorer.candidates: "0" is not a whole number from 1 to 1000 | for example 20',
      '13:30 tenants.acme.queues.sales.ageing.perMinute: "1001" is not a whole number from 0 to 1000 | for example 1',
      '13:81 tenants.acme.queues.sales.ageing.steps[1].after: is not later than the step before it | put the steps in the order of their times, no two at the same time',
      '13:93 tenants.acme.queues.sales.ageing.steps[1].points: "0" is not a whole number from 1 to 1000 | for example 10',
      '14:32 tenants.acme.queues.sales.requires[0].english: "6" is not a whole number from 1 to 5 | for example 3',
      '14:37 tenants.acme.queues.sales.requires[1]: expected a map of names | for example requires: { english: 3 }',
      '15:57 tenants.acme.queues.sales.relax[1].after: is not later than the step before it | put the steps in the order of their times, no two at the same time',
      '15:62 tenants.acme.queues.sales.relax[1].requires: is empty | write { } for any agent, or name the skills, for example { english: 3 }',
      '15:87 tenants.acme.queues.sales.relax[2].after: "40" is not a duration from 1ms to 24h | for example 30s (units: ms, s, m, h)',
      '15:101 tenants.acme.queues.sales.relax[2].requires: expected a map of names | for example requires: { english: 3 }',
      '16:21 tenants.acme.queues.sales.stickyHold: "forever" is not a duration from 0s to 24h, or whileStaffed | for example 20s (units: ms, s, m, h)',
      '17:29 tenants.acme.queues.sales.tiers.openAfter: "20" is not a duration from 0s to 24h | for example 20s (units: ms, s, m, h)',
      '17:48 tenants.acme.queues.sales.tiers.skipUnstaffed: "yes" is not true or false | for example true',
      '? 18:9 tenants.acme.queues.sales.ringAtMost: has no effect: with this strategy one phone rings at a time | add strategy: ringAll or ringProgressively, or remove ringAtMost',
      '18:21 tenants.acme.queues.sales.ringAtMost: "0" is not a whole number from 1 to 100 | for example 10',
      '? 19:9 tenants.acme.queues.sales.ringStep: has no effect: with this strategy phones do not start to ring one after another | add strategy: ringProgressively, or remove ringStep',
      '19:19 tenants.acme.queues.sales.ringStep: "500ms" is not a duration from 1s to 24h | for example 20s (units: ms, s, m, h)',
      '20:19 tenants.acme.queues.sales.capacity: "0" is not a whole number from 1 to 100000 | for example 200',
      '21:9 tenants.acme.queues.sales.whenUnstaffed: never happens: this queue keeps its callers while nobody is staffed | add unstaffed, for example unstaffed: { join: false }, or remove whenUnstaffed',
      '21:33 tenants.acme.queues.sales.whenUnstaffed.queue: no queue "nope" in this tenant | known: sales, help',
      '22:28 tenants.acme.queues.sales.actions[0].name: "a b" is not a name of letters, digits, _ and - | for example discount',
      '22:51 tenants.acme.queues.sales.actions[0].every: "0s" is not a duration from 1s to 24h | for example 90s (units: ms, s, m, h)',
      '22:57 tenants.acme.queues.sales.actions[1].after: is missing | add it, for example 60s (units: ms, s, m, h)',
      '22:78 tenants.acme.queues.sales.actions[2].name: "x" is also the name of an action above it | give each action of a queue a name of its own',
      '22:92 tenants.acme.queues.sales.actions[2].data: expected a map of names | for example data: { code: SORRY10 }',
      '24:9 tenants.acme.queues.help.whenFull: never happens: this queue has no capacity | add capacity, for example capacity: 200, or remove whenFull',
      '25:34 tenants.acme.queues.help.unstaffed.leaveAfter: "never" is not a duration from 0s to 24h | for example 2m (units: ms, s, m, h)',
      '25:41 tenants.acme.queues.help.unstaffed.jion: unknown key "jion" | did you mean join? (known: join, leaveAfter)',
      '26:36 tenants.acme.agentDefaults.maxOccupancy: "0.8" is not a share from 1% to 100% | for example 85%',
      '26:49 tenants.acme.agentDefaults.wrapUp: "1" is not a duration from 0s to 24h | for example 20s (units: ms, s, m, h)',
      '30:35 tenants.acme.agents.ann.queues[1].queue: "sales" is already in this list | remove one of the two',
      '30:49 tenants.acme.agents.ann.queues[1].level: "0" is not a whole number from 1 to 99 | for example 2',
      '30:54 tenants.acme.agents.ann.queues[2].queue: is missing | add it, for example sales',
      '30:63 tenants.acme.agents.ann.queues[2].level: "100" is not a whole number from 1 to 99 | for example 2',
      '30:79 tenants.acme.agents.ann.queues[3].queue: no queue "salse" in this tenant | did you mean sales? (known: sales, help)',
      '30:86 tenants.acme.agents.ann.queues[3].postion: unknown key "postion" | did you mean position? (known: queue, level, position, preference, wrapUp)',
      '30:100 tenants.acme.agents.ann.queues[4]: expected the name of a queue | for example sales',
    ],
  )
})

t.test('decisions are one of two words or a map of one key', async (t) => {
  const toldOfDecisions = (decisions: string) =>
    told(`${withQueue('music: x')}    decisions: ${decisions}\n`)
  t.strictSame(['[ all ]', '{ onIn: 3 }', '{ oneIn: 0 }'].flatMap(toldOfDecisions), [
    '8:5 tenants.acme.decisions: expected none, all or { oneIn: 100 } | one of: none, all',
    '8:5 tenants.acme.decisions.oneIn: is missing | add it, for example 100',
    '8:18 tenants.acme.decisions.onIn: unknown key "onIn" | did you mean oneIn? (known: oneIn)',
    '8:25 tenants.acme.decisions.oneIn: "0" is not a whole number from 1 to 1000000 | for example 100',
  ])
})

t.test('rules without effect are warnings', async (t) => {
  t.strictSame(
    told(
      inTenant(
        'strategies: { vip: { module: strategies/vip.js } }',
        'queues:',
        '  a: { ringAtMost: 3, ringStep: 5s }',
        '  b: { strategy: ringAll, ringAtMost: 3, ringStep: 5s }',
        '  c: { strategy: ringProgressively, ringAtMost: 3, ringStep: 5s }',
        '  d: { requires: { english: 3 }, relax: [ { after: 1m, requires: { german: 1 } } ] }',
        '  e:',
        '    requires: { english: 3 }',
        '    relax: [ { after: 1m, requires: [ { english: 2 }, { german: 3 } ] }, { after: 2m, requires: { german: 3 } } ]',
        'agents: { ann: { dial: user/1, queues: [ a, b, c, d, e ], skills: { german: 3 } } }',
      ),
    ),
    [
      '? 4:19 tenants.acme.strategies.vip: has no effect: it is not the scorer of any queue | add scorer: { plugin: vip } to a queue, or remove it',
      '? 6:12 tenants.acme.queues.a.ringAtMost: has no effect: with this strategy one phone rings at a time | add strategy: ringAll or ringProgressively, or remove ringAtMost',
      '? 6:27 tenants.acme.queues.a.ringStep: has no effect: with this strategy phones do not start to ring one after another | add strategy: ringProgressively, or remove ringStep',
      '? 7:46 tenants.acme.queues.b.ringStep: has no effect: with this strategy phones do not start to ring one after another | add strategy: ringProgressively, or remove ringStep',
      '? 9:60 tenants.acme.queues.d.relax[0].requires: excludes agents who suited before | ask for the same skills at lower levels, for fewer skills, or add alternatives to those before',
      '? 12:91 tenants.acme.queues.e.relax[1].requires: excludes agents who suited before | ask for the same skills at lower levels, for fewer skills, or add alternatives to those before',
    ],
  )
})

t.test('a queue that relaxes is served by whoever suits one of its steps', async (t) => {
  const toldOfRelaxing = (requires: string) =>
    told(
      inTenant(
        `queues: { sales: { requires: { english: 5 }, relax: [ { after: 1m, requires: ${requires} } ] } }`,
        'agents: { ann: { dial: user/1, queues: [ { queue: sales } ], skills: { english: 2 } } }',
      ),
    )
  t.strictSame(toldOfRelaxing('{ english: 2 }'), [])
  t.strictSame(toldOfRelaxing('{ english: 3 }'), [
    '? 4:24 tenants.acme.queues.sales.requires: no agent of this queue has all of these skills, so its callers wait in vain | lower the levels, or give an agent the skills',
  ])
})

t.test('targets that are taken without waiting may not lead round', async (t) => {
  const full = (to: string) => `capacity: 1, whenFull: { queue: ${to} }`
  const shut = (to: string, rule: string) =>
    `unstaffed: { ${rule} }, whenUnstaffed: { queue: ${to} }`
  t.strictSame(toldOf(`a: { ${full('a')} }`, 'b: {}', 'c: {}'), [
    '6:44 tenants.acme.queues.a.whenFull.queue: callers would be sent around without ever waiting: a → a | let one of these queues transfer or hang up instead',
  ])
  t.strictSame(
    toldOf(
      `a: { ${full('d')}, ${shut('b', 'join: false')} }`,
      `b: { ${full('c')} }`,
      `c: { ${shut('a', 'leaveAfter: 0s')} }`,
    ),
    [
      '6:101 tenants.acme.queues.a.whenUnstaffed.queue: callers would be sent around without ever waiting: a → b → c → a | let one of these queues transfer or hang up instead',
    ],
  )
  t.strictSame(
    toldOf(
      `a: { ${shut('b', 'leaveAfter: 1s')} }`,
      `b: { maxWait: 1m, whenMaxWait: { queue: a } }`,
      'c: {}',
    ),
    [
      '6:67 tenants.acme.queues.a.whenUnstaffed.queue: callers would go around forever: a → b → a | let one of these queues transfer or hang up instead',
    ],
  )
  t.strictSame(
    toldOf(`a: { ${full('b')} }`, `b: { maxWait: 1m, whenMaxWait: { queue: a } }`, 'c: {}'),
    [
      '? 6:44 tenants.acme.queues.a.whenFull.queue: callers may go around forever: a → b → a | let one of these queues transfer or hang up instead',
    ],
  )
  t.strictSame(
    toldOf(`a: { ${full('b')}, ${shut('c', 'join: false')} }`, `b: { ${full('c')} }`, 'c: {}'),
    [],
  )
})

t.test('circles of one kind are faults, others warnings, and no other ways are', async (t) => {
  const ids = ['a', 'b', 'c', 'd', 'e']
  const target = fc.option(fc.constantFrom(...ids), { nil: undefined })
  const rules = fc.record({ full: target, late: target, shut: target, leaves: target })
  type Ways = readonly (readonly [from: string, to: string])[]

  const hasCircle = (ways: Ways) => {
    let left = ids
    for (let count = -1; count !== left.length; ) {
      count = left.length
      left = left.filter((id) => ways.some(([from, to]) => from === id && left.includes(to)))
    }
    return left.length > 0
  }

  fc.assert(
    fc.property(fc.tuple(rules, rules, rules, rules, rules), (queues) => {
      const atOnce: Ways = queues.flatMap(({ full, shut }, index) =>
        [full, shut].flatMap((to) => (to === undefined ? [] : [[ids[index] ?? '', to] as const])),
      )
      const byWaiting: Ways = queues.flatMap(({ late, leaves, shut }, index) =>
        [late, shut === undefined ? leaves : undefined].flatMap((to) =>
          to === undefined ? [] : [[ids[index] ?? '', to] as const],
        ),
      )
      const lines = told(
        inTenant(
          `agents: { ann: { dial: user/1, queues: [ ${ids.join(', ')} ] } }`,
          'queues:',
          ...queues.map(({ full, late, shut, leaves }, index) => {
            const unstaffed =
              shut === undefined
                ? leaves === undefined
                  ? []
                  : [`unstaffed: { leaveAfter: 1m }, whenUnstaffed: { queue: ${leaves} }`]
                : [`unstaffed: { join: false }, whenUnstaffed: { queue: ${shut} }`]
            const parts = [
              ...(full === undefined ? [] : [`capacity: 9, whenFull: { queue: ${full} }`]),
              ...(late === undefined ? [] : [`maxWait: 1m, whenMaxWait: { queue: ${late} }`]),
              ...unstaffed,
            ]
            return `  ${ids[index]}: { ${parts.join(', ')} }`
          }),
        ),
      )
      const says = (words: string) => lines.some((line) => line.includes(words))
      deepEqual(
        [says('around without ever waiting'), says('would go around forever'), lines.length > 0],
        [hasCircle(atOnce), hasCircle(byWaiting), hasCircle([...atOnce, ...byWaiting])],
      )
    }),
    { numRuns: 200 },
  )
  t.pass('for any ways between five queues')
})

t.test('a wrapUp that no agent of the queue takes is a warning', async (t) => {
  const toldOfWrapUp = (agents: string) =>
    told(inTenant('queues: { sales: { wrapUp: 5s } }', `agents: { ${agents} }`))
  const ann = 'ann: { dial: user/1, queues: [ { queue: sales, wrapUp: 1s } ] }'
  t.strictSame(toldOfWrapUp(`${ann}, bob: { dial: user/2, queues: [ sales ] }`), [])
  t.strictSame(toldOfWrapUp(`${ann}, bob: { dial: user/2, queues: [ sales ], wrapUp: 2s }`), [
    '? 4:24 tenants.acme.queues.sales.wrapUp: has no effect: every agent of this queue has a wrapUp of their own | remove it, or those of the agents (and of agentDefaults)',
  ])
})

t.test(
  'flows lead to queues that are there, and no queue round through one that says nothing',
  async (t) => {
    const flows = (steps: string) =>
      told(
        inTenant(
          'queues: { a: { capacity: 1, whenFull: { flow: on } } }',
          'agents: { ann: { dial: user/1, queues: [ a ] } }',
          `flows: { on: { steps: [ ${steps} ] } }`,
          "routes: [ { number: '1', flow: none }, { number: '2', queue: a, flow: on } ]",
        ),
      ).filter((line) => !line.includes('routes'))
    t.strictSame(flows('{ queue: a }'), [
      '4:51 tenants.acme.queues.a.whenFull.flow: callers would be sent around without ever waiting: a → a | let one of these queues transfer or hang up instead',
    ])
    t.strictSame(flows('{ play: full.wav }, { queue: a }'), [])
    t.strictSame(flows('{ play: full.wav }, { queue: b }'), [
      '6:58 tenants.acme.flows.on.steps[1].queue: no queue "b" in this tenant | did you mean a? (known: a)',
    ])
    t.strictSame(
      told(
        inTenant(
          'queues: { a: { capacity: 1, whenFull: { flow: off } } }',
          'agents: { ann: { dial: user/1, queues: [ a ] } }',
          'flows: { on: { steps: [ { hangup: USER_BUSY } ] } }',
          "routes: [ { number: '1', flow: none }, { number: '2', queue: a, flow: on } ]",
        ),
      ),
      [
        '4:51 tenants.acme.queues.a.whenFull.flow: no flow "off" in this tenant | known: on',
        '7:36 tenants.acme.routes[0].flow: no flow "none" in this tenant | known: on',
        '7:44 tenants.acme.routes[1]: needs either a queue or a flow | for example queue: sales',
      ],
    )
  },
)
