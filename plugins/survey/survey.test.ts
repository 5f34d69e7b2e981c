import t, { type Test } from 'tap'
import {
  type GivenCall,
  type GivenEvent,
  type PluginWorld,
  type PluginWorldOptions,
  playFlow,
  pluginContract,
} from '../../engine/testing/index.ts'
import { startSurvey } from './fixture.ts'
import plugin from './index.ts'

const options = {
  surveys: {
    service: {
      queues: ['sales', 'support'],
      intro: { prompt: 'intro.wav', refuse: '9', optOut: '8' },
      questions: [
        { name: 'score', type: 'csat', prompt: { en: 'score-en.wav', de: 'score-de.wav' } },
        { name: 'recommend', type: 'nps', prompt: 'recommend.wav' },
      ],
      tries: 1,
      timeLimit: '2m',
      lowScore: { below: 3, callbackQueue: 'complaints' },
    },
    other: { queues: ['billing'], questions: [{ name: 'ok', type: 'yesNo', prompt: 'ok.wav' }] },
  },
  projects: { sales: 'acme-shop' },
  numbers: { countryCode: '49' },
}

const start = (
  t: Test,
  over: Readonly<Record<string, unknown>> = {},
  worldOptions?: PluginWorldOptions,
) => startSurvey(t, { ...options, ...over }, worldOptions)

function surveyOptions(over: Readonly<Record<string, unknown>>) {
  return { surveys: { ...options.surveys, service: { ...options.surveys.service, ...over } } }
}

/** The flow that was armed last for a call. */
function armed(world: PluginWorld, callId: string): unknown {
  const command = world.commands.findLast(
    (one) => one.name === 'call.runFlow' && one.input.callId === callId,
  )
  return command?.name === 'call.runFlow' && command.input.flow.type === 'inline'
    ? command.input.flow.definition
    : undefined
}

interface FlowEvent {
  readonly type: 'flow.started' | 'flow.collected' | 'flow.ended'
  readonly changes: object
}

/** What the engine tells when the agent leaves and a flow talks to the caller. */
function flowEvents(
  definition: unknown,
  callId: string,
  answers: readonly string[],
): readonly FlowEvent[] {
  const { collected, outcome } = playFlow(definition, answers)
  const flow = { callId, flow: 'inline' }
  return [
    { type: 'flow.started', changes: { ...flow, by: 'afterTalk' } },
    ...collected.map((one) => ({ type: 'flow.collected', changes: { ...flow, ...one } }) as const),
    { type: 'flow.ended', changes: { ...flow, outcome } },
  ]
}

async function talk(world: PluginWorld, call: GivenCall, agent = 'ann'): Promise<void> {
  await world.advance(5_000)
  await call.isAnsweredBy(agent)
  await world.advance(60_000)
  await call.isCompleted('agent')
}

async function survey(
  world: PluginWorld,
  callId: string,
  answers: readonly string[],
): Promise<readonly GivenEvent[]> {
  const events: GivenEvent[] = []
  for (const { type, changes } of flowEvents(armed(world, callId), callId, answers)) {
    events.push(await world.givenEvent(type, changes))
    await world.advance(1_000)
  }
  return events
}

function published(world: PluginWorld) {
  return world.published.map(({ type, data }) => ({ type, data }))
}

t.test('the survey plugin keeps the plugin contract', async (t) => {
  pluginContract(t, plugin, {
    options,
    badOptions: [
      { options: { surveys: { a: { questions: [] } } }, names: 'questions' },
      { options: { campaigns: { a: { file: 'a.csv', survey: 'b' } } }, names: 'survey' },
    ],
    async story(world) {
      const content = await world.givenCall({ callerNumber: '030 123456' })
      const gone = await world.givenCall({ queue: 'support' })
      const unhappy = await world.givenCall({ queue: 'support' })
      await talk(world, content)
      await talk(world, unhappy, 'bob')
      await gone.isAbandoned()
      const happy = playable
      const events = [
        ...(await give(world, flowEvents(happy, content.callId, ['', '5', '9']))),
        ...(await give(world, flowEvents(happy, unhappy.callId, ['', '1', 'hangUp']))),
      ]
      return [...content.events, ...gone.events, ...unhappy.events, ...events]
    },
  })
})

/** What the options' survey is, whatever the engine was told. */
const playable = {
  steps: [
    {
      menu: {
        prompt: 'intro.wav',
        keys: { 9: 'end', 8: 'end' },
        into: 'consent',
        tries: 1,
        otherwise: 'ask',
      },
    },
    { name: 'ask', menu: { prompt: 'a.wav', into: 'score', keys: { 1: 'more', 5: 'more' } } },
    { name: 'more', collect: { into: 'recommend', max: 2, publish: true } },
  ],
}

async function give(world: PluginWorld, events: readonly FlowEvent[]) {
  const given: GivenEvent[] = []
  for (const { type, changes } of events) {
    given.push(await world.givenEvent(type, changes))
  }
  return given
}

t.test('when an agent answers, the survey is armed for the end of the talk', async (t) => {
  const world = await start(t)
  const call = await world.givenCall({ queue: 'sales' })
  await call.isAnsweredBy('ann')
  t.match(world.commands, [
    {
      name: 'call.runFlow',
      input: { callId: call.callId, flow: { type: 'inline' }, when: 'afterTalk' },
    },
  ])
  t.equal(world.commands.length, 1)
  t.equal(playFlow(armed(world, call.callId), ['', '5', '9']).outcome, 'completed')
})

t.test('answers are published, stored and counted', async (t) => {
  const world = await start(t)
  const call = await world.givenCall({ queue: 'sales' })
  await talk(world, call)
  await survey(world, call.callId, ['', '4', '10'])
  const about = {
    survey: 'service',
    callId: call.callId,
    queue: 'sales',
    agent: 'ann',
    project: 'acme-shop',
  }
  t.same(published(world), [
    { type: 'survey.asked', data: about },
    {
      type: 'survey.answered',
      data: {
        ...about,
        answers: { score: '4', recommend: '10' },
        isComplete: true,
        csat: 4,
        nps: 10,
        isLow: false,
      },
    },
  ])
  const other = await world.givenCall({ queue: 'support' })
  await talk(world, other, 'bob')
  await survey(world, other.callId, ['', '2', '6'])
  const figures = { asked: 1, answered: 1, complete: 1, refused: 0, abandoned: 0 }
  const good = {
    ...figures,
    csat: { answers: 1, satisfied: 1, share: 1 },
    nps: { answers: 1, promoters: 1, detractors: 0, score: 100 },
  }
  const bad = {
    ...figures,
    csat: { answers: 1, satisfied: 0, share: 0 },
    nps: { answers: 1, promoters: 0, detractors: 1, score: -100 },
  }
  const row = { survey: 'service' }
  t.same(await world.own('results', { groupBy: 'queue' }), {
    ok: true,
    results: [
      { ...row, group: 'sales', ...good },
      { ...row, group: 'support', ...bad },
    ],
  })
  t.same(await world.own('results', { groupBy: 'agent', survey: 'service' }), {
    ok: true,
    results: [
      { ...row, group: 'ann', ...good },
      { ...row, group: 'bob', ...bad },
    ],
  })
  t.match(await world.own('results', { groupBy: 'project', to: '2100-01-01' }), {
    results: [
      { group: '', asked: 1 },
      { group: 'acme-shop', asked: 1 },
    ],
  })
  t.same(await world.own('results', { groupBy: 'queue', from: '2100-01-01T00:00:00Z' }), {
    ok: true,
    results: [],
  })
  t.same(await world.own('results', { groupBy: 'queue', survey: 'other' }), {
    ok: true,
    results: [],
  })
  t.match(
    world.figures().filter(({ name }) => name === 'switchyard_survey_csat_answers_total'),
    [
      { labels: { queue: 'sales', satisfied: 'yes' }, value: 1 },
      { labels: { satisfied: 'no' }, value: 1 },
    ],
  )
})

t.test('a refusal, silence and a hang-up are each published once', async (t) => {
  const world = await start(t)
  const ends: unknown[] = []
  for (const answers of [['9'], ['', ''], ['hangUp'], ['', '5', 'hangUp'], ['', '5', '']]) {
    const call = await world.givenCall()
    await talk(world, call)
    const before = world.published.length
    await survey(world, call.callId, answers)
    ends.push(published(world).slice(before + 1))
  }
  t.match(ends, [
    [{ type: 'survey.refused', data: { isOptOut: false } }],
    [{ type: 'survey.abandoned', data: { reason: 'timedOut' } }],
    [{ type: 'survey.abandoned', data: { reason: 'hungUp' } }],
    [{ type: 'survey.answered', data: { answers: { score: '5' }, isComplete: false, csat: 5 } }],
    [{ type: 'survey.answered', data: { answers: { score: '5' }, isComplete: false } }],
  ])
  t.match(await world.own('results', { groupBy: 'queue' }), {
    results: [{ asked: 5, answered: 2, complete: 0, refused: 1, abandoned: 2 }],
  })
})

t.test('a low score requests one callback, if the caller has a number', async (t) => {
  const world = await start(t)
  const call = await world.givenCall({ callerNumber: '030/12 34 56' })
  await talk(world, call)
  const events = await survey(world, call.callId, ['', '1', 'hangUp'])
  for (const event of events.toReversed()) {
    await world.redeliver(event)
  }
  const owed = world.commands.filter(({ name }) => name === 'callback.enqueue')
  t.match(owed, [
    {
      input: { number: '+4930123456', queue: 'complaints', callId: call.callId, reason: 'survey' },
    },
  ])
  t.equal(owed.length, 1)
  t.match(world.published.at(-1), { type: 'survey.answered', data: { isLow: true } })

  const withheld = await world.givenCall({ callerNumber: '' })
  await talk(world, withheld)
  await survey(world, withheld.callId, ['', '1', '1'])
  t.equal(world.commands.filter(({ name }) => name === 'callback.enqueue').length, 1)
})

t.test(
  'a callback that nobody takes now is owed later; one that is forbidden is not',
  async (t) => {
    const world = await start(t)
    world.answerCommand('callback.enqueue', () => ({
      ok: false,
      error: { code: 'notServed', message: '', retryable: true },
    }))
    const call = await world.givenCall()
    await talk(world, call)
    await survey(world, call.callId, ['', '1', '1'])
    world.answerCommand('callback.enqueue', () => ({ ok: true, callbackId: 'cb', isNew: true }))
    await world.advance(120_000)
    t.match(
      world.figures().filter(({ name }) => name === 'switchyard_survey_callbacks_owed_total'),
      [{ value: 1 }],
    )
    t.same(
      world.published.map(({ type }) => type),
      ['survey.asked', 'survey.answered'],
    )

    world.answerCommand('callback.enqueue', () => ({
      ok: false,
      error: { code: 'numberRefused', message: '', retryable: false },
    }))
    const forbidden = await world.givenCall()
    await talk(world, forbidden)
    await survey(world, forbidden.callId, ['', '2', '1'])
    t.match(world.logged.at(-1), { level: 'warn', fields: { code: 'numberRefused' } })
    t.same(world.deadLetters(), [])
  },
)

t.test('calls of other queues, and beyond the share, are released at once', async (t) => {
  const world = await start(t, surveyOptions({ share: '30%' }))
  for (let count = 0; count < 200; count += 1) {
    const call = await world.givenCall()
    await call.isAnsweredBy('ann')
  }
  const share = world.commands.length / 200
  t.ok(share > 0.2 && share < 0.4, `${share} of the calls`)
  const again = await start(t, surveyOptions({ share: 0.3 }))
  for (let count = 0; count < 200; count += 1) {
    await (await again.givenCall()).isAnsweredBy('ann')
  }
  t.same(again.commands, world.commands)

  const before = world.commands.length
  const outside = await world.givenCall({ queue: 'reception' })
  await outside.isAnsweredBy('ann')
  await outside.isCompleted('caller')
  t.equal(world.commands.length, before)
  t.notOk(Object.hasOwn(await world.kept('calls'), outside.callId))
})

t.test(
  'nobody is asked again within the time of peace, however the number is written',
  async (t) => {
    const world = await start(t, surveyOptions({ notWithin: '3h' }))
    const hour = 3_600_000
    const isAsked = async (callerNumber: string) => {
      const call = await world.givenCall({ callerNumber })
      await talk(world, call)
      const flow = armed(world, call.callId)
      if (flow !== undefined) {
        await survey(world, call.callId, ['9'])
      }
      return flow !== undefined
    }
    t.equal(await isAsked('+4930123456'), true)
    t.equal(await isAsked('0049 30 123456'), false)
    t.equal(await isAsked('030123457'), true)
    t.equal(await isAsked(''), true)
    t.equal(await isAsked(''), true)
    await world.advance(2 * hour)
    t.equal(await isAsked('030123456'), false)
    await world.advance(hour)
    t.equal(await isAsked('030123456'), true)
  },
)

t.test('a caller who hung up with the agent does not count as asked', async (t) => {
  const world = await start(t)
  const first = await world.givenCall({ callerNumber: '+4930555' })
  await first.isAnsweredBy('ann')
  await first.isCompleted('caller')
  const second = await world.givenCall({ callerNumber: '+4930555' })
  await second.isAnsweredBy('ann')
  t.equal(world.commands.length, 2)
  t.same(world.published, [])
})

t.test('a caller who opts out is never asked again', async (t) => {
  const world = await start(t, surveyOptions({ notWithin: '0s' }))
  const call = await world.givenCall({ callerNumber: '+4930555' })
  await talk(world, call)
  await survey(world, call.callId, ['8'])
  t.match(world.published.at(-1), { type: 'survey.refused', data: { isOptOut: true } })
  const later = await world.givenCall({ callerNumber: '+4930555' })
  await later.isAnsweredBy('ann')
  t.equal(world.commands.length, 1)
})

t.test(
  'the language is that chosen, else of the number dialled, of the caller, of the queue',
  async (t) => {
    const world = await start(t, {
      languages: {
        variable: 'tongue',
        values: { 2: 'de' },
        dialled: { '0800777': 'en' },
        prefixes: { '+49': 'fr', '+4930': 'de' },
        queues: { support: 'es' },
      },
    })
    const languageOf = async (facts: object, chosen?: string) => {
      const call = await world.givenCall(facts)
      if (chosen !== undefined) {
        await world.givenEvent('flow.collected', {
          callId: call.callId,
          name: 'tongue',
          value: chosen,
        })
      }
      await talk(world, call)
      await survey(world, call.callId, ['', '5', '9'])
      return world.published.at(-1)?.data['language']
    }
    const far = { callerNumber: '+15551234', queue: 'support' }
    t.equal(await languageOf({ ...far, dialledNumber: '0800777' }, '2'), 'de')
    t.equal(
      await languageOf({ ...far, callerNumber: '+15551235', dialledNumber: '0800777' }, '1'),
      'en',
    )
    t.equal(await languageOf({ callerNumber: '+49301' }), 'de')
    t.equal(await languageOf({ callerNumber: '+49891' }), 'fr')
    t.equal(await languageOf({ ...far, callerNumber: '+15551236' }), 'es')
    t.equal(await languageOf({ callerNumber: '+15551237' }), undefined)
  },
)

t.test('flow events out of order, or twice, give the same result', async (t) => {
  const orders = [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [0, 3, 1, 2],
    [1, 0, 3, 2],
    [2, 2, 3, 0, 1, 0],
  ]
  for (const order of orders) {
    const world = await start(t)
    const call = await world.givenCall()
    await talk(world, call)
    // The sequence numbers are the order in which they happened: a first world tells them in order.
    const source = await start(t)
    const same = await source.givenCall()
    await talk(source, same)
    const events = await give(
      source,
      flowEvents(armed(source, same.callId), same.callId, ['', '5', '9']),
    )
    for (const index of order) {
      const event = events[index]
      if (event !== undefined) {
        await world.redeliver(event)
      }
    }
    t.match(published(world), [
      { type: 'survey.asked' },
      {
        type: 'survey.answered',
        data: { answers: { score: '5', recommend: '9' }, isComplete: true },
      },
    ])
    t.equal(world.published.length, 2)
  }
})

t.test('a survey without a reported end is published as lost, or with its answers', async (t) => {
  const world = await start(t)
  const silent = await world.givenCall()
  await talk(world, silent)
  await give(world, flowEvents(armed(world, silent.callId), silent.callId, []).slice(0, 1))
  const half = await world.givenCall()
  await talk(world, half)
  const events = flowEvents(armed(world, half.callId), half.callId, ['', '4', ''])
  await give(world, events.slice(0, 2))
  await world.advance(5 * 60_000)
  t.match(
    world.published.slice(2).map(({ type, data }) => ({ type, data })),
    [
      { type: 'survey.abandoned', data: { callId: silent.callId, reason: 'lost' } },
      { type: 'survey.answered', data: { callId: half.callId, isComplete: false } },
    ],
  )
  await world.advance(30 * 60_000)
  t.same(await world.kept('calls'), {})
})

t.test('after a transfer the result counts for the last agent', async (t) => {
  const world = await start(t)
  const call = await world.givenCall({ queue: 'sales' })
  await call.isAnsweredBy('ann')
  await world.advance(30_000)
  const second = { callId: call.callId, queue: 'support', agent: 'bob', offerId: 'second' }
  await world.givenEvent('call.answered', { ...second, at: world.clock.now() })
  await world.advance(30_000)
  await survey(world, call.callId, ['', '5', '9'])
  t.match(world.published.at(-1), { data: { queue: 'support', agent: 'bob' } })
})

t.test(
  'a survey that the engine cannot play makes the plugin unready, and harms no call',
  async (t) => {
    const world = await start(t)
    world.answerCommand('call.runFlow', () => ({
      ok: false,
      error: { code: 'flowUnknown', message: '', retryable: false },
    }))
    const call = await world.givenCall()
    await call.isAnsweredBy('ann')
    t.match(world.health(), {
      isReady: false,
      faults: { 'surveys.service': 'the engine cannot play it: flowUnknown' },
    })
    world.answerCommand('call.runFlow', () => ({ ok: true }))
    await (await world.givenCall()).isAnsweredBy('ann')
    t.match(world.health(), { isReady: true, faults: {} })
    t.same(world.deadLetters(), [])
  },
)

t.test('a crash anywhere in a survey neither loses nor repeats anything', async (t) => {
  const run = async (replicas: number, operations: number | undefined) => {
    const world = await start(t, {}, { replicas })
    const call = await world.givenCall({ queue: 'sales', callerNumber: '+4930555' })
    await talk(world, call)
    if (operations !== undefined) {
      world.crashAfter(operations)
    }
    await give(world, flowEvents(playable, call.callId, ['', '1', '9']))
    await world.advance(3 * 60_000)
    t.same(world.deadLetters(), [])
    return {
      commands: world.commands.map(({ name, input }) => ({ name, input })),
      published: world.published.map(({ type, id, data }) => ({ type, id, data })),
      results: await world.kept('results'),
    }
  }
  const undisturbed = await run(1, undefined)
  t.equal(undisturbed.published.length, 2)
  t.same(await run(2, undefined), undisturbed)
  for (let operations = 1; operations <= 30; operations += 1) {
    t.same(await run(2, operations), undisturbed, `after ${operations} operations`)
  }
})

t.test('neither numbers nor names reach the log or the events', async (t) => {
  const world = await start(t)
  const call = await world.givenCall({ callerNumber: '+4930987654321', callerName: 'Erika' })
  await talk(world, call)
  await survey(world, call.callId, ['', '1', '9'])
  await world.restart()
  t.notMatch(JSON.stringify([world.logged, world.published]), /0987654321|Erika/)
})

t.test('results and the times of asking expire', async (t) => {
  const world = await start(t, { ...surveyOptions({}), keepResults: '1d' })
  const call = await world.givenCall()
  await talk(world, call)
  await survey(world, call.callId, ['', '5', '9'])
  t.equal(Object.keys(await world.kept('results')).length, 1)
  t.equal(Object.keys(await world.kept('asked')).length, 1)
  world.clock.stall(31 * 24 * 3_600_000)
  await world.advance(10_000)
  t.same(await world.keptEverywhere(), {})
})

t.test(
  'a conclusion that cannot be drawn is tried once a minute, for as long as it takes',
  async (t) => {
    const world = await start(t)
    let tries = 0
    world.answerCommand('callback.enqueue', () => {
      tries += 1
      return { ok: false, error: { code: 'notServed', message: '', retryable: true } }
    })
    const call = await world.givenCall()
    await talk(world, call)
    await survey(world, call.callId, ['', '1', '1'])
    await world.advance(2 * 60 * 60_000)
    t.match(world.deadLetters(), [{ reason: 'gaveUp' }])
    tries = 0
    await world.advance(10 * 60_000)
    t.equal(tries, 10)
    world.answerCommand('callback.enqueue', () => ({ ok: true, callbackId: 'cb', isNew: true }))
    await world.advance(60_000)
    t.match(
      world.figures().filter(({ name }) => name === 'switchyard_survey_callbacks_owed_total'),
      [{ value: 1 }],
    )
  },
)
