import t from 'tap'
import type { EngineEvent } from '../bus/events.ts'
import type { TenantConfig } from '../config/engine-config.ts'
import { inTenant, parse } from '../config/fixture.ts'
import type { TenantId } from '../core/ids.ts'
import { compareRules } from './compare.ts'
import { comparisonText } from './comparison-text.ts'
import type { Figures } from './day-figures.ts'
import { readEventLines } from './event-lines.ts'
import { Recording } from './recording.ts'
import { replayDay } from './replay-day.ts'
import { dayStartAt, encodeLines, recordDay, statusAt } from './testing/record-day.ts'

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

t.test('under its own rules a day comes out event by event as it was', async (t) => {
  const recording = new Recording('acme', () => {})
  for await (const { event, line } of readEventLines(lines)) {
    recording.add(event, line)
  }
  const recorded = recording.end()
  const events: EngineEvent[] = []
  if (recorded !== undefined) {
    replayDay(recorded, { tenant: ten, seed: 1, publish: (event) => events.push(event) })
  }
  t.strictSame(encodeLines('acme', events), lines)
  const { all, queues } = await compareRules({ lines, tenant: ten, against: ten, seed: 7 })
  t.strictSame([all.old, all.new], [all.recorded, all.recorded])
  t.equal(all.recorded?.calls, 1_600)
  t.ok((queues[0]?.recorded?.overflowed ?? 0) > 20, 'with overflow from queue to queue in it')
  t.ok((all.recorded?.abandoned ?? 0) > 200)
})

t.test('what other rules would have done is foretold, and its sign is right', async (t) => {
  const { all } = await compareRules({ lines, tenant: site(12), against: ten, seed: 1 })
  t.ok(figure(all.new, 'serviceLevel') > figure(all.recorded, 'serviceLevel') + 0.1)
  t.ok(figure(all.new, 'abandonment') < figure(all.recorded, 'abandonment'))
  t.ok(figure(all.new, 'asaMs') < figure(all.recorded, 'asaMs'))
  const worse = await compareRules({ lines, tenant: site(8), seed: 1 })
  t.ok(figure(worse.all.new, 'serviceLevel') < figure(all.recorded, 'serviceLevel') - 0.1)
  t.equal(worse.all.old, undefined)
})

t.test('the forecast meets what the same callers really met under those rules', async (t) => {
  for (const [agents, seed] of [
    [9, 21],
    [11, 22],
    [12, 23],
  ] as const) {
    const seen = recordDay({ ...day, seed })
    const truth = recordDay({ ...day, seed, tenant: site(agents) })
    const foretold = await compareRules({ lines: seen, tenant: site(agents), seed: 1 })
    const { all } = await compareRules({ lines: truth, tenant: site(agents), seed: 1 })
    const off = (name: 'serviceLevel' | 'abandonment' | 'asaMs') =>
      Math.abs(figure(foretold.all.new, name) - figure(all.recorded, name))
    t.ok(off('serviceLevel') < 0.03, `service level off by ${off('serviceLevel')}`)
    t.ok(off('abandonment') < 0.015, `abandonment off by ${off('abandonment')}`)
    t.ok(off('asaMs') < 3_000, `ASA off by ${off('asaMs')} ms`)
  }
})

t.test(
  'a queue that the new rules lack, agents come and gone, and news of a newer engine are said',
  async (t) => {
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
      'The new configuration has no queue service: 800 calls that came there are left out.',
      `The new configuration lacks agents of the recording: ${[1, 2, 3, 4, 5, 6, 7, 8, 9]
        .map((number) => `agent-${number}`)
        .join(', ')}.`,
      'Not in the recording, so with the status the new configuration gives them all day: zoe.',
    ])
    t.equal(
      comparison.notes.at(-1),
      'Not known to this version and passed over: call.sang (1), call.queued.mood (1).',
    )
    const text = comparisonText(comparison)
    t.match(text, /^tenant acme, 2026-11-02T08:00:\d\dZ to 2026-11-02T15:\d\d:\d\dZ, seed 1\n/)
    t.match(text, /\nservice +as recorded +under NEW\ncalls +\d+ +-\n/)
    t.equal(comparison.queues.length, 2)
  },
)

t.test('a line that is no event is named, with its cure, without what stands there', async (t) => {
  const failing = (line: string) =>
    compareRules({ lines: [lines[0] ?? '', line], tenant: ten, seed: 1 }).then(
      () => 'no error',
      ({ message }: Error) => message,
    )
  const cure = 'leave the line out, or write the file anew with `switchyard events`'
  t.equal(
    await failing('{"specversion": "1.0", "secret'),
    `line 2: not a CloudEvent of the engine: it is not JSON in UTF-8; ${cure}`,
  )
  const event = JSON.parse(lines[0] ?? '') as { data: object }
  t.equal(
    await failing(
      JSON.stringify({ ...event, id: 'x', data: { ...event.data, queue: 5, at: undefined } }),
    ),
    `line 2: call.queued: at, queue missing or wrong; ${cure}`,
  )
  await t.rejects(compareRules({ lines: [], tenant: ten, seed: 1 }), {
    message:
      'no call of tenant acme in the events; there are no events at all; name another with --tenant',
  })
})

t.test('adopted, transferred, lost and unfinished calls are read as what they were', async (t) => {
  const at = (seconds: number) => dayStartAt + seconds * 1_000
  const call = (callId: string, seconds: number) => ({
    tenant: 'acme',
    callId,
    at: at(seconds),
    queue: 'sales',
  })
  const queued = (callId: string, seconds: number, since = seconds, isAdopted = false) => ({
    type: 'call.queued' as const,
    data: { ...call(callId, seconds), enqueuedAt: at(since), priority: 0, isAdopted },
  })
  const talk = (callId: string, seconds: number) => {
    const offer = { agent: 'agent-0', offerId: `${callId}-${seconds}`, waitMs: 4_000 }
    return [
      {
        type: 'call.offered' as const,
        data: { ...call(callId, seconds), ...offer, deadlineAt: 0, matchUs: 1 },
      },
      {
        type: 'call.answered' as const,
        data: { ...call(callId, seconds + 4), ...offer, isWithinThreshold: true },
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
