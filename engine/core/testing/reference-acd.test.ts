import t from 'tap'
import type { AgentId, CallId, DurationMs, QueueId, SkillId } from '../../catalogue/ids.ts'
import type { AcdEvent } from '../event.ts'
import { plainMembership, plainTenant } from '../plain-settings.ts'
import type { AcdSettings, AgentSettings, Membership, QueueSettings } from '../settings.ts'
import { ReferenceAcd } from './reference-acd.ts'
import { agent, atLunch, available, brief, queue, startAt } from './test-tenant.ts'

/** The reference, with short methods for its events, at milliseconds since the start. */
function start(
  agents: readonly AgentSettings[],
  queues: readonly QueueSettings[],
  over: Partial<AcdSettings> = {},
) {
  const acd = new ReferenceAcd({ ...plainTenant, queues, agents, ...over }, startAt)
  const tell = (event: AcdEvent, at: DurationMs) => acd.handle(event, startAt + at).map(brief)
  type Queued = Extract<AcdEvent, { type: 'callQueued' }>
  return {
    tell,
    call: (callId: string, at: DurationMs, said: Partial<Queued> = {}) =>
      tell(
        {
          type: 'callQueued',
          callId: callId as CallId,
          queueId: sales,
          enqueuedAt: startAt + at,
          priority: 0,
          ...said,
        },
        at,
      ),
    fail: (callId: string, agentId: string, at: DurationMs) =>
      tell({ ...pair(callId, agentId), type: 'offerFailed', outcome: 'declined' }, at),
    accept: (callId: string, agentId: string, at: DurationMs) =>
      tell({ ...pair(callId, agentId), type: 'offerAccepted' }, at),
    end: (agentId: string, at: DurationMs) =>
      tell({ type: 'talkEnded', agentId: agentId as AgentId }, at),
    leave: (callId: string, at: DurationMs) =>
      tell({ type: 'callLeft', callId: callId as CallId }, at),
    choose: (agentId: string, status: AgentSettings['status'], at: DurationMs) =>
      tell({ type: 'statusChosen', agentId: agentId as AgentId, status }, at),
    pass: (at: DurationMs) => tell({ type: 'timePassed' }, at),
    wakeAt: () => (acd.nextWakeAt() ?? Number.NaN) - startAt,
    position: (callId: string) => acd.position(callId as CallId),
  }
}

const sales = 'sales' as QueueId
const gold = 'gold' as QueueId
const french = 'french' as SkillId
const never = plainTenant.fairAfterMs

function pair(callId: string, agentId: string) {
  return { callId: callId as CallId, agentId: agentId as AgentId }
}

/** A membership in `sales`. */
function place(agentId: string, over: Partial<Membership>, rest: Partial<AgentSettings> = {}) {
  const { queues, skills, ...plain } = rest
  return {
    ...agent(agentId, plain),
    queues: queues ?? [{ ...plainMembership(sales), ...over }],
    skills: skills ?? new Map(),
  }
}

/** Whom each of several calls that come together is offered to. */
function order(agents: readonly AgentSettings[], over: Partial<QueueSettings>) {
  const acd = start(agents, [queue('sales', over)])
  return agents.map((_, index) => acd.call(`c${index}`, 0)[0]?.split(' to ')[1])
}

t.test('strategies that compare settings only', async (t) => {
  const agents = [
    place('cid', { position: 1 }),
    place('ann', { position: 2 }),
    place('bob', { position: 1 }),
  ]
  t.strictSame(order(agents, { strategy: 'longestIdle' }), ['ann', 'bob', 'cid'])
  t.strictSame(order(agents, { strategy: 'topDown' }), ['bob', 'cid', 'ann'])
  t.strictSame(order(agents, { strategy: 'agentOrder' }), ['cid', 'ann', 'bob'])
  t.strictSame(order(agents, { strategy: 'ringAll', ringAtMost: 2 }).slice(0, 2), [
    'ann bob',
    'cid',
  ])
})

t.test('strategies that compare what agents did', async (t) => {
  // Ann had one long call, bob two short ones, and bob's was the last.
  const offered = (strategy: QueueSettings['strategy']) => {
    const acd = start([agent('ann'), agent('bob')], [queue('sales', { strategy, wrapUpMs: 0 })])
    acd.call('c1', 0)
    acd.accept('c1', 'ann', 0)
    acd.call('c2', 1_000)
    acd.accept('c2', 'bob', 1_000)
    acd.end('bob', 2_000)
    acd.call('c3', 3_000)
    acd.accept('c3', 'bob', 3_000)
    acd.end('ann', 3_500)
    acd.end('bob', 4_000)
    return acd.call('c4', 60_000)[0]
  }
  t.equal(offered('longestIdle'), 'offer c4 to ann')
  t.equal(offered('leastTalkTime'), 'offer c4 to bob')
  t.equal(offered('fewestCalls'), 'offer c4 to ann')
  t.equal(offered('leastOccupied'), 'offer c4 to bob')
  t.equal(offered('roundRobin'), 'offer c4 to ann')
})

t.test(
  'the best in the skills of the first step is chosen, also after it has relaxed',
  async (t) => {
    const agents = [
      place('ann', {}, { skills: new Map([[french, 2]]) }),
      place('bob', {}, { skills: new Map([[french, 4]]) }),
    ]
    const requires = [
      { afterMs: 0, anyOf: [[{ skill: french, minLevel: 5 }]] },
      { afterMs: 1_000, anyOf: [[]] },
    ]
    const acd = start(agents, [queue('sales', { strategy: 'bestSkill', requires })])
    t.strictSame(acd.call('c1', 0), [])
    t.equal(acd.wakeAt(), 1_000)
    t.strictSame(acd.pass(999), [])
    t.strictSame(acd.pass(1_000), ['offer c1 to bob', 'bob idle>ringing c1'])
  },
)

t.test('levels open with time, or at once if nobody is staffed before them', async (t) => {
  const agents = [place('ann', { level: 1 }), place('cid', { level: 3 })]
  const acd = start(agents, [
    queue('sales', { tiers: { openAfterMs: 2_000, skipUnstaffed: true } }),
  ])
  t.strictSame(acd.call('c1', 0), ['offer c1 to ann', 'ann idle>ringing c1'])
  t.strictSame(acd.call('c2', 0), [])
  t.strictSame(acd.pass(3_999), [])
  t.strictSame(acd.pass(4_000), ['offer c2 to cid', 'cid idle>ringing c2'])
  acd.accept('c2', 'cid', 4_000)
  acd.end('cid', 4_000)
  acd.pass(14_000)
  t.strictSame(acd.call('c3', 14_000), [])
  t.strictSame(acd.choose('ann', atLunch, 14_000), [
    'ann ringing>ringing (lunch) c1',
    'withdraw c1 from ann: agentUnavailable',
    'offer c1 to cid',
    'cid idle>ringing c1',
    'ann ringing>off (lunch)',
  ])
})

t.test(
  'points grow by steps and by the minute, and the bound of fairness comes first',
  async (t) => {
    const queues = [
      queue('sales', { ageing: { perMinute: 60, steps: [{ afterMs: 3_000, points: 4 }] } }),
      queue('gold', { priority: 5 }),
    ]
    const ann = agent('ann', { queues: ['sales', 'gold'], status: atLunch })
    const first = (goldAt: DurationMs, at: DurationMs) => {
      const acd = start([ann], queues, { fairAfterMs: 8_000 })
      acd.call('c1', 0)
      acd.call('g1', goldAt, { queueId: gold })
      return acd.choose('ann', available, at)[1]
    }
    t.equal(first(500, 999), 'offer g1 to ann')
    t.equal(first(500, 2_999), 'offer g1 to ann')
    t.equal(first(500, 3_000), 'offer c1 to ann', '0 + 3 + 4 points')
    const acd = start([ann], [queue('sales'), queue('gold', { priority: 50 })], {
      fairAfterMs: 8_000,
    })
    acd.call('c1', 0)
    acd.call('g1', 1, { queueId: gold })
    t.equal(acd.choose('ann', available, 8_000)[1], 'offer c1 to ann')
  },
)

t.test('equal points are settled by the agent’s preference of queues', async (t) => {
  const ann = place(
    'ann',
    {},
    {
      status: atLunch,
      queues: [
        { ...plainMembership(sales), preference: 2 },
        { ...plainMembership(gold), preference: 1 },
      ],
    },
  )
  const acd = start([ann], [queue('sales'), queue('gold')])
  acd.call('c1', 0)
  acd.call('g1', 10, { queueId: gold })
  t.equal(acd.choose('ann', available, 20)[1], 'offer g1 to ann')
})

t.test(
  'a call is held for those it prefers, for a time or as long as one is staffed',
  async (t) => {
    const agents = [agent('ann'), agent('bob')]
    const prefersBob = (hold: DurationMs | 'whileStaffed') => ({
      preferred: { agentIds: ['bob' as AgentId], hold },
    })
    const acd = start(agents, [queue('sales')])
    t.equal(acd.call('c1', 0, prefersBob(0))[0], 'offer c1 to bob')
    t.equal(acd.call('c2', 0, prefersBob(0))[0], 'offer c2 to ann')
    acd.fail('c2', 'ann', 0)
    acd.leave('c2', 0)
    t.strictSame(acd.call('c3', 1, prefersBob(2_000)), [])
    t.strictSame(acd.pass(2_001), ['offer c3 to ann', 'ann idle>ringing c3'])
    acd.leave('c3', 2_001)
    t.strictSame(acd.call('c4', 2_001, prefersBob('whileStaffed')), [])
    t.strictSame(acd.choose('bob', atLunch, 2_500), [
      'bob ringing>ringing (lunch) c1',
      'withdraw c1 from bob: agentUnavailable',
      'offer c1 to ann',
      'ann idle>ringing c1',
      'bob ringing>off (lunch)',
    ])
    t.strictSame(acd.leave('c1', 2_600), [
      'withdraw c1 from ann: callLeft',
      'ann ringing>idle',
      'offer c4 to ann',
      'ann idle>ringing c4',
    ])
  },
)

t.test(
  'several phones ring one after the other, and the first to answer has the call',
  async (t) => {
    const agents = ['ann', 'bob', 'cid'].map((agentId, position) => place(agentId, { position }))
    const acd = start(agents, [
      queue('sales', { strategy: 'ringProgressively', ringStepMs: 1_000, ringAtMost: 2 }),
    ])
    t.strictSame(acd.call('c1', 0), [
      'offer c1 to ann bob',
      'ann idle>ringing c1',
      'bob idle>reserved c1',
    ])
    t.strictSame(acd.pass(1_000), ['bob reserved>ringing c1'])
    t.strictSame(acd.accept('c1', 'bob', 1_500), [
      'bob ringing>talking c1',
      'withdraw c1 from ann: lostRace',
      'ann ringing>idle',
    ])
    acd.call('c2', 2_000)
    t.equal(acd.wakeAt(), 3_000)
    t.strictSame(acd.fail('c2', 'ann', 2_500), ['ann ringing>idle'])
    // The lease: 15 s of ringing, one step, 5 s of margin.
    t.strictSame(acd.pass(22_999).slice(1), [])
    t.strictSame(acd.pass(23_000).slice(0, 1), ['withdraw c2 from cid: expired'])
  },
)

t.test('a queue refuses calls that may not join, but not those that come back', async (t) => {
  const acd = start(
    [agent('ann', { status: atLunch })],
    [queue('sales', { capacity: 1 }), queue('gold', { joinUnstaffed: false, maxUnstaffedMs: 0 })],
  )
  acd.call('c1', 0)
  t.strictSame(acd.call('c2', 0), ['overflow c2 from sales: full'])
  t.strictSame(acd.call('c3', 0, { isReturning: true }), [])
  t.strictSame(acd.call('g1', 0, { queueId: gold }), ['overflow g1 from gold: joinUnstaffed'])
  t.strictSame(acd.call('g2', 0, { queueId: gold, isReturning: true }), [
    'overflow g2 from gold: unstaffed',
  ])
})

t.test(
  'a queue without staffed agents gives its calls up after a time, unless somebody comes',
  async (t) => {
    const acd = start([agent('ann'), agent('bob')], [queue('sales', { maxUnstaffedMs: 2_000 })])
    acd.call('c1', 0)
    acd.accept('c1', 'ann', 0)
    acd.call('c2', 0)
    acd.accept('c2', 'bob', 0)
    acd.call('c3', 0)
    t.strictSame(acd.choose('ann', atLunch, 100), ['ann talking>talking (lunch) c1'])
    t.equal(acd.wakeAt(), never)
    acd.choose('bob', atLunch, 200)
    t.equal(acd.wakeAt(), 2_200)
    acd.choose('bob', available, 1_000)
    t.equal(acd.wakeAt(), never)
    acd.choose('bob', atLunch, 1_500)
    t.strictSame(acd.pass(3_500), ['overflow c3 from sales: unstaffed'])
  },
)

t.test(
  'actions are due again and again, except those that were due before the call came',
  async (t) => {
    const actions = [
      { name: 'sorry', afterMs: 1_000, everyMs: 1_000 },
      { name: 'gift', afterMs: 3_000, everyMs: undefined },
    ]
    const acd = start([], [queue('sales', { actions })])
    t.strictSame(acd.call('c1', 0, { enteredAt: startAt - 1_000 }), [])
    t.equal(acd.wakeAt(), 1_000)
    t.strictSame(acd.pass(2_500), [
      'action sorry 2 for c1',
      'action sorry 3 for c1',
      'action gift 1 for c1',
    ])
    t.equal(acd.wakeAt(), 3_000)
  },
)

t.test('an agent above the limit of occupancy rests until it has fallen to it', async (t) => {
  const ann = agent('ann', { maxOccupancy: 0.5, wrapUpMs: 0 })
  const acd = start([ann], [queue('sales')], { occupancyWindowMs: 10_000 })
  acd.call('c1', 0)
  acd.accept('c1', 'ann', 0)
  t.strictSame(acd.end('ann', 10_000), ['ann talking>idle'])
  // 1 - 1/e falls to a half in ln(2 (1 - 1/e)) windows: 2,345 ms.
  t.equal(acd.wakeAt(), 12_345)
})

t.test(
  'wrap-up is the membership’s, the agent’s or the queue’s, and can be prolonged',
  async (t) => {
    const wrapUp = (over: Partial<Membership>, rest: Partial<AgentSettings>) => {
      const acd = start([place('ann', over, rest)], [queue('sales', { wrapUpMs: 9_000 })])
      acd.call('c1', 0)
      acd.accept('c1', 'ann', 0)
      acd.end('ann', 0)
      return acd
    }
    t.equal(wrapUp({ wrapUpMs: 3_000 }, { wrapUpMs: 6_000 }).wakeAt(), 3_000)
    t.equal(wrapUp({}, { wrapUpMs: 6_000 }).wakeAt(), 6_000)
    const acd = wrapUp({}, {})
    t.equal(acd.wakeAt(), 9_000)
    acd.tell({ type: 'wrapUpProlonged', agentId: 'ann' as AgentId, byMs: 1_000 }, 100)
    t.equal(acd.wakeAt(), 10_000)
    acd.tell({ type: 'wrapUpProlonged', agentId: 'ann' as AgentId, byMs: -60_000 }, 200)
    t.equal(acd.wakeAt(), 200)
  },
)

t.test('a scorer orders the first agents of a level, and counts as 0 when it fails', async (t) => {
  const scorer = {
    name: 'skilled',
    candidates: 2,
    scoreAgent: ({ agentId }: { agentId: string }) => {
      if (agentId === 'ann') {
        throw new Error('no idea')
      }
      return agentId === 'bob' ? 1 : 9
    },
  }
  const agents = ['ann', 'bob', 'cid'].map((agentId) => place(agentId, {}))
  const acd = start(agents, [queue('sales', { scorer })])
  t.strictSame(acd.call('c1', 0), [
    'scorer skilled failed in sales: no idea',
    'offer c1 to bob',
    'bob idle>ringing c1',
  ])
})

t.test('new settings hold at once for calls and agents that stay', async (t) => {
  const acd = start([agent('ann'), agent('bob')], [queue('sales'), queue('gold')])
  acd.call('c1', 0)
  acd.call('g1', 0, { queueId: gold })
  const settings = {
    ...plainTenant,
    queues: [queue('sales')],
    agents: [agent('bob'), agent('cid'), agent('dan', { status: atLunch })],
  }
  t.strictSame(acd.tell({ type: 'settingsChanged', settings }, 10), [
    'withdraw c1 from ann: agentUnavailable',
    'ann ringing>off',
    'cid off>idle',
    'overflow g1 from gold: removed',
    'offer c1 to bob',
    'bob idle>ringing c1',
  ])
})

t.test(
  'a position counts the calls served before: overdue, then by points, then by place',
  async (t) => {
    const acd = start([], [queue('sales')], { fairAfterMs: 5_000 })
    acd.call('c1', 0)
    acd.call('c2', 1_000, { priority: 2 })
    acd.call('c3', 2_000)
    const positions = () => ['c1', 'c2', 'c3'].map((callId) => acd.position(callId))
    t.strictSame(positions(), [2, 1, 3])
    acd.pass(5_000)
    t.strictSame(positions(), [1, 2, 3])
  },
)
