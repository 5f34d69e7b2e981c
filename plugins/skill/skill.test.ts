import fc from 'fast-check'
import t from 'tap'
import { type PluginWorld, pluginContract, startPlugin } from '../../engine/testing/index.ts'
import { classifications, createFixture, figure } from './fixture.ts'
import standard from './index.ts'

const options = {
  numbers: { countryCode: 49 },
  prefixes: { '+49': { language: 'german' }, '+44': { language: 'english' } },
  customers: { file: '/customers.csv' },
  lastAgent: { hold: '15s' },
  rules: [
    {
      name: 'language',
      when: { language: ['german', 'english'] },
      requires: { '{language}': 4 },
      relax: [{ after: '30s', requires: { '{language}': 2 } }],
    },
    { name: 'sales', when: { dialled: '0800100200' }, requires: { sales: 1 }, priority: 5 },
    { name: 'vip', when: { vip: 'yes' }, priority: 50, preferred: { from: 'owner', hold: '20s' } },
    { name: 'orders', when: { choice: 2 }, requires: { orders: 1 } },
    { name: 'called back', when: { origin: 'callback' }, priority: 100 },
  ],
}
const customers = 'number,vip,owner,language\n030 111,yes,bob,\n030 222,,,english\n'

function createPlayed() {
  const fixture = createFixture()
  fixture.files.write('/customers.csv', customers)
  return fixture
}

const choose = (world: PluginWorld, callId: string, value: string) =>
  world.givenEvent('flow.collected', { callId, name: 'choice', value })

t.test('skill keeps the plugin contract', async (t) => {
  const crowd = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`s${i}`, 1]))
  const [some, others] = ['a', 'b'].map((letter) =>
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${letter.repeat(60)}${i}`, 1])),
  )
  pluginContract(t, createPlayed().plugin, {
    options,
    badOptions: [
      { options: { rules: [{ priority: 'high' }] }, names: 'rules.0.priority' },
      { options: { rules: [{ requires: { english: 6 } }] }, names: 'rules.0.requires: english' },
      { options: { rules: [{ requires: crowd }] }, names: 'rules.0.requires: at most 20 skills' },
      {
        options: { rules: [{ requires: [some, others] }] },
        names: 'rules.0.requires: the requirement is longer than 2000 characters',
      },
      { options: { lookup: { url: 'ftp://crm/{caller}' } }, names: 'lookup.url' },
      { options: { answerWithin: 150 }, names: 'answerWithin' },
      { options: { prefixes: { abc: { a: 'b' } } }, names: 'prefixes' },
    ],
    // Of a call that ended, or chose something, before an engine came back only the end is said.
    async story(world) {
      const vip = await world.givenCall({ callerNumber: '+4930111' })
      const withheld = await world.givenCall({ callerNumber: '' })
      await world.advance(7_000)
      await vip.isAnsweredBy('ann')
      return [...vip.events, ...withheld.events]
    },
  })
})

t.test(
  'a crash anywhere changes neither the final classification nor the stored values',
  async (t) => {
    const story = async (crashAfter: number | undefined) => {
      const world = await createPlayed().start(t, { ...options, checkSkills: '1h' })
      if (crashAfter !== undefined) {
        world.crashAfter(crashAfter)
      }
      const call = await world.givenCall({ callerNumber: '+4930111' })
      await choose(world, call.callId, '2')
      await world.advance(15_000)
      const word = classifications(world).at(-1)
      await call.isAnsweredBy('ann')
      await call.isCompleted()
      await world.advance(15_000)
      const kept = [await world.kept('lastAgents'), await world.kept('calls')]
      return { word, kept, dead: world.deadLetters() }
    }
    const undisturbed = await story(undefined)
    t.match(undisturbed.word, { priority: 55 })
    for (let operations = 1; operations <= 24; operations += 1) {
      t.same(await story(operations), undisturbed, `after ${operations} operations`)
    }
  },
)

t.test('every source counts: dialled number, prefix, customer, choice, last agent', async (t) => {
  const world = await createPlayed().start(t, options)
  const said = async (callerNumber: string, dialledNumber: string) => {
    const call = await world.givenCall({ callerNumber, dialledNumber })
    const { callId: _callId, ...rest } = classifications(world).at(-1) ?? { callId: '' }
    return { call, rest }
  }
  const speaks = (language: string, more = {}) => [
    { afterMs: 0, anyOf: [{ [language]: 4, ...more }] },
    { afterMs: 30_000, anyOf: [{ [language]: 2, ...more }] },
  ]
  t.same((await said('+1212', '1000')).rest, {}, 'nothing is known')
  t.same((await said('', '0800100200')).rest, {
    requires: [{ afterMs: 0, anyOf: [{ sales: 1 }] }],
    priority: 5,
  })
  t.same((await said('+4412', '1000')).rest, { priority: 0, requires: speaks('english') })
  t.same(
    (await said('030 222', '1000')).rest,
    {
      priority: 0,
      requires: speaks('english'),
    },
    'the customer overrules the beginning of the number',
  )
  t.same((await said('004930111', '0800100200')).rest, {
    requires: speaks('german', { sales: 1 }),
    priority: 55,
    preferred: { agents: ['bob'], holdMs: 20_000 },
  })

  const { call } = await said('+4930333', '1000')
  await choose(world, call.callId, '2')
  t.same(classifications(world).at(-1), {
    callId: call.callId,
    priority: 0,
    requires: speaks('german', { orders: 1 }),
  })
  await call.isAnsweredBy('cid')
  await call.isCompleted()
  t.same((await said('030 333', '1000')).rest, {
    priority: 0,
    requires: speaks('german'),
    preferred: { agents: ['cid'], holdMs: 15_000 },
  })
})

t.test('a changed choice takes effect; an irrelevant one sends nothing', async (t) => {
  const world = await createPlayed().start(t, {
    rules: [{ when: { choice: 1 }, priority: 10 }, { requires: { sales: 1 } }],
  })
  const requires = [{ afterMs: 0, anyOf: [{ sales: 1 }] }]
  const { callId } = await world.givenCall()
  for (const value of ['1', '2', '1']) {
    await choose(world, callId, value)
  }
  await world.givenEvent('flow.collected', { callId, name: 'meter', value: '4711' })
  const secret = { name: 'choice', value: undefined } as { name: string }
  await world.givenEvent('flow.collected', { callId, ...secret })
  t.same(
    classifications(world).map(({ priority, requires }) => ({ priority, requires })),
    [{ priority: 0 }, { priority: 10 }, { priority: 0 }, { priority: 10 }].map((one) => ({
      ...one,
      requires,
    })),
  )
})

t.test(
  'of answers to one question the later counts, in whatever order they are told',
  async (t) => {
    const world = await createPlayed().start(t, { rules: [{ when: { choice: 1 }, priority: 10 }] })
    const { callId } = await world.givenCall()
    const first = await choose(world, callId, '2')
    await choose(world, callId, '1')
    await world.redeliver(first)
    const last = classifications(world).at(-1)
    t.same(last, { callId, priority: 10 })
    t.match(await world.kept('calls'), { [callId]: { chosen: { choice: { value: '1' } } } })
  },
)

t.test('a choice received before the arrival counts in the first classification', async (t) => {
  const world = await createPlayed().start(t, { rules: [{ when: { choice: 1 }, priority: 10 }] })
  await choose(world, 'call-1', '1')
  t.same(classifications(world), [])
  await world.givenCall({ callId: 'call-1' })
  t.same(classifications(world), [{ callId: 'call-1', priority: 10 }])
})

t.test('two replicas share what was chosen and found', async (t) => {
  const { asked, start } = createFixture()
  const world = await start(
    t,
    {
      rules: [{ when: { choice: 1, vip: 'yes' }, priority: 10 }],
      lookup: { url: 'http://crm/{caller}' },
    },
    2,
  )
  // Each replica reads every second event: arrival and choice of a call part ways.
  const calls = [await world.givenCall({ callerNumber: '+491' })]
  await world.givenEvent('agent.stateChanged')
  calls.push(await world.givenCall({ callerNumber: '+492' }))
  for (const { callId } of calls) {
    await choose(world, callId, '1')
  }
  await world.advance(500)
  for (const { answer } of asked) {
    answer({ vip: 'yes' })
  }
  await world.advance(1_000)
  for (const { callId } of calls) {
    const said = classifications(world).filter((one) => one.callId === callId)
    t.same(said[0], { callId })
    t.same(said.at(-1), { callId, priority: 10 })
  }
})

t.test(
  'the last agent is remembered for so long, and the later of two conversations',
  async (t) => {
    const world = await createPlayed().start(t, { lastAgent: { keepFor: '2h' }, checkSkills: '1h' })
    const preferred = async () => {
      const { callId } = await world.givenCall({ callerNumber: '+491' })
      return classifications(world).find((one) => one.callId === callId)?.preferred
    }
    const talked = async (agent: string) => {
      const call = await world.givenCall({ callerNumber: '+491' })
      await call.isAnsweredBy(agent)
      await world.advance(1_000)
      await call.isCompleted()
      return call
    }
    t.equal(await preferred(), undefined)
    const first = await talked('ann')
    await talked('bob')
    t.same(await preferred(), { agents: ['bob'] })
    const completed = first.events.at(-1)
    if (completed !== undefined) {
      await world.redeliver(completed)
    }
    t.same(await preferred(), { agents: ['bob'] })
    t.notMatch(Object.keys(await world.keptEverywhere()).join(), /491/)
    await world.advance(2 * 60 * 60_000)
    t.equal(await preferred(), undefined)
    await world.advance(86_400_000)
    t.same(await world.kept('lastAgents'), {}, 'and is forgotten')
  },
)

t.test('an older classification that overtakes a newer one is corrected', async (t) => {
  const rules = [
    { when: { choice: 1 }, priority: 10 },
    { when: { choice: 2 }, priority: 20 },
  ]
  const world = await createPlayed().start(t, { rules }, 2)
  const applied: unknown[] = []
  let letPass: (() => void) | undefined
  world.answerCommand('call.classify', async ({ priority }) => {
    if (priority === 10) {
      await new Promise<void>((resolve) => {
        letPass = resolve
      })
    }
    applied.push(priority)
    return { ok: true, isWaiting: true }
  })
  const { callId } = await world.givenCall()
  // Of these, one is read by each replica.
  await choose(world, callId, '1')
  await choose(world, callId, '2')
  t.same(applied, [undefined, 20])
  letPass?.()
  await world.advance(0)
  t.same(applied, [undefined, 20, 10, 20])
})

t.test('a call that is over is reduced to a marker, which is removed later', async (t) => {
  const { customers: _customers, ...others } = options
  const world = await createPlayed().start(t, { ...others, checkSkills: '1h' })
  const ends = [
    'call.contained',
    'call.rejected',
    'call.sentAway',
    'call.transferred',
    'call.lost',
  ] as const
  for (const type of ends) {
    const { callId } = await world.givenCall({ callerNumber: '+491' })
    await world.givenEvent(type, { callId })
  }
  const abandoned = await world.givenCall({ callerNumber: '+491' })
  await abandoned.isAbandoned()
  const endedAt = world.clock.now()
  t.same(Object.values(await world.kept('calls')), Array(6).fill({ endedAt }))
  const open = await world.givenCall({ callerNumber: '+491' })
  const count = world.commands.length
  await choose(world, abandoned.callId, '2')
  t.equal(world.commands.length, count, 'who has gone chooses nothing')
  await world.advance(2 * 60 * 60_000)
  t.same(Object.keys(await world.kept('calls')), [open.callId])
  await world.advance(24 * 60 * 60_000)
  t.same(await world.kept('calls'), {}, 'also where the end was never told')
})

t.test('calls are not remembered if no later event could change anything', async (t) => {
  const world = await createPlayed().start(t, { rules: [{ when: { dialled: '1*' }, priority: 1 }] })
  await world.givenCall({ dialledNumber: '100' })
  t.same(
    classifications(world).map(({ priority }) => priority),
    [1],
  )
  t.same(await world.keptEverywhere(), {})
})

t.test('a classification is not retried once the engine no longer knows the call', async (t) => {
  const world = await createPlayed().start(t, options)
  for (const code of ['callUnknown', 'callNotWaiting']) {
    const error = { code, message: 'past it', retryable: false }
    world.answerCommand('call.classify', () => ({ ok: false, error }))
    await world.givenCall()
  }
  await world.advance(60_000)
  t.equal(world.commands.length, 2)
  const error = { code: 'invalid', message: 'never', retryable: false }
  world.answerCommand('call.classify', () => ({ ok: false, error }))
  await world.givenCall()
  t.match(world.deadLetters(), [{ fault: 'SY_COMMAND_REFUSED', reason: 'failed', tries: 1 }])
})

t.test(
  'explain shows the classification and its rules, and sends nothing to the engine',
  async (t) => {
    const world = await createPlayed().start(t, options)
    const asked = { dialledNumber: '0800100200', callerNumber: '030 111', chosen: { choice: '2' } }
    t.same(await world.own('explain', { ...asked, origin: 'callback' }), {
      ok: true,
      rules: ['language', 'sales', 'vip', 'orders', 'called back'],
      facts: {
        language: 'german',
        vip: 'yes',
        owner: 'bob',
        choice: '2',
        dialled: '0800100200',
        caller: '+4930111',
        origin: 'callback',
      },
      classification: {
        requires: [
          { afterMs: 0, anyOf: [{ german: 4, sales: 1, orders: 1 }] },
          { afterMs: 30_000, anyOf: [{ german: 2, sales: 1, orders: 1 }] },
        ],
        priority: 155,
        preferred: { agents: ['bob'], holdMs: 20_000 },
      },
    })
    t.same(world.commands, [])
    t.same(await world.kept('calls'), {})
  },
)

t.test(
  'a call is classified even if its rules exceed the limits, and the cut is counted',
  async (t) => {
    const skillsOf = (letter: string) =>
      Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`${letter.repeat(60)}${i}`, 1]))
    const world = await createPlayed().start(t, {
      rules: [
        { name: 'a', requires: skillsOf('a') },
        { name: 'b', when: { dialled: '1*' }, requires: skillsOf('b') },
      ],
    })
    for (const dialledNumber of ['100', '100', '200']) {
      await world.givenCall({ dialledNumber })
    }
    const requires = [{ afterMs: 0, anyOf: [skillsOf('a')] }]
    t.same(
      classifications(world).map((one) => one.requires),
      [requires, requires, requires],
    )
    t.same(world.deadLetters(), [])
    t.equal(figure(world, 'switchyard_skill_needs_cut_total', { part: 'requires' }), 2)
    const warned = world.logged.filter(({ level }) => level === 'warn')
    t.match(warned, [{ fields: { part: 'requires', rule: 'b' } }])
    t.equal(warned.length, 1)
    t.match(await world.own('explain', { dialledNumber: '100' }), {
      rules: ['a', 'b'],
      cuts: [{ part: 'requires', rule: 'b' }],
    })
  },
)

t.test('no number and no name of a caller reaches a log', async (t) => {
  const { asked, files, start } = createFixture()
  files.write('/customers.csv', 'number,vip\n+4930777,yes,too,many\n')
  const lookup = { url: 'http://crm/{caller}' }
  const world = await start(t, { ...options, lookup })
  const call = await world.givenCall({ callerNumber: '+4930777', callerName: 'Erika' })
  asked[0]?.fail()
  await world.setEngine(false)
  await world.givenCall({ callerNumber: '+4930777', callerName: 'Erika' })
  await world.advance(5_000)
  await world.setConnected(false)
  await world.advance(5_000)
  await world.setConnected(true)
  await world.setEngine(true)
  await call.isAbandoned()
  t.ok(world.logged.length > 0)
  t.notMatch(JSON.stringify(world.logged), /30777|Erika/)
})

t.test('as it is installed it answers everything, with no options at all', async (t) => {
  const world = await startPlugin(standard)
  t.teardown(() => world.stop())
  const { callId } = await world.givenCall()
  t.same(classifications(world), [{ callId }])
  t.equal(figure(world, 'switchyard_skill_classifications_total', { known: 'false' }), 1)
})

const fact = fc.constantFrom('yes', 'no', 'de', 'en', '1', '2')
const factNames = ['vip', 'language', 'choice']
const skills = fc.dictionary(
  fc.constantFrom('sales', '{language}', 'english', 'x-{choice}'),
  fc.integer({ min: 1, max: 5 }),
)
const rule = fc.record(
  {
    when: fc.dictionary(fc.constantFrom(...factNames, 'dialled', 'caller'), fact, { maxKeys: 2 }),
    unless: fc.dictionary(fc.constantFrom(...factNames), fact, { maxKeys: 1 }),
    requires: fc.oneof(skills, fc.array(skills, { minLength: 1, maxLength: 4 })),
    priority: fc.integer({ min: -100, max: 100 }),
    preferred: fc.record({ agents: fc.array(fact, { minLength: 1, maxLength: 4 }) }),
    isLast: fc.boolean(),
  },
  { requiredKeys: [] },
)
const happening = fc.oneof(
  fc.record({
    type: fc.constant('call' as const),
    caller: fc.oneof(fc.constantFrom('', 'anonymous', '+491', '+492', '030 1'), fc.string()),
    dialled: fc.oneof(fact, fc.string()),
    answerAfterMs: fc.option(fc.integer({ min: 0, max: 1_200 })),
    answer: fc.oneof(fc.dictionary(fc.constantFrom(...factNames), fact), fc.jsonValue()),
    status: fc.constantFrom(200, 200, 404, 500),
  }),
  fc.record({
    type: fc.constant('choice' as const),
    value: fc.oneof(fact, fc.string()),
    which: fc.nat(9),
  }),
  fc.record({ type: fc.constant('again' as const), which: fc.nat(9) }),
  fc.record({ type: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 400 }) }),
)

t.test(
  'whatever comes, each arrival has its first word in time, and every word is taken',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { maxLength: 5 }),
        fc.array(happening, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(1, 2),
        fc.boolean(),
        async (rules, happenings, replicas, isSticky) => {
          const { plugin, asked } = createFixture()
          const world = await startPlugin(
            plugin,
            {
              // A relaxation is only for what is required.
              rules: rules.map((one) => ('requires' in one ? { ...one, relax } : one)),
              lookup: { url: 'http://crm/{caller}', atOnce: 3, failures: 2 },
              ...(isSticky && { lastAgent: {} }),
            },
            { replicas },
          )
          const arrivals: { callId: string; at: number }[] = []
          const events: Awaited<ReturnType<PluginWorld['givenEvent']>>[] = []
          for (const one of happenings) {
            switch (one.type) {
              case 'call': {
                const before = asked.length
                const callId = `call-${arrivals.length}`
                arrivals.push({ callId, at: world.clock.now() })
                const { caller: callerNumber, dialled: dialledNumber } = one
                events.push(
                  await world.givenEvent('call.arrived', { callId, callerNumber, dialledNumber }),
                )
                const request = asked[before]
                if (request !== undefined && one.answerAfterMs !== null) {
                  const { answer, status } = one
                  world.clock.setTimer(one.answerAfterMs, () => request.answer(answer, status))
                }
                break
              }
              case 'choice': {
                const callId = arrivals[one.which % arrivals.length]?.callId ?? 'call-9'
                events.push(await choose(world, callId, one.value))
                break
              }
              case 'again': {
                const event = events[one.which % events.length]
                if (event !== undefined) {
                  await world.redeliver(event)
                }
                break
              }
              case 'pause':
                await world.advance(one.ms)
                break
              default:
                one satisfies never
            }
          }
          await world.advance(20_000)
          const { commands } = world
          await world.stop()
          const hasChosen = happenings.some(({ type }) => type === 'choice')
          return (
            world.deadLetters().length === 0 &&
            arrivals.every(({ callId, at }) => {
              const said = commands.filter(
                ({ input }) => 'callId' in input && input.callId === callId,
              )
              const distinct = new Set(said.map(({ input }) => JSON.stringify(input)))
              return (
                said[0] !== undefined &&
                said[0].at - at <= 100 &&
                (hasChosen || distinct.size === said.length)
              )
            })
          )
        },
      ),
      { numRuns: Number(process.env['SKILL_RUNS'] ?? 60) },
    )
  },
)

const relax = [
  { after: '30s', requires: { english: 1 } },
  { after: '60s', requires: {} },
]
