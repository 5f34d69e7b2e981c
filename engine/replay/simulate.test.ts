import t from 'tap'
import { assertEvent, type EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, CallId, QueueId } from '../catalogue/ids.ts'
import { plainMembership, plainTenant } from '../core/plain-settings.ts'
import type { AgentSettings, QueueSettings } from '../core/settings.ts'
import { agent, queue } from '../core/testing/test-tenant.ts'
import { simulate } from './simulate.ts'
import type { Caller, PhoneResponse, SimulatedTenant, World } from './world.ts'

const seconds = 1_000

function tenant(
  agents: readonly AgentSettings[],
  queues: readonly QueueSettings[] = [queue('sales')],
  overflow: SimulatedTenant['queues'] extends ReadonlyMap<QueueId, infer Q>
    ? Q extends { readonly overflow: infer O }
      ? O
      : never
    : never = {},
): SimulatedTenant {
  return {
    tenantId: 'acme',
    settings: { ...plainTenant, queues, agents },
    queues: new Map(
      queues.map(({ queueId }) => [
        queueId,
        { overflow, serviceLevelMs: 20 * seconds, actions: new Map() },
      ]),
    ),
  }
}

function caller(callId: string, at: number, over: Partial<Caller> = {}): Caller {
  return {
    callId: callId as CallId,
    queueId: 'sales' as QueueId,
    at,
    enqueuedAt: at,
    enteredAt: at,
    chargedTo: undefined,
    isAdopted: false,
    priority: 0,
    needs: {},
    moves: [],
    patienceMs: Number.POSITIVE_INFINITY,
    leaves: 'abandoned',
    talkMs: 60 * seconds,
    ...over,
  }
}

const answered = (afterMs: number): PhoneResponse => ({ outcome: 'answered', afterMs })

/** Plays a world, checks each event against its schema, and returns the events in short form. */
function play(world: Omit<World, 'publish' | 'startAt' | 'respond'> & Partial<World>): string[] {
  const published: string[] = []
  simulate({
    startAt: 0,
    respond: () => answered(2 * seconds),
    publish: (event) => {
      assertEvent(event)
      const line = brief(event)
      if (line !== undefined) {
        published.push(line)
      }
    },
    ...world,
  })
  return published
}

function brief({ type, data }: EngineEvent): string | undefined {
  const at = `${data.at / 1_000}`
  switch (type) {
    case 'call.queued':
      return `${at} ${data.callId} in ${data.queue}${charged(data)}`
    case 'call.offered':
      return `${at} ${data.callId} rings ${data.agent}${later(data)}`
    case 'call.offerEnded':
      return `${at} ${data.callId} ${data.agent} ${data.outcome}`
    case 'call.answered': {
      const within = data.isWithinThreshold ? 'in time' : 'late'
      return `${at} ${data.callId} with ${data.agent} after ${data.waitMs / 1_000} ${within}${charged(data)}`
    }
    case 'call.abandoned':
      return `${at} ${data.callId} gone after ${data.waitMs / 1_000}${data.wasRinging ? ' ringing' : ''}`
    case 'call.overflowed':
      return `${at} ${data.callId} ${data.reason} to ${data.to}`
    case 'call.requeued':
      return `${at} ${data.callId} sent to ${data.toQueue}`
    case 'call.actionDue':
      return `${at} ${data.callId} ${data.name} ${data.count} ${data.data['code']}`
    case 'call.transferred':
      return `${at} ${data.callId} taken away`
    case 'call.completed':
      return `${at} ${data.callId} ends after ${data.talkMs / 1_000}`
    case 'agent.stateChanged':
      return data.state === 'off' || data.previous === 'off'
        ? `${at} ${data.agent} ${data.status}`
        : undefined
    default:
      return undefined
  }
}

const charged = ({ queue: own, chargedTo }: { queue: string; chargedTo: string }) =>
  own === chargedTo ? '' : ` for ${chargedTo}`
const later = ({ startAfterMs }: { startAfterMs: number }) =>
  startAfterMs === 0 ? '' : ` in ${startAfterMs / 1_000}`

t.test('a call rings, is answered, ends, and its agent is free again after wrap-up', (t) => {
  const callers = [caller('a', 0), caller('b', 10 * seconds)]
  t.strictSame(play({ tenant: tenant([agent('ann')]), callers }), [
    '0 a in sales',
    '0 a rings ann',
    '2 a with ann after 2 in time',
    '10 b in sales',
    '62 a ends after 60',
    '72 b rings ann',
    '74 b with ann after 64 late',
    '134 b ends after 60',
  ])
  t.end()
})

t.test('a caller without patience leaves, even while a phone rings', (t) => {
  const callers = [
    caller('a', 0, { patienceMs: seconds }),
    caller('b', 5 * seconds),
    caller('c', 6 * seconds, { patienceMs: 4 * seconds }),
    caller('d', 6 * seconds, { patienceMs: 8 * seconds, leaves: 'transferred' }),
    caller('e', 7 * seconds, { enqueuedAt: 0, patienceMs: 9 * seconds }),
  ]
  t.strictSame(play({ tenant: tenant([agent('ann')]), callers, untilAt: 30 * seconds }), [
    '0 a in sales',
    '0 a rings ann',
    '1 a ann withdrawn',
    '1 a gone after 1 ringing',
    '5 b in sales',
    '5 b rings ann',
    '6 c in sales',
    '6 d in sales',
    '7 b with ann after 2 in time',
    '7 e in sales',
    '9 e gone after 9',
    '10 c gone after 4',
    '14 d taken away',
  ])
  t.end()
})

t.test(
  'a phone rings no longer than the queue allows, then the next one; misses lead to a break',
  (t) => {
    const published = play({
      tenant: tenant([agent('ann', { maxMisses: 1 }), agent('bob')]),
      callers: [caller('a', 0)],
      missedBreakMs: 40 * seconds,
      respond: (_, agentId) =>
        agentId === 'ann' ? answered(15 * seconds) : { outcome: 'busy', afterMs: seconds },
      untilAt: 60 * seconds,
    })
    t.strictSame(published, [
      '0 a in sales',
      '0 a rings ann',
      '15 a ann noAnswer',
      '15 a rings bob',
      '15 ann onBreak',
      '16 a bob busy',
      '46 a rings bob',
      '47 a bob busy',
      '55 ann available',
      '55 a rings ann',
    ])
    t.end()
  },
)

t.test('of phones that ring together, the first to answer gets the call', (t) => {
  const all = { ...queue('sales'), strategy: 'ringAll' as const }
  const responses: Readonly<Record<string, PhoneResponse>> = {
    ann: answered(5 * seconds),
    bob: { outcome: 'declined', afterMs: seconds },
    cid: answered(4 * seconds),
  }
  const published = play({
    tenant: tenant([agent('ann'), agent('bob'), agent('cid')], [all]),
    callers: [caller('a', 0)],
    respond: (_, agentId) => responses[agentId] ?? answered(0),
  })
  t.strictSame(published, [
    '0 a in sales',
    '0 a rings ann',
    '0 a rings bob',
    '0 a rings cid',
    '1 a bob declined',
    '4 a with cid after 4 in time',
    '4 a ann withdrawn',
    '64 a ends after 60',
  ])
  t.end()
})

t.test('a queue gives a call up to the target of its rule, and the call keeps its place', (t) => {
  const queues = [
    { ...queue('sales'), maxWaitMs: 10 * seconds },
    { ...queue('federal'), capacity: 1 },
  ]
  const toFederal = { type: 'queue', queueId: 'federal' as QueueId } as const
  const published = play({
    tenant: tenant([], queues, {
      maxWait: toFederal,
      full: { type: 'transfer', extension: '9000', dialplan: 'XML', context: 'default' },
    }),
    callers: [
      caller('a', 0),
      caller('b', seconds),
      caller('c', 2 * seconds, { patienceMs: 5 * seconds }),
    ],
    untilAt: 20 * seconds,
  })
  t.strictSame(published, [
    '0 a in sales',
    '1 b in sales',
    '2 c in sales',
    '7 c gone after 5',
    '10 a maxWait to queue federal',
    '10 a in federal for sales',
    '11 b maxWait to queue federal',
    '11 b in federal for sales',
    '11 b full to transfer 9000',
  ])
  t.end()
})

t.test(
  "the first queue's threshold judges the wait; no call goes in circles at one instant",
  (t) => {
    const to = (id: string) => ({ type: 'queue', queueId: id as QueueId }) as const
    const rules = (full: string, maxWait: string) => ({ full: to(full), maxWait: to(maxWait) })
    const published = play({
      tenant: {
        tenantId: 'acme',
        settings: {
          ...plainTenant,
          queues: [
            { ...queue('sales'), maxWaitMs: 10 * seconds },
            { ...queue('gold'), maxWaitMs: 10 * seconds },
            { ...queue('full'), capacity: 0 },
            { ...queue('brim'), capacity: 0 },
          ],
          agents: [agent('ann', { queues: [plainMembership('gold' as QueueId)] })],
        },
        queues: new Map(
          [
            { id: 'sales', overflow: rules('sales', 'gold'), serviceLevelMs: 11 * seconds },
            { id: 'gold', overflow: rules('sales', 'sales'), serviceLevelMs: 90 * seconds },
            { id: 'full', overflow: rules('brim', 'none'), serviceLevelMs: 0 },
            { id: 'brim', overflow: rules('full', 'none'), serviceLevelMs: 0 },
          ].map(({ id, ...rest }) => [id as QueueId, { ...rest, actions: new Map() }]),
        ),
      },
      callers: [
        caller('a', 0),
        caller('b', 1 * seconds),
        caller('c', 2 * seconds, { queueId: 'full' as QueueId }),
        caller('d', 3 * seconds, { queueId: 'full' as QueueId, isAdopted: true }),
        caller('e', 4 * seconds, {
          ...{ enqueuedAt: 0, enteredAt: 2 * seconds, chargedTo: 'full' as QueueId },
        }),
      ],
      untilAt: 25 * seconds,
    })
    t.strictSame(published, [
      '0 a in sales',
      '1 b in sales',
      '2 c in full',
      '2 c full to queue brim',
      '2 c in brim for full',
      '2 c full to hangup NORMAL_TEMPORARY_FAILURE',
      '3 d in full',
      '4 e in sales for full',
      '10 a maxWait to queue gold',
      '10 a in gold for sales',
      '10 a rings ann',
      '11 b maxWait to queue gold',
      '11 b in gold for sales',
      '12 e maxWait to queue gold',
      '12 e in gold for full',
      '12 a with ann after 12 late for sales',
      '21 b maxWait to queue sales',
      '21 b in sales',
      '22 e maxWait to queue sales',
      '22 e in sales for full',
    ])
    t.end()
  },
)

t.test(
  'a call brings its needs, a command moves it to another queue, and actions fall due',
  (t) => {
    const sales = {
      ...queue('sales'),
      actions: [{ name: 'sorry', afterMs: 4 * seconds, everyMs: 10 * seconds }],
    }
    const gold = {
      ...queue('gold'),
      strategy: 'ringProgressively' as const,
      ringStepMs: 3 * seconds,
    }
    const skills = { english: 3 }
    const onlyIn = (id: string) => ({ queues: [plainMembership(id as QueueId)] })
    const requires = [
      { afterMs: 0, anyOf: [{ english: 5 }] },
      { afterMs: 7 * seconds, anyOf: [{ english: 3 }] },
    ]
    const published = play({
      tenant: {
        ...tenant(
          [
            agent('ann', onlyIn('sales')),
            agent('bob', { ...onlyIn('sales'), skills }),
            agent('cid', { ...onlyIn('gold'), skills }),
            agent('dan', { ...onlyIn('gold'), skills }),
          ],
          [sales, gold],
        ),
        queues: new Map(
          ['sales', 'gold'].map((id) => [
            id as QueueId,
            {
              overflow: {},
              serviceLevelMs: 0,
              actions: new Map([['sorry', { code: 'SORRY10' }]]),
            },
          ]),
        ),
      },
      callers: [
        caller('a', 0, {
          needs: { requires },
          moves: [
            { at: 20 * seconds, queueId: 'none' as QueueId },
            { at: 30 * seconds, queueId: 'gold' as QueueId },
            { at: 50 * seconds, queueId: 'sales' as QueueId },
          ],
        }),
        caller('b', seconds, { needs: { preferred: { agents: ['bob'], isWhileStaffed: true } } }),
      ],
      respond: (_, agentId) => answered(agentId === 'cid' ? 5 * seconds : seconds),
      untilAt: 60 * seconds,
    })
    t.strictSame(published, [
      '0 a in sales',
      '1 b in sales',
      '1 b rings bob',
      '2 b with bob after 1 late',
      '4 a sorry 1 SORRY10',
      '14 a sorry 2 SORRY10',
      '24 a sorry 3 SORRY10',
      '30 a sent to gold',
      '30 a in gold',
      '30 a rings cid',
      '30 a rings dan in 3',
      '34 a with dan after 34 late',
      '34 a cid withdrawn',
    ])
    t.end()
  },
)

t.test('agents change status as recorded; one who logs out is no longer rung', (t) => {
  const change = (at: number, agentId: string, type: 'available' | 'loggedOut') => ({
    at: at * seconds,
    agentId: agentId as AgentId,
    status: { type },
  })
  const published = play({
    tenant: tenant([agent('ann', { status: { type: 'loggedOut' } })]),
    callers: [caller('a', 0)],
    statuses: [
      change(5, 'ann', 'available'),
      change(6, 'ann', 'loggedOut'),
      change(9, 'ann', 'available'),
      change(12, 'ann', 'loggedOut'),
    ],
  })
  t.strictSame(published, [
    '0 a in sales',
    '5 ann available',
    '5 a rings ann',
    '6 a ann withdrawn',
    '6 ann loggedOut',
    '9 ann available',
    '9 a rings ann',
    '11 a with ann after 11 in time',
    '71 a ends after 60',
    '81 ann loggedOut',
  ])
  t.end()
})

t.test('each waiting call is inspected on arrival and at intervals', (t) => {
  const looks: string[] = []
  play({
    tenant: tenant([]),
    callers: [caller('a', 0, { patienceMs: 25 * seconds }), caller('b', 5 * seconds)],
    untilAt: 30 * seconds,
    look: {
      everyMs: 10 * seconds,
      at: (callId, acd, now) => {
        looks.push(`${now / seconds} ${callId} ${acd.outlook(callId)?.position}`)
      },
    },
  })
  t.strictSame(looks, ['0 a 1', '5 b 2', '10 a 1', '15 b 2', '20 a 1', '25 b 1'])
  t.end()
})
