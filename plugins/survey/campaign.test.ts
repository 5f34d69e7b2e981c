import fc from 'fast-check'
import t, { type Test } from 'tap'
import {
  type GivenEvent,
  type PluginWorld,
  type PluginWorldOptions,
  playFlow,
  pluginContract,
  startPlugin,
} from '../../engine/testing/index.ts'
import { startSurvey } from './fixture.ts'
import plugin from './index.ts'

const always = { days: { 'mon-sun': '00:00-24:00' } }
const surveys = {
  after: {
    queues: [],
    intro: { prompt: 'say:Hello {name}', refuse: '9', optOut: '8' },
    questions: [{ name: 'score', type: 'csat', prompt: 'score.wav' }],
    tries: 1,
    timeLimit: '1m',
  },
}
const minute = 60_000
const spacing = {
  busy: '1m',
  declined: '1m',
  noAnswer: '2m',
  unreachable: '1m',
  failed: '1m',
  unknown: '1m',
  silent: '1m',
}

function csvOf(numbers: readonly string[]): string {
  return ['number,name', ...numbers.map((number, index) => `${number},Customer ${index}`)].join(
    '\n',
  )
}

function numbersOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `+4930${1_000_000 + index}`)
}

interface Given {
  readonly csv?: string
  readonly doNotCall?: string
  readonly over?: Readonly<Record<string, unknown>>
  readonly survey?: Readonly<Record<string, unknown>>
  readonly numbers?: object
}

function optionsOf(
  t: Test,
  { csv = csvOf(numbersOf(3)), doNotCall, over, survey, numbers }: Given = {},
) {
  const dir = t.testdir({ 'list.csv': csv, 'never.csv': doNotCall ?? 'number\n' })
  const spring = {
    file: `${dir}/list.csv`,
    ...(doNotCall !== undefined && { doNotCall: `${dir}/never.csv` }),
    survey: 'after',
    queue: 'sales',
    hours: always,
    rate: 600,
    concurrency: 2,
    attempts: 2,
    ring: '20s',
    spacing,
    progressEvery: '1h',
    ...over,
  }
  return {
    numbers: numbers ?? {},
    surveys: { after: { ...surveys.after, ...survey } },
    campaigns: { spring },
  }
}

/** What becomes of an attempt: an end of the dialling, keys, `mute` (no word at all) or `cut` (none after the start). */
type Fate =
  | 'busy'
  | 'declined'
  | 'noAnswer'
  | 'unreachable'
  | 'failed'
  | 'unknown'
  | 'mute'
  | 'cut'
  | readonly string[]

interface Dialled {
  readonly callId: string
  readonly number: string
  readonly definition: unknown
  readonly values: Readonly<Record<string, string>>
  /** How many dials there were of this number before. */
  readonly before: number
}

/** An engine that dials each id once, and customers whose outcome is given by `fateOf`. */
class Customers {
  readonly dialled: Dialled[] = []
  readonly #world: PluginWorld
  readonly #fateOf: (dialled: Dialled) => Fate
  #told = 0

  constructor(world: PluginWorld, fateOf: (dialled: Dialled) => Fate) {
    this.#world = world
    this.#fateOf = fateOf
    world.answerCommand('call.originate', ({ callId = '', number, onAnswer }) => {
      const isNew = !this.dialled.some((one) => one.callId === callId)
      if (isNew && onAnswer.type === 'flow' && onAnswer.flow.type === 'inline') {
        this.dialled.push({
          callId,
          number,
          definition: onAnswer.flow.definition,
          values: onAnswer.values ?? {},
          before: this.dialsOf(number),
        })
      }
      return { ok: true, callId, isNew }
    })
  }

  dialsOf(number: string): number {
    return this.dialled.filter((one) => one.number === number).length
  }

  /** Lets time pass; each dial ends as it does at the end of the second in which it began. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await this.#world.advance(1_000)
      for (const dialled of this.dialled.slice(this.#told)) {
        this.#told += 1
        await tell(this.#world, dialled, this.#fateOf(dialled))
      }
    }
  }
}

/** The engine's events of a dial, from its end on. */
async function tell(
  world: PluginWorld,
  dialled: Dialled,
  fate: Fate,
): Promise<readonly GivenEvent[]> {
  const { callId, number, definition, values } = dialled
  const events: GivenEvent[] = []
  if (fate === 'mute') {
    return events
  }
  const outcome = Array.isArray(fate) || fate === 'cut' ? 'answered' : fate
  events.push(await world.givenEvent('call.dialEnded', { callId, outcome: outcome as 'busy' }))
  if (outcome !== 'answered') {
    return events
  }
  const flow = { callId, flow: 'inline' }
  events.push(
    await world.givenEvent('call.arrived', { callId, callerNumber: number, origin: 'originate' }),
    await world.givenEvent('flow.started', { ...flow, by: 'originate' }),
  )
  if (typeof fate !== 'string') {
    const played = playFlow(definition, fate, values)
    for (const one of played.collected) {
      events.push(await world.givenEvent('flow.collected', { ...flow, ...one }))
    }
    events.push(
      await world.givenEvent('flow.ended', { ...flow, outcome: played.outcome as 'completed' }),
      await world.givenEvent('call.contained', flow),
    )
  }
  return events
}

const start = (t: Test, given: Given = {}, worldOptions?: PluginWorldOptions) =>
  startSurvey(t, optionsOf(t, given), worldOptions)

async function progress(world: PluginWorld): Promise<Readonly<Record<string, unknown>>> {
  const reply = await world.own('campaignProgress', { campaign: 'spring' })
  return reply.ok ? ((reply['campaigns'] as Record<string, unknown>[])[0] ?? {}) : {}
}

const none = {
  campaign: 'spring',
  waiting: 0,
  dialling: 0,
  talking: 0,
  answered: 0,
  partial: 0,
  refused: 0,
  optedOut: 0,
  hungUp: 0,
  unreached: 0,
  doNotCall: 0,
  askedBefore: 0,
  forbidden: 0,
  expired: 0,
}

t.test('a plugin with a campaign keeps the plugin contract', async (t) => {
  pluginContract(t, plugin, {
    options: optionsOf(t, { over: { attempts: 1 } }),
    badOptions: [
      {
        options: { ...optionsOf(t), campaigns: { a: { file: '/nowhere.csv', survey: 'after' } } },
        names: 'campaigns.a.file',
      },
    ],
    async story(world) {
      await world.advance(3 * minute)
      return []
    },
  })
})

t.test(
  'a campaign of fifty: each is dialled as often as need be, and ends as it went',
  async (t) => {
    const numbers = numbersOf(50)
    const world = await start(
      t,
      { csv: csvOf(numbers), over: { attempts: 3, progressEvery: '30s' } },
      { replicas: 2 },
    )
    const fates: readonly Fate[] = [
      ['', '5'],
      'busy',
      'noAnswer',
      ['9'],
      ['', 'hangUp'],
      [''],
      ['8'],
      ['', '4'],
      'mute',
      'unreachable',
    ]
    const customers = new Customers(
      world,
      ({ number, before }) => fates[(numbers.indexOf(number) + before * 3) % 10] ?? 'mute',
    )
    await customers.pass(20 * minute)

    const model = { ...none, state: 'ended', total: 50 } as Record<string, unknown>
    let met = 0
    for (const [index, number] of numbers.entries()) {
      let dials = 0
      let as = 'unreached'
      while (dials < 3 && as === 'unreached') {
        const fate = fates[(index + dials * 3) % 10]
        dials += 1
        as = Array.isArray(fate) ? endOf(fate) : 'unreached'
      }
      t.equal(customers.dialsOf(number), dials, `customer ${index}`)
      met += as === 'unreached' ? 0 : 1
      model[as] = Number(model[as]) + 1
    }
    t.same(await progress(world), { ...model, reachedShare: met / 50 })
    t.match(
      world.published.filter(({ type }) => type === 'survey.campaignLoaded'),
      [{ data: { campaign: 'spring', customers: 50, duplicates: 0, badLines: 0 } }],
    )
    t.match(
      world.published.filter(({ type }) => type === 'survey.campaignEnded'),
      [{ data: { campaign: 'spring', counts: { total: 50, answered: model['answered'] } } }],
    )
    const progressed = world.published.filter(({ type }) => type === 'survey.campaignProgressed')
    t.equal(new Set(progressed.map(({ at }) => Math.floor(at / 30_000))).size, progressed.length)
    t.ok(progressed.length > 1)
    t.match(await world.own('results', { groupBy: 'queue' }), {
      results: [{ survey: 'after', group: 'sales' }],
    })
    t.same(world.deadLetters(), [])
    t.notMatch(JSON.stringify([world.logged, world.published]), /\+4930|Customer/)
  },
)

function endOf(keys: readonly string[]): string {
  const [first, second] = keys
  return first === '9'
    ? 'refused'
    : first === '8'
      ? 'optedOut'
      : second === 'hangUp'
        ? 'hungUp'
        : second === undefined
          ? 'unreached'
          : 'answered'
}

t.test('columns become values of the flow; the language is the customer’s', async (t) => {
  const world = await start(t, {
    csv: 'number;name;language;half price\n030 1234;Erika;de;yes\n',
    over: { language: 'en', callerId: 4930999 },
    survey: {
      questions: [{ name: 'score', type: 'csat', prompt: { en: 'en.wav', de: 'de.wav' } }],
    },
  })
  const customers = new Customers(world, () => ['', '5'])
  await customers.pass(5_000)
  const [dialled] = customers.dialled
  t.same(dialled?.values, { name: 'Erika' })
  t.same(playFlow(dialled?.definition, ['', '5'], dialled?.values).said, ['Hello Erika', 'de.wav'])
  t.match(world.commands[0], { input: { number: '0301234', callerId: '4930999', ringMs: 20_000 } })
  t.match(
    world.logged.find(({ level }) => level === 'warn'),
    { fields: { leftOutColumns: [4] } },
  )
})

t.test(
  'bad lines, repeated numbers and those not to be called are left out, and told by line',
  async (t) => {
    const csv = [
      'number,name,timeZone',
      '+49 (0)30 111111,a,',
      '"+4930222222,b,',
      '+4930333333,c,Europe/Berlin',
      'call me,d,',
      '+4930444444,e',
      '',
      '004930111111,f,',
      '+4930555555,"g, ""the"" best",',
      '+4930666666,h,Mars/Base',
      '+4930777777,i,',
      '110,j,',
    ].join('\r\n')
    const numbers = { countryCode: '49' }
    const doNotCall = 'number\n+4930777777\n'
    const world = await start(t, { csv: `\uFEFF${csv}`, doNotCall, numbers })
    const customers = new Customers(world, () => ['', '5'])
    await customers.pass(10_000)
    t.same(world.published[0]?.data, {
      campaign: 'spring',
      customers: 3,
      duplicates: 1,
      doNotCall: 1,
      badLines: 5,
      faults: [
        { line: 3, fault: 'quotes' },
        { line: 5, fault: 'number' },
        { line: 6, fault: 'columns' },
        { line: 10, fault: 'timeZone' },
        // Where the country is known an internal number is none to call.
        { line: 12, fault: 'number' },
      ],
    })
    t.same(
      customers.dialled.map(({ number }) => number),
      ['+4930111111', '+4930333333', '+4930555555'],
    )
    t.match(customers.dialled[2]?.values, { name: 'g, "the" best' })
  },
)

t.test('an unusable list stops the plugin, and the error names it', async (t) => {
  await t.rejects(startPlugin(plugin, optionsOf(t, { csv: 'phone\n030\n' })), {
    code: 'SY_PLUGIN_INVALID',
    message: 'campaigns.spring.file: the first line names no column "number"',
  })
  await t.rejects(startPlugin(plugin, optionsOf(t, { over: { file: '/no/such.csv' } })), {
    message: 'campaigns.spring.file: cannot be read: ENOENT',
  })
})

t.test(
  'nobody is dialled out of hours, where they live; after the last day the rest has expired',
  async (t) => {
    // The clock begins on Tuesday, 2023-11-14, 22:13:20 UTC.
    const csv = 'number,timeZone\n+4930111111,\n+13055551111,\n+819011111111,Asia/Tokyo\n'
    const world = await start(t, {
      csv,
      over: {
        timeZone: 'Europe/Berlin',
        timeZones: { '+1': 'America/Los_Angeles' },
        hours: {
          days: { 'mon-fri': '09:00-17:00' },
          from: '2023-11-14',
          to: '2023-11-15',
          holidays: ['2023-11-13'],
        },
        attempts: 1,
      },
    })
    const customers = new Customers(world, () => ['', '5'])
    const numbers = () => customers.dialled.map(({ number }) => number)
    await customers.pass(5_000)
    t.same(numbers(), ['+13055551111'])
    await customers.pass(2 * 60 * minute)
    t.same(numbers(), ['+13055551111', '+819011111111'])
    t.match(await progress(world), { state: 'resting', waiting: 1 })
    await world.stop()

    const over = await start(t, {
      csv,
      over: { hours: { ...always, to: '2023-11-13' } },
    })
    const late = new Customers(over, () => ['', '5'])
    await late.pass(3_000)
    t.same(await progress(over), { ...none, state: 'ended', total: 3, expired: 3 })
    t.same(late.dialled, [])
  },
)

t.test('it keeps to its rate and its concurrency', async (t) => {
  const world = await start(
    t,
    { csv: csvOf(numbersOf(40)), over: { rate: 60, concurrency: 4, attempts: 1 } },
    { replicas: 2 },
  )
  const slow = new Customers(world, () => 'mute')
  await slow.pass(10_000)
  t.equal(slow.dialled.length, 4)
  t.match(await progress(world), { dialling: 4, waiting: 36 })
  const fast = await start(
    t,
    { csv: csvOf(numbersOf(40)), over: { rate: 60, concurrency: 40 } },
    { replicas: 2 },
  )
  const customers = new Customers(fast, () => ['', '5'])
  await customers.pass(20_000)
  t.ok(Math.abs(customers.dialled.length - 20) <= 2, `${customers.dialled.length} in 20 s`)
})

t.test(
  'a paused campaign dials nobody, also after a restart, and goes on when resumed',
  async (t) => {
    const world = await start(t, { csv: csvOf(numbersOf(10)), over: { concurrency: 1 } })
    const customers = new Customers(world, () => ['', '5'])
    await customers.pass(3_000)
    t.match(await world.own('campaignPause', { campaign: 'spring' }), { ok: true, state: 'paused' })
    const before = customers.dialled.length
    await world.restart()
    await customers.pass(30_000)
    t.equal(customers.dialled.length, before)
    t.match(await progress(world), { state: 'paused', answered: before, waiting: 10 - before })
    t.match(await world.own('campaignResume', { campaign: 'spring' }), {
      ok: true,
      state: 'running',
    })
    await customers.pass(30_000)
    t.same(await progress(world), {
      ...none,
      state: 'ended',
      total: 10,
      answered: 10,
      reachedShare: 1,
    })
    for (const command of ['campaignPause', 'campaignResume', 'campaignProgress']) {
      t.match(await world.own(command, { campaign: 'autumn' }), {
        ok: false,
        error: { code: 'invalid' },
      })
    }
    t.match(await world.own('campaignProgress'), { campaigns: [{ campaign: 'spring' }] })
  },
)

t.test(
  'customers asked recently, opted out or refused by the engine are not dialled',
  async (t) => {
    const [asked = '', peace = '', barred = ''] = numbersOf(3)
    const options = optionsOf(t)
    const world = await startSurvey(t, {
      ...options,
      surveys: { after: { ...surveys.after, queues: ['sales'] } },
      campaigns: {
        spring: { ...options.campaigns.spring, hours: { ...always, from: '2023-11-15' } },
      },
    })
    for (const [number, key] of [
      [asked, '9'],
      [peace, '8'],
    ] as const) {
      const call = await world.givenCall({ callerNumber: number })
      await call.isAnsweredBy('ann')
      await call.isCompleted('agent')
      const flow = { callId: call.callId, flow: 'inline' }
      await world.givenEvent('flow.started', { ...flow, by: 'afterTalk' })
      await world.givenEvent('flow.collected', { ...flow, name: 'consent', value: key })
      await world.givenEvent('flow.ended', { ...flow, outcome: 'completed' })
    }
    world.answerCommand('call.originate', () => ({
      ok: false,
      error: { code: 'numberRefused', message: '', retryable: false },
    }))
    await world.advance(2 * 60 * minute)
    t.match(
      world.commands.filter(({ name }) => name === 'call.originate'),
      [{ input: { number: barred } }],
    )
    t.same(await progress(world), {
      ...none,
      state: 'ended',
      total: 3,
      doNotCall: 1,
      askedBefore: 1,
      forbidden: 1,
    })
  },
)

t.test('an engine that is unreachable or refuses costs nobody an attempt', async (t) => {
  const world = await start(t, { csv: csvOf(numbersOf(6)), over: { attempts: 1 } })
  await world.setEngine(false)
  await world.advance(10 * minute)
  t.match(await progress(world), { unreached: 0 })
  await world.setEngine(true)
  world.answerCommand('call.originate', () => ({
    ok: false,
    error: { code: 'flowUnknown', message: '', retryable: false },
  }))
  await world.advance(3 * minute)
  t.match(world.health(), {
    isReady: false,
    faults: { 'campaigns.spring': 'the engine refuses its calls: flowUnknown' },
  })
  const customers = new Customers(world, () => ['', '5'])
  await customers.pass(3 * minute)
  t.same(await progress(world), { ...none, state: 'ended', total: 6, answered: 6, reachedShare: 1 })
  t.match(world.health(), { isReady: true })
})

t.test('events that are repeated, late, or follow a given-up attempt count once', async (t) => {
  const world = await start(t, { csv: csvOf(numbersOf(1)) })
  const customers = new Customers(world, () => 'mute')
  await customers.pass(3_000)
  const [first] = customers.dialled
  if (first === undefined) {
    throw new TypeError('nobody was dialled')
  }
  await customers.pass(90_000)
  t.match(await progress(world), { state: 'running', waiting: 1 })
  const events = await tell(world, first, ['', '5'])
  for (const event of events.toReversed()) {
    await world.redeliver(event)
  }
  t.same(await progress(world), { ...none, state: 'ended', total: 1, answered: 1, reachedShare: 1 })
  await customers.pass(5 * minute)
  t.equal(customers.dialled.length, 1)
  t.equal(world.published.filter(({ type }) => type === 'survey.answered').length, 1)
})

const anyFate: fc.Arbitrary<Fate> = fc.constantFrom<Fate[]>(
  'busy',
  'noAnswer',
  'unknown',
  'mute',
  'cut',
  ['', '5'],
  ['9'],
  [''],
  ['hangUp'],
)

t.test(
  'whatever happens, nobody is dialled too often, everybody ends, and the counts are exact',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 1, max: 6 }),
          attempts: fc.integer({ min: 1, max: 3 }),
          replicas: fc.integer({ min: 1, max: 2 }),
          fates: fc.array(anyFate, { minLength: 1, maxLength: 8 }),
          crashes: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
          away: fc.integer({ min: -1, max: 4 }),
        }),
        async ({ count, attempts, replicas, fates, crashes, away }) => {
          const numbers = numbersOf(count)
          const world = await startPlugin(
            plugin,
            optionsOf(t, { csv: csvOf(numbers), over: { attempts } }),
            { replicas },
          )
          let turn = 0
          const last = new Map<string, Fate>()
          const customers = new Customers(world, ({ number }) => {
            turn += 1
            const fate = fates[turn % fates.length] ?? 'mute'
            last.set(number, fate)
            return fate
          })
          for (const [index, operations] of crashes.entries()) {
            world.crashAfter(operations)
            await world.setEngine(index !== away)
            await customers.pass(20_000)
            await world.setEngine(true)
          }
          let now = await progress(world)
          for (let minutes = 0; minutes < 30 && now['state'] !== 'ended'; minutes += 1) {
            await customers.pass(minute)
            now = await progress(world)
          }
          const dead = world.deadLetters()
          await world.stop()
          const isDialledRightly = numbers.every((number) => {
            const dials = customers.dialsOf(number)
            return dials >= 1 && dials <= attempts
          })
          const ended = ['answered', 'refused', 'hungUp', 'unreached'].map((as) => Number(now[as]))
          t.ok(isDialledRightly)
          t.equal(
            new Set(customers.dialled.map(({ callId }) => callId)).size,
            customers.dialled.length,
          )
          t.equal(now['state'], 'ended')
          t.equal(
            ended.reduce((sum, one) => sum + one, 0),
            count,
          )
          t.equal(
            now['answered'],
            [...last.values()].filter((fate) => Array.isArray(fate) && fate[1] === '5').length,
          )
          t.same(dead, [])
        },
      ),
      { numRuns: Number(process.env['CAMPAIGN_RUNS'] ?? 20) },
    )
  },
)
