import t from 'tap'
import { encodeEvent } from '../catalogue/envelope.ts'
import { eventExamples } from '../catalogue/events/event-examples.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import { hungUpBy } from '../rigs/endings.ts'
import { EngineRig, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import { FakeSwitch } from '../testing/fake-switch.ts'
import { decisionText } from './decision-text.ts'
import { readEventLines } from './event-lines.ts'
import { explainCall } from './explain.ts'
import { encodeLines } from './testing/record-day.ts'

const startAt = Date.UTC(2026, 10, 2, 9, 15)
const at = (seconds: number) => startAt + seconds * 1_000
const call = (seconds: number) => ({ tenant: 'acme', callId: 'call-1', at: at(seconds) })
const queued = (seconds: number, queue = 'sales', chargedTo = queue) => ({
  ...call(seconds),
  queue,
  chargedTo,
})
const offered = (seconds: number, agent: string, queue = 'sales', chargedTo = queue) => ({
  ...queued(seconds, queue, chargedTo),
  agent,
  offerId: `offer-${seconds}`,
})

const decision = {
  soughtBy: 'call',
  strategy: 'longestIdle',
  step: 1,
  openLevel: 2,
  candidates: [
    { agentId: 'ann', level: 1, key: 61_500, score: 3 },
    { agentId: 'bob', level: 2, key: 20_000, score: 1 },
    { agentId: 'cid', level: 2, key: null, score: 2 },
  ],
  candidateCount: 3,
  excluded: [
    { agentId: 'dan', why: 'onBreak' },
    { agentId: 'eve', why: 'occupied' },
    { agentId: 'fay', why: 'phaseOfTheMoon' },
  ],
  excludedCount: { occupied: 41, onBreak: 1, phaseOfTheMoon: 1 },
  calls: [{ callId: 'call-1', queueId: 'sales', points: 4, waitMs: 0 }],
}

const story: readonly EngineEvent[] = [
  {
    type: 'call.arrived',
    data: {
      ...call(0),
      switch: 'fs1',
      dialledNumber: '0800100200',
      callerNumber: '+4930123456',
      callerName: 'Erika Mustermann',
    },
  },
  {
    type: 'call.queued',
    data: {
      ...queued(0),
      enqueuedAt: at(0),
      queueWaitMs: 0,
      priority: 5,
      requires: [
        { afterMs: 0, anyOf: [{ english: 5, sales: 2 }] },
        { afterMs: 30_000, anyOf: [{ english: 3 }, {}] },
      ],
      preferred: { agents: ['ann', 'eve'], holdMs: 20_000 },
      position: 3,
      expectedWaitMs: 95_000,
      isAdopted: false,
    },
  },
  {
    type: 'call.offered',
    data: {
      ...offered(1, 'ann'),
      waitMs: 1_000,
      startAfterMs: 0,
      deadlineAt: at(26),
      matchUs: 38,
    },
  },
  {
    type: 'call.offerEnded',
    data: { ...offered(1, 'ann'), at: at(21), outcome: 'noAnswer', cause: 'NO_ANSWER' },
  },
  {
    type: 'call.queued',
    data: {
      ...queued(30),
      enqueuedAt: at(0),
      queueWaitMs: 30_000,
      priority: 0,
      preferred: { agents: ['ann'], isWhileStaffed: true },
      isAdopted: true,
    },
  },
  {
    type: 'call.actionDue',
    data: {
      ...queued(45),
      name: 'discount',
      count: 1,
      waitMs: 45_000,
      queueWaitMs: 45_000,
      data: {},
    },
  },
  {
    type: 'call.overflowed',
    data: {
      ...queued(60),
      waitMs: 60_000,
      queueWaitMs: 60_000,
      reason: 'maxWait',
      to: 'queue federal',
      toQueue: 'federal',
    },
  },
  {
    type: 'call.queued',
    data: {
      ...queued(60, 'federal', 'sales'),
      enqueuedAt: at(0),
      queueWaitMs: 0,
      priority: 0,
      isAdopted: false,
    },
  },
  {
    type: 'call.offered',
    data: {
      ...offered(66, 'bob', 'federal', 'sales'),
      waitMs: 66_000,
      startAfterMs: 2_000,
      deadlineAt: at(90),
      matchUs: 38,
    },
  },
  {
    type: 'call.answered',
    data: {
      ...offered(70, 'bob', 'federal', 'sales'),
      waitMs: 70_000,
      queueWaitMs: 10_000,
      isWithinThreshold: false,
    },
  },
  { type: 'call.held', data: { ...queued(80), agent: 'bob' } },
  { type: 'call.resumed', data: { ...queued(85), agent: 'bob', holdMs: 5_000 } },
  {
    type: 'call.completed',
    data: {
      ...queued(130.5),
      agent: 'bob',
      waitMs: 70_000,
      talkMs: 60_500,
      holdMs: 5_000,
      endedBy: 'caller',
    },
  },
]

/** The lines of the story, with a `call.matched` event as from an engine that records decisions. */
function linesWith(matched: object): readonly string[] {
  const lines = encodeLines('acme', story)
  const envelope = JSON.parse(lines[2] ?? '') as object
  const data = { ...queued(1), agents: ['ann'], offerId: 'offer-1', matchUs: 38.4 }
  const match = { ...envelope, id: 'm', type: 'call.matched', data: { ...data, ...matched } }
  return [...lines.slice(0, 3), JSON.stringify(match), ...lines.slice(3)]
}

const explain = (lines: readonly string[], callId = 'call-1') =>
  explainCall(readEventLines(lines), callId)

t.test('the story of a call tells what happened when and why, and never who called', async (t) => {
  const others = encodeLines(
    'acme',
    (Object.keys(eventExamples) as (keyof typeof eventExamples)[]).map(
      (type) => ({ type, data: eventExamples[type] }) as EngineEvent,
    ),
  )
  const text = await explain([...others, ...linesWith({ decision })])
  t.equal(
    text,
    `Call call-1 of tenant acme, 2026-11-02, times in UTC

09:15:00.000     +0.0 s  arrived for 0800100200 on fs1
09:15:00.000     +0.0 s  waits in sales, priority 5, at position 3
                           It requires english 5 and sales 2; after 30.0 s english 3 or anyone.
                           It prefers ann, eve, and only them for 20.0 s.
09:15:01.000     +1.0 s  offered to ann for sales after waiting 1.0 s
09:15:01.000     +1.0 s  matched with ann in 38 µs
                           The call looked for an agent.
                           Its requirement had been relaxed once.
                           Levels up to 2 were open.
                           Candidates: 3, longest idle first.
                           Chosen: ann (idle 61.5 s, score 3).
                           Runner-up: cid (level 2, score 2).
                           Then: bob (idle 20.0 s, level 2, score 1).
                           Excluded (on a call, ringing or in wrap-up): eve, 40 more.
                           Excluded (on break): dan.
                           Excluded (phaseOfTheMoon): fay.
09:15:21.000    +21.0 s  ann did not answer (NO_ANSWER)
09:15:30.000    +30.0 s  found waiting in sales, at its place from 30.0 s ago
                           It prefers ann, and only them while one of them is staffed.
09:15:45.000    +45.0 s  discount is due in sales after waiting 45.0 s
09:16:00.000    +60.0 s  leaves sales for queue federal after waiting 60.0 s: it reached the maximum wait
09:16:00.000    +60.0 s  waits in federal, at its place from 60.0 s ago, wait charged to sales
09:16:06.000    +66.0 s  offered to bob for federal after waiting 66.0 s, to ring in 2.0 s
09:16:10.000    +70.0 s  bob answers after waiting 70.0 s, outside the service level of sales
09:16:20.000    +80.0 s  on hold with bob
09:16:25.000    +85.0 s  back with bob after 5.0 s on hold
09:17:10.500   +130.5 s  ends after talking 60.5 s with bob, 5.0 s of it on hold; the caller hung up
`,
  )
  t.equal(await explain(linesWith({}), 'call-2'), undefined)
})

t.test(
  'the events that the engine publishes make a story, with the reasons of matches',
  async (t) => {
    const link = new FakeSwitch()
    const away = { status: { type: 'loggedOut' } } as const
    const settings = tenantSettings(
      {
        sales: {
          overflow: { maxWait: { type: 'queue', queueId: ids.queue('gold') } },
          maxWaitMs: 5_000,
        },
        gold: {},
      },
      { ann: { queues: ['gold'] }, bob: { queues: ['gold'] }, cid: away },
      { recordEvery: 1 },
    )
    const rig = new EngineRig(settings, link)
    await link.connect([])
    const from = { switchId: link.id, at: rig.clock.now() }
    const callId = ids.call('call-1')
    const channel = {
      ...{ tenant: 'acme', queue: undefined, dialledNumber: 'sales', callerNumber: '+4930123456' },
      ...{ callerName: 'Erika', enqueuedAt: undefined, priority: 7, wayOutTask: undefined },
      requires: [{ afterMs: 0, anyOf: [[]] }],
      ...{ preferredAgents: [ids.agent('bob')], preferredHold: 0 },
    }
    link.emit({ ...from, type: 'callParked', callId, channel })
    rig.clock.advance(5_000)
    const [offer] = link.takeCommands().filter(({ type }) => type === 'offer')
    const agentLegId = offer?.type === 'offer' ? offer.legs[0]?.legId : undefined
    rig.clock.advance(2_000)
    link.emit({ ...from, type: 'legsJoined', callId, agentLegId: agentLegId ?? ids.leg('none') })
    rig.clock.advance(60_000)
    link.emit({ ...from, type: 'legHungUp', legId: callId, ...hungUpBy('NORMAL_CLEARING') })
    const lines = rig.takePublished().map(({ event, key, sequence }) => {
      const origin = { source: '/switchyard/test', tenant: 'acme', key, sequence }
      return Buffer.from(encodeEvent(origin, event).data).toString()
    })
    t.equal(
      (await explain(lines))?.replaceAll(/^\S+ +(?=\+)/gm, ''),
      `Call call-1 of tenant acme, ${new Date(from.at).toISOString().slice(0, 10)}, times in UTC

+0.0 s  arrived for sales on fake
+0.0 s  waits in sales, priority 7, at position 1
                           It requires anyone.
                           It prefers bob.
+5.0 s  leaves sales for queue gold after waiting 5.0 s: it reached the maximum wait
+5.0 s  waits in gold, priority 7, at its place from 5.0 s ago, wait charged to sales
                           It requires anyone.
                           It prefers bob.
+5.0 s  offered to bob for gold after waiting 5.0 s
+5.0 s  matched with bob in 0 µs
                           The call looked for an agent.
                           Candidates: 2, longest idle first.
                           Chosen: bob (idle 5.0 s).
                           Runner-up: ann (idle 5.0 s).
                           Excluded (logged out): cid.
+7.0 s  bob answers after waiting 7.0 s, within the service level of sales
+67.0 s  ends after talking 60.0 s with bob, 0.0 s of it on hold; the switch hung up
`,
    )
  },
)

t.test('the story reports a match whose decision record is missing or unreadable', async (t) => {
  t.match(await explain(linesWith({})), 'No decision record: the settings record only a sample.')
  t.match(await explain(linesWith({ decision: 'yes' })), 'The decision record cannot be read.')
  t.match(await explain(linesWith({ decision: {} })), /Candidates: 0.*\n.*No runner-up\./)
})

t.test('every event of a call has a text, unknown ones too', async (t) => {
  const ends: readonly EngineEvent[] = [
    {
      type: 'call.abandoned',
      data: { ...queued(1), waitMs: 1_000, queueWaitMs: 1_000, wasRinging: true },
    },
    {
      type: 'call.requeued',
      data: { ...queued(1), waitMs: 1_000, queueWaitMs: 1_000, toQueue: 'gold' },
    },
    { type: 'call.transferred', data: { ...queued(2), talkMs: 0 } },
    { type: 'call.transferred', data: { ...queued(3), agent: 'ann', talkMs: 2_000 } },
    { type: 'call.rejected', data: { ...call(4), reason: 'noRoute' } },
    { type: 'call.lost', data: { ...call(5), reason: 'fault' } },
  ]
  const lines = encodeLines('acme', ends)
  const newer = JSON.stringify({
    ...(JSON.parse(lines[5] ?? '') as object),
    id: 'n',
    type: 'call.sang',
  })
  const text = (await explain([...lines, newer])) ?? ''
  t.strictSame(
    text
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => line.slice(25)),
    [
      'the caller hangs up after waiting 1.0 s, while a phone was ringing',
      'a command moves it from sales to gold',
      'transferred by the dialplan while it waited',
      'transferred away from ann after talking 2.0 s',
      'rejected and left to the dialplan: noRoute',
      'LOST: fault',
      'call.sang (unknown to this version)',
    ],
  )
})

t.test('each strategy names what it compared; a search by an agent names the next call', (t) => {
  const keyOf = (strategy: string) => {
    const key = strategy === 'leastOccupied' ? 0.375 : 2_000
    return decisionText({ strategy, candidates: [{ agentId: 'ann', key }] }, ['ann'], 'c')?.[2]
  }
  t.strictSame(
    [
      'ringAll',
      'leastTalkTime',
      'fewestCalls',
      'leastOccupied',
      'topDown',
      'bestSkill',
      'random',
    ].map(keyOf),
    [
      'Chosen: ann (idle 2.0 s).',
      'Chosen: ann (talked 2.0 s).',
      'Chosen: ann (2000 calls).',
      'Chosen: ann (occupancy 38 %).',
      'Chosen: ann (position 2000).',
      'Chosen: ann (skill levels 2000).',
      'Chosen: ann (key 2000).',
    ],
  )
  const calls = [
    { callId: 'c', queueId: 'sales', points: 3, waitMs: 5_000, score: 9 },
    { callId: 'd', queueId: 'gold', points: Number.MAX_SAFE_INTEGER, waitMs: 1_000 },
  ]
  const sought = { soughtBy: 'agent', strategy: 'whim', step: 2, calls }
  t.strictSame(decisionText(sought, ['ann'], 'c')?.slice(0, 4), [
    'The agent became free and took the first suitable call: this one, with 3 points after waiting 5.0 s, score 9.',
    'The next call would have been d of gold, with precedence by the fairness bound after waiting 1.0 s.',
    'Its requirement had been relaxed 2 times.',
    'Candidates: 0, strategy whim.',
  ])
  t.match(decisionText({ soughtBy: 'agent' }, [], 'c')?.[1], 'No other call was considered.')
  t.end()
})
