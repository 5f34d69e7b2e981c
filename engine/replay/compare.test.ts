import t from 'tap'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { QueueId, TenantId } from '../catalogue/ids.ts'
import type { TenantConfig } from '../config/engine-config.ts'
import { inTenant, parse } from '../config/fixture.ts'
import type { Scorer } from '../core/scorer.ts'
import { compareRules } from './compare.ts'
import { comparisonText } from './comparison-text.ts'
import { type CountedEvent, DayCounter, type Figures } from './day-figures.ts'
import { readEventLines } from './event-lines.ts'
import { Recording } from './recording.ts'
import { replayDay } from './replay-day.ts'
import { dayStartAt, encodeLines, recordDay, statusAt } from './testing/record-day.ts'
import type { Caller } from './world.ts'

function tenantOf(...lines: readonly string[]): TenantConfig {
  const parsed = parse(inTenant(...lines))
  const tenant = parsed.ok ? parsed.config.tenants.get('acme' as TenantId) : undefined
  if (tenant === undefined) {
    throw new Error('the test configuration is wrong')
  }
  return tenant
}

function site(agents: number, sales = 'maxWait: 3m'): TenantConfig {
  const names = Array.from({ length: agents }, (_, index) => `agent-${index}`)
  return tenantOf(
    'queues:',
    `  sales: { ${sales}, whenMaxWait: { queue: service } }`,
    '  service: { wrapUp: 20s, priority: 1 }',
    'agentDefaults: { queues: [ sales, service ], maxMisses: 2 }',
    `agents: { ${names.map((name) => `${name}: { dial: user/${name} }`).join(', ')} }`,
  )
}

const ten = site(10)
const day = {
  tenant: ten,
  seed: 11,
  hours: 8,
  perHour: 200,
  talkMs: 150_000,
  patienceMs: 180_000,
  statuses: [
    statusAt(120, 'agent-0', 'loggedOut'),
    statusAt(180, 'agent-0', 'available'),
    statusAt(240, 'agent-1', 'loggedOut'),
  ],
}
const lines = recordDay(day)

const figure = (figures: Figures | undefined, name: 'serviceLevel' | 'abandonment' | 'asaMs') =>
  figures?.[name] ?? Number.NaN

/** Replays a recorded day under the rules of `tenant`, and returns the events as lines. */
async function replayed(from: readonly string[], tenant: TenantConfig): Promise<readonly string[]> {
  const recording = new Recording('acme', () => {})
  for await (const { event, line } of readEventLines(from)) {
    recording.add(event, line)
  }
  const recorded = recording.end()
  const events: EngineEvent[] = []
  if (recorded !== undefined) {
    replayDay(recorded, { tenant, seed: 1, publish: (event) => events.push(event) })
  }
  return encodeLines('acme', events)
}

t.test('under its own rules a day is reproduced event by event', async (t) => {
  t.strictSame(await replayed(lines, ten), lines)
  const { all, queues } = await compareRules({ lines, tenant: ten, against: ten, seed: 7 })
  t.strictSame([all.old, all.new], [all.recorded, all.recorded])
  t.equal(all.recorded?.calls, 1_600)
  t.ok((queues[0]?.recorded?.overflowed ?? 0) > 20, 'it includes overflow from queue to queue')
  t.ok((all.recorded?.abandoned ?? 0) > 200)
})

t.test('so is a day of calls with needs, calls moved by commands and adopted calls', async (t) => {
  const skills = ['{ english: 5 }', '{ english: 3 }', ...Array<string>(10).fill('{}')]
  const tenant = tenantOf(
    'queues:',
    '  sales: { strategy: ringProgressively, ringStep: 3s, ringAtMost: 3, maxWait: 2m, whenMaxWait: { queue: service } }',
    '  service: { capacity: 6, whenFull: { queue: sales } }',
    'agentDefaults: { queues: [ sales, service ] }',
    `agents: { ${skills.map((of, index) => `agent-${index}: { dial: user/${index}, skills: ${of} }`).join(', ')} }`,
  )
  const [sales, service] = ['sales', 'service'] as QueueId[]
  const requires = [
    { afterMs: 0, anyOf: [{ english: 5 }] },
    { afterMs: 40_000, anyOf: [{ english: 3 }] },
  ]
  const alterations: ((caller: Caller) => Partial<Caller>)[] = [
    () => ({ needs: { requires }, priority: 3 }),
    () => ({ needs: { preferred: { agents: ['agent-3', 'agent-4'], holdMs: 30_000 } } }),
    () => ({ needs: { requires, preferred: { agents: ['agent-5'], isWhileStaffed: true } } }),
    ({ at }) => ({ moves: [{ at: at + 20_000, queueId: service as QueueId }] }),
    ({ at }) => ({
      changes: [{ at: at + 15_000, enqueuedAt: at - 60_000, priority: 4, needs: { requires } }],
    }),
    ({ at }) => ({
      ...{ enqueuedAt: at - 40_000, enteredAt: at - 30_000, isAdopted: true },
      ...{ queueId: service as QueueId, chargedTo: sales },
    }),
  ]
  const mixed = recordDay({
    ...{ tenant, seed: 5, hours: 3, perHour: 200, talkMs: 150_000, patienceMs: 150_000 },
    statuses: [6, 7, 8, 9, 10, 11].map((index) => statusAt(60, `agent-${index}`, 'loggedOut')),
    alter: (caller, index) => ({ ...caller, ...alterations[index % 8]?.(caller) }),
  })
  const counts = (text: string) => mixed.filter((line) => line.includes(text)).length
  t.ok(counts('"call.requeued"') > 20)
  t.ok(counts('"call.changed"') > 20)
  t.ok(counts('"startAfterMs":3000') > 20)
  t.ok(counts('"reason":"full"') > 2)
  t.strictSame(await replayed(mixed, tenant), mixed)
})

t.test(
  'a call that leaves a queue for a flow is not over: it ends there or waits again',
  async (t) => {
    const counter = new DayCounter(() => ({ serviceLevelMs: 20_000, shortAbandonMs: 4_000 }))
    const sales = { queue: 'sales', chargedTo: 'sales' }
    const events: readonly CountedEvent[] = [
      ...['a', 'b'].flatMap((callId): readonly CountedEvent[] => [
        { type: 'call.queued', data: { callId, queue: 'sales' } },
        { type: 'call.overflowed', data: { callId, ...sales, waitMs: 9_000, toFlow: 'sorry' } },
      ]),
      { type: 'call.sentAway', data: { callId: 'a', chargedTo: 'sales', waitMs: 9_000 } },
      { type: 'call.queued', data: { callId: 'b', queue: 'help' } },
      { type: 'call.answered', data: { chargedTo: 'sales', waitMs: 30_000 } },
      { type: 'call.sentAway', data: { callId: 'c' } },
    ]
    for (const event of events) {
      counter.record(event)
    }
    const { all, queues } = counter.figures()
    t.match(all, { calls: 2, answered: 1, overflowed: 2, sentAway: 1, serviceLevel: 0 })
    t.match(queues.get('sales'), { calls: 2, answered: 1, overflowed: 2, sentAway: 1 })
    t.match(queues.get('help'), { calls: 1, answered: 0 })
  },
)

t.test(
  'waits, answers and ends count for the charged queue, everything else for the queue it happened in',
  (t) => {
    const counter = new DayCounter((queue) => ({
      serviceLevelMs: queue === 'sales' ? 20_000 : 5_000,
      shortAbandonMs: queue === 'sales' ? 4_000 : 10_000,
    }))
    const sales = { queue: 'sales', chargedTo: 'sales' }
    const help = { queue: 'help', chargedTo: 'sales' }
    const events: readonly CountedEvent[] = [
      ...['a', 'b', 'c', 'd'].flatMap((callId): readonly CountedEvent[] => [
        { type: 'call.queued', data: { callId, queue: 'sales' } },
        { type: 'call.overflowed', data: { callId, ...sales, waitMs: 3_000, toQueue: 'help' } },
        { type: 'call.queued', data: { callId, queue: 'help' } },
      ]),
      { type: 'call.answered', data: { ...help, waitMs: 15_000 } },
      { type: 'call.abandoned', data: { ...help, waitMs: 6_000 } },
      { type: 'call.overflowed', data: { callId: 'c', ...help, waitMs: 9_000 } },
      { type: 'call.lost', data: help },
      { type: 'call.queued', data: { callId: 'e', queue: 'help' } },
      { type: 'call.requeued', data: { callId: 'e' } },
      { type: 'call.queued', data: { callId: 'e', queue: 'sales' } },
      { type: 'call.transferred', data: { queue: 'sales' } },
      { type: 'call.transferred', data: { queue: 'sales', agent: 'ann' } },
      { type: 'call.lost', data: {} },
    ]
    for (const event of events) {
      counter.record(event)
    }
    const { all, queues } = counter.figures()
    const ended = { answered: 1, answeredInTime: 1, abandoned: 1, shortAbandoned: 0, sentAway: 1 }
    const waits = { serviceLevel: 0.25, abandonment: 0.25, asaMs: 15_000, meanWaitMs: 10_000 }
    t.match(queues.get('sales'), {
      calls: 5,
      ...ended,
      ...waits,
      overflowed: 4,
      transferred: 1,
      lost: 1,
    })
    t.match(queues.get('help'), {
      ...{
        calls: 5,
        answered: 0,
        abandoned: 0,
        sentAway: 0,
        overflowed: 1,
        transferred: 0,
        lost: 0,
      },
      ...{ serviceLevel: undefined, abandonment: undefined, meanWaitMs: undefined },
    })
    t.match(all, { calls: 5, ...ended, ...waits, overflowed: 5, transferred: 1, lost: 1 })
    t.end()
  },
)

t.test('more agents improve the forecast figures, fewer make them worse', async (t) => {
  const { all } = await compareRules({ lines, tenant: site(12), against: ten, seed: 1 })
  t.ok(figure(all.new, 'serviceLevel') > figure(all.recorded, 'serviceLevel') + 0.1)
  t.ok(figure(all.new, 'abandonment') < figure(all.recorded, 'abandonment'))
  t.ok(figure(all.new, 'asaMs') < figure(all.recorded, 'asaMs'))
  const worse = await compareRules({ lines, tenant: site(8), seed: 1 })
  t.ok(figure(worse.all.new, 'serviceLevel') < figure(all.recorded, 'serviceLevel') - 0.1)
  t.equal(worse.all.old, undefined)
})

t.test('a replay asks strategy plugins, as the engine does', async (t) => {
  const calls = new Map<string, number>()
  const scorer: Scorer = {
    name: 'spare',
    candidates: 10,
    scoreAgent: ({ agentId }) => (agentId === 'agent-3' ? -1 : 0),
  }
  const queues = [...ten.queues].map(
    ([queueId, queue]) => [queueId, { ...queue, settings: { ...queue.settings, scorer } }] as const,
  )
  for (const line of await replayed(lines, { ...ten, queues: new Map(queues) })) {
    const { type, data } = JSON.parse(line) as { type: string; data: { agent: string } }
    if (type === 'call.answered') {
      calls.set(data.agent, (calls.get(data.agent) ?? 0) + 1)
    }
  }
  const spared = calls.get('agent-3') ?? 0
  // Agents 0 and 1 are logged out for part of the day.
  const fewest = Math.min(...[2, 4, 5, 6, 7, 8, 9].map((n) => calls.get(`agent-${n}`) ?? 0))
  t.ok(spared > 0 && spared < fewest, `${spared} of ${fewest}`)
})

t.test('the forecast is close to what the same callers got under those rules', async (t) => {
  for (const [agents, seed] of [
    [9, 21],
    [11, 22],
    [12, 23],
  ] as const) {
    const seen = recordDay({ ...day, seed })
    const actual = recordDay({ ...day, seed, tenant: site(agents) })
    const forecast = await compareRules({ lines: seen, tenant: site(agents), seed: 1 })
    const { all } = await compareRules({ lines: actual, tenant: site(agents), seed: 1 })
    const off = (name: 'serviceLevel' | 'abandonment' | 'asaMs') =>
      Math.abs(figure(forecast.all.new, name) - figure(all.recorded, name))
    t.ok(off('serviceLevel') < 0.03, `service level off by ${off('serviceLevel')}`)
    t.ok(off('abandonment') < 0.015, `abandonment off by ${off('abandonment')}`)
    t.ok(off('asaMs') < 3_000, `ASA off by ${off('asaMs')} ms`)
  }
})

t.test('missing queues, added and removed agents, and unknown events are reported', async (t) => {
  const other = tenantOf(
    'queues: { sales: {} }',
    'agentDefaults: { queues: [ sales ] }',
    'agents: { agent-0: { dial: user/0 }, zoe: { dial: user/z } }',
  )
  const [first = ''] = lines
  const newer = JSON.parse(first) as { id: string; type: string; data: object }
  const unknown = [
    JSON.stringify({ ...newer, id: 'x1', type: 'call.sang' }),
    JSON.stringify({ ...newer, id: 'x2', data: { ...newer.data, mood: 'good' } }),
    JSON.stringify({ ...newer, id: 'x3', tenant: 'other' }),
    first,
    '',
  ]
  const comparison = await compareRules({ lines: [...lines, ...unknown], tenant: other, seed: 1 })
  t.strictSame(comparison.notes.slice(0, 3), [
    'The new configuration has no queue service: the 800 calls that arrived there are left out.',
    `The new configuration lacks agents of the recording: ${[1, 2, 3, 4, 5, 6, 7, 8, 9]
      .map((number) => `agent-${number}`)
      .join(', ')}.`,
    'Agents not in the recording keep their status of the new configuration all day: zoe.',
  ])
  t.equal(
    comparison.notes.at(-1),
    'Ignored because this version does not know them: call.sang (1), call.queued.mood (1).',
  )
  const text = comparisonText(comparison)
  t.match(text, /^tenant acme, 2026-11-02T08:00:\d\dZ to 2026-11-02T15:\d\d:\d\dZ, seed 1\n/)
  t.match(text, /\nservice +as recorded +under NEW\ncalls +\d+ +-\n/)
  t.equal(comparison.queues.length, 2)
})

t.test('a line that is not an event is reported by number, without its content', async (t) => {
  const failing = (line: string) =>
    compareRules({ lines: [lines[0] ?? '', line], tenant: ten, seed: 1 }).then(
      () => 'no error',
      ({ message }: Error) => message,
    )
  const cure = 'remove the line, or write the file again with `switchyard events`'
  t.equal(
    await failing('{"specversion": "1.0", "secret'),
    `line 2: not a CloudEvent of the engine: it is not JSON in UTF-8; ${cure}`,
  )
  const event = JSON.parse(lines[0] ?? '') as { data: object }
  t.equal(
    await failing(
      JSON.stringify({ ...event, id: 'x', data: { ...event.data, queue: 5, at: undefined } }),
    ),
    `line 2: call.queued: at, queue missing or invalid; ${cure}`,
  )
  await t.rejects(compareRules({ lines: [], tenant: ten, seed: 1 }), {
    message: 'no calls of tenant acme: there are no events',
  })
})

t.test('adopted, transferred, lost and unfinished calls are read correctly', async (t) => {
  const at = (seconds: number) => dayStartAt + seconds * 1_000
  const call = (callId: string, seconds: number) => ({
    tenant: 'acme',
    callId,
    at: at(seconds),
    queue: 'sales',
    chargedTo: 'sales',
  })
  const queued = (callId: string, seconds: number, since = seconds, isAdopted = false) => ({
    type: 'call.queued' as const,
    data: {
      ...call(callId, seconds),
      enqueuedAt: at(since),
      queueWaitMs: (seconds - since) * 1_000,
      priority: 0,
      isAdopted,
    },
  })
  const talk = (callId: string, seconds: number) => {
    const offer = { agent: 'agent-0', offerId: `${callId}-${seconds}`, waitMs: 4_000 }
    return [
      {
        type: 'call.offered' as const,
        data: { ...call(callId, seconds), ...offer, startAfterMs: 0, deadlineAt: 0, matchUs: 1 },
      },
      {
        type: 'call.answered' as const,
        data: {
          ...call(callId, seconds + 4),
          ...offer,
          queueWaitMs: 4_000,
          isWithinThreshold: true,
        },
      },
    ]
  }
  const recording = new Recording('acme', (event) => counted.push(event.type))
  const counted: string[] = []
  const events: EngineEvent[] = [
    queued('early', 0, -30, true),
    queued('early', 1, -30, true),
    queued('moved', 2),
    ...talk('moved', 3),
    { type: 'call.transferred', data: { ...call('moved', 60), agent: 'agent-0', talkMs: 53_000 } },
    queued('moved', 61),
    { type: 'call.transferred', data: { ...call('moved', 70), talkMs: 0 } },
    queued('lost', 71),
    { type: 'call.lost', data: { ...call('lost', 75), reason: 'fault' } },
    queued('cut', 80),
    ...talk('cut', 81),
    {
      type: 'agent.stateChanged',
      data: {
        tenant: 'acme',
        agent: 'agent-0',
        at: at(90),
        state: 'talking',
        previous: 'talking',
        status: 'onBreak',
        breakReason: 'lunch',
      },
    },
  ]
  for await (const { event, line } of readEventLines(encodeLines('acme', events))) {
    recording.add(event, line)
  }
  const recorded = recording.end()
  t.strictSame(
    recorded?.calls.map(({ callId, wait, leaves, talk: talked }) => [callId, wait, leaves, talked]),
    [
      ['early', { ms: 120_000, hasEnded: false }, 'abandoned', undefined],
      ['moved', { ms: 4_000, hasEnded: false }, 'abandoned', { ms: 53_000, hasEnded: true }],
      ['moved#2', { ms: 9_000, hasEnded: true }, 'transferred', undefined],
      ['lost', { ms: 4_000, hasEnded: false }, 'abandoned', undefined],
      ['cut', { ms: 4_000, hasEnded: false }, 'abandoned', { ms: 5_000, hasEnded: false }],
    ],
  )
  t.strictSame(recorded?.agents.changes, [
    { at: at(90), agentId: 'agent-0', status: { type: 'onBreak', reason: 'lunch' } },
  ])
  t.strictSame(counted, [
    'call.queued',
    'call.queued',
    'call.answered',
    'call.transferred',
    'call.queued',
    'call.transferred',
    'call.queued',
    'call.lost',
    'call.queued',
    'call.answered',
  ])
})
