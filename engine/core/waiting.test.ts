import t from 'tap'
import type { AgentId } from '../catalogue/ids.ts'
import type { Preferred } from '../catalogue/needs.ts'
import { agent, atLunch, available, needs, queue, startAcd, step } from './testing/test-tenant.ts'

const prefer = (hold: Preferred['hold'], ...agentIds: string[]) => ({
  preferred: { agentIds: agentIds as AgentId[], hold },
})

t.test('a requirement relaxes at the very millisecond, step by step', async (t) => {
  const rig = startAcd(
    [agent('ann', { skills: { english: 3 } }), agent('bob')],
    [
      queue('sales', {
        requires: [step(0, { english: 5 }), step(30_000, { english: 3 }), step(60_000, {})],
      }),
    ],
  )
  rig.queueCall('c1', 0)
  rig.queueCall('c2', 0)
  t.equal(rig.wakeAt(), 30_000)
  t.strictSame(rig.pass(29_999), [])
  t.strictSame(rig.pass(30_000), ['offer c1 to ann', 'ann idle>ringing c1'])
  t.strictSame(rig.pass(49_999), [])
  t.same(rig.accept('c1', 'ann', 49_999), ['ann ringing>talking c1'])
  t.strictSame(rig.pass(60_000), ['offer c2 to bob', 'bob idle>ringing c2'])
})

t.test('a step that passes while the phone rings counts when the offer fails', async (t) => {
  const rig = startAcd(
    [agent('ann', { skills: { english: 5 } }), agent('bob')],
    [queue('sales', { requires: [step(0, { english: 5 }), step(5_000, {})] })],
  )
  rig.queueCall('c1', 0)
  t.strictSame(rig.pass(5_000), [])
  t.equal(rig.fail('c1', 'ann', 'noAnswer', 9_000)[0], 'offer c1 to bob')
})

t.test('points: linear ageing lets a call overtake at the very millisecond', async (t) => {
  const sales = queue('sales', { priority: 1 })
  const help = queue('help', { ageing: { perMinute: 2, steps: [] } })
  const agents = [agent('ann', { queues: ['sales', 'help'], status: atLunch })]
  const winner = (at: number) => {
    const rig = startAcd(agents, [sales, help])
    rig.queueCall('old', 0, { queueId: 'help' })
    rig.queueCall('new', 10_000)
    return rig.choose('ann', available, at)[1]
  }
  t.equal(winner(29_999), 'offer new to ann')
  t.equal(winner(30_000), 'offer old to ann', 'equal points: by place')
})

t.test('points: a step of ageing lifts a call over others of its queue', async (t) => {
  const rig = startAcd(
    [agent('ann', { status: atLunch })],
    [queue('sales', { ageing: { perMinute: 0, steps: [{ afterMs: 20_000, points: 3 }] } })],
  )
  rig.queueCall('c1', 0)
  rig.queueCall('vip', 5_000, { priority: 2 })
  t.equal(rig.choose('ann', available, 19_999)[1], 'offer vip to ann')
  rig.choose('ann', atLunch, 19_999)
  t.equal(rig.choose('ann', available, 20_000)[1], 'offer c1 to ann')
})

t.test('a call that has waited to the bound of fairness is not overtaken any more', async (t) => {
  const rig = startAcd(
    [agent('ann', { queues: ['sales', 'help'], status: atLunch })],
    [queue('sales', { priority: -100 }), queue('help', { priority: 100 })],
    { fairAfterMs: 60_000 },
  )
  rig.queueCall('low', 0)
  rig.queueCall('late', 500)
  rig.queueCall('high', 1_000, { queueId: 'help' })
  t.equal(rig.choose('ann', available, 59_999)[1], 'offer high to ann')
  rig.choose('ann', atLunch, 59_999)
  t.equal(rig.choose('ann', available, 60_000)[1], 'offer low to ann')
  t.equal(rig.choose('ann', atLunch, 60_001)[1], 'withdraw low from ann: agentUnavailable')
  rig.leave('low', 60_002)
  t.equal(rig.choose('ann', available, 60_003)[1], 'offer high to ann', 'late is not there yet')
})

t.test('of queues with equal points an agent serves the preferred one first', async (t) => {
  const rig = startAcd(
    [
      agent('ann', {
        queues: [
          { queueId: 'sales', preference: 2 },
          { queueId: 'help', preference: 1 },
        ],
        status: atLunch,
      }),
    ],
    [queue('sales'), queue('help')],
  )
  rig.queueCall('c1', 0)
  rig.queueCall('c2', 1, { queueId: 'help' })
  rig.queueCall('c3', 2, { priority: 1 })
  t.equal(rig.choose('ann', available, 3)[1], 'offer c3 to ann')
  t.equal(rig.leave('c3', 4).at(-2), 'offer c2 to ann')
})

t.test('tiers open one after the other', async (t) => {
  const tier = (level: number) => ({ queues: [{ queueId: 'sales', level }] })
  const rig = startAcd(
    [agent('ann', { ...tier(1) }), agent('bob', tier(2)), agent('cid', tier(3))],
    [queue('sales', { tiers: { openAfterMs: 20_000, skipUnstaffed: false } })],
  )
  for (const callId of ['c1', 'c2', 'c3']) {
    rig.queueCall(callId, 0)
  }
  t.equal(rig.state('bob'), 'idle')
  t.strictSame(rig.pass(20_000), [
    'withdraw c1 from ann: expired',
    'offer c1 to bob',
    'bob idle>ringing c1',
    'ann ringing>idle',
    'offer c2 to ann',
    'ann idle>ringing c2',
  ])
  rig.accept('c1', 'bob', 20_001)
  rig.accept('c2', 'ann', 20_002)
  t.strictSame(rig.pass(39_999), [])
  t.equal(rig.pass(40_000)[0], 'offer c3 to cid')
})

t.test('a tier opens at once while nobody is staffed before it, and closes again', async (t) => {
  const tier = (level: number) => ({ queues: [{ queueId: 'sales', level }] })
  const rig = startAcd(
    [agent('ann', tier(1)), agent('bob', tier(2)), agent('cid', tier(2))],
    [queue('sales', { tiers: { openAfterMs: 60_000, skipUnstaffed: true } })],
  )
  rig.queueCall('c1', 0)
  rig.queueCall('c2', 1)
  t.equal(rig.state('bob'), 'idle')
  t.strictSame(rig.choose('ann', atLunch, 2), [
    'ann ringing>ringing (lunch) c1',
    'withdraw c1 from ann: agentUnavailable',
    'offer c1 to bob',
    'bob idle>ringing c1',
    'ann ringing>off (lunch)',
    'offer c2 to cid',
    'cid idle>ringing c2',
  ])
  rig.leave('c2', 3)
  t.strictSame(rig.choose('ann', available, 4), ['ann off>idle'])
  t.equal(rig.queueCall('c3', 5)[0], 'offer c3 to ann')
  t.strictSame(rig.queueCall('c4', 6), [])
})

t.test('while it is held, a call waits for the agents it prefers alone', async (t) => {
  const rig = startAcd([agent('ann'), agent('bob', { status: atLunch })])
  t.strictSame(rig.queueCall('c1', 0, prefer(20_000, 'bob')), [])
  t.strictSame(rig.pass(19_999), [])
  t.equal(rig.pass(20_000)[0], 'offer c1 to ann')
})

t.test(
  'preferred agents are chosen whatever their skills and level, in the call’s order',
  async (t) => {
    const rig = startAcd(
      [
        agent('ann', { skills: { french: 5 } }),
        agent('bob', { queues: [{ queueId: 'sales', level: 9 }] }),
        agent('cid'),
        agent('dan', { queues: ['help'] }),
      ],
      [
        queue('sales', {
          requires: needs({ french: 5 }),
          tiers: { openAfterMs: 1_000, skipUnstaffed: false },
        }),
        queue('help'),
      ],
    )
    t.equal(rig.queueCall('c1', 0, prefer(0, 'dan', 'bob', 'cid'))[0], 'offer c1 to bob')
    t.equal(rig.queueCall('c2', 1, prefer(0, 'dan', 'bob', 'cid'))[0], 'offer c2 to cid')
    t.equal(rig.queueCall('c3', 2, prefer(0, 'cid'))[0], 'offer c3 to ann', 'not held for cid')
  },
)

t.test('an agent first serves the calls held for them', async (t) => {
  const rig = startAcd([agent('ann', { status: atLunch }), agent('bob')])
  rig.queueCall('c0', 0)
  rig.queueCall('c1', 1, { priority: 9 })
  rig.queueCall('own', 2, prefer('whileStaffed', 'ann'))
  t.equal(rig.state('bob'), 'ringing')
  t.strictSame(rig.choose('ann', available, 3), [
    'ann off>idle',
    'offer own to ann',
    'ann idle>ringing own',
  ])
  rig.queueCall('own2', 4, prefer(0, 'ann'))
  t.equal(rig.leave('own', 5).at(-2), 'offer c1 to ann', 'own2 is not held')
})

t.test('a call held while its agent is staffed is open to all when they leave', async (t) => {
  const rig = startAcd([agent('ann'), agent('bob'), agent('cid', { status: atLunch })])
  rig.queueCall('c0', 0)
  t.strictSame(rig.queueCall('own', 1, prefer('whileStaffed', 'ann')), [])
  t.equal(rig.state('bob'), 'idle')
  t.strictSame(rig.choose('ann', { type: 'loggedOut' }, 2), [
    'ann ringing>ringing c0',
    'withdraw c0 from ann: agentUnavailable',
    'offer c0 to bob',
    'bob idle>ringing c0',
    'ann ringing>off',
  ])
  t.equal(rig.choose('cid', available, 3)[1], 'offer own to cid')
})

t.test('a full queue refuses a new call, but not one that comes back', async (t) => {
  const rig = startAcd([], [queue('sales', { capacity: 1 })])
  rig.queueCall('c1', 0)
  t.strictSame(rig.queueCall('c2', 1), ['overflow c2 from sales: full'])
  t.strictSame(rig.queueCall('c3', 2, { isReturning: true }), [])
  rig.leave('c1', 3)
  rig.leave('c3', 4)
  t.strictSame(rig.queueCall('c2', 5), [])
})

t.test('a queue may refuse callers while nobody is staffed', async (t) => {
  const rig = startAcd(
    [agent('ann', { status: atLunch })],
    [queue('sales', { joinUnstaffed: false })],
  )
  t.strictSame(rig.queueCall('c1', 0), ['overflow c1 from sales: joinUnstaffed'])
  rig.choose('ann', available, 1)
  t.equal(rig.queueCall('c2', 2)[0], 'offer c2 to ann')
  t.strictSame(rig.queueCall('c3', 3), [], 'she is staffed, whatever she is doing')
})

t.test('callers overflow when nobody has been staffed for too long', async (t) => {
  const rig = startAcd([agent('ann')], [queue('sales', { maxUnstaffedMs: 5_000 })])
  rig.queueCall('c0', 0)
  rig.accept('c0', 'ann', 1)
  rig.queueCall('c1', 2)
  rig.choose('ann', { type: 'loggedOut' }, 1_000)
  t.equal(rig.wakeAt(), 6_000)
  rig.choose('ann', available, 5_999)
  t.strictSame(rig.pass(6_000), [])
  rig.choose('ann', { type: 'loggedOut' }, 7_000)
  t.strictSame(rig.pass(12_000), ['overflow c1 from sales: unstaffed'])
})

t.test('callers may overflow with the last agent', async (t) => {
  const rig = startAcd([agent('ann'), agent('bob')], [queue('sales', { maxUnstaffedMs: 0 })])
  for (const callId of ['c0', 'c1', 'c2']) {
    rig.queueCall(callId, 0)
  }
  rig.accept('c0', 'ann', 1)
  rig.accept('c1', 'bob', 1)
  t.strictSame(rig.choose('ann', atLunch, 2), ['ann talking>talking (lunch) c0'])
  t.strictSame(rig.choose('bob', atLunch, 3), [
    'bob talking>talking (lunch) c1',
    'overflow c2 from sales: unstaffed',
  ])
})

t.test('actions are due at their instants, and again and again if they repeat', async (t) => {
  const rig = startAcd(
    [],
    [
      queue('sales', {
        actions: [
          { name: 'discount', afterMs: 60_000, everyMs: undefined },
          { name: 'sorry', afterMs: 30_000, everyMs: 30_000 },
        ],
      }),
    ],
  )
  rig.queueCall('c1', 0)
  t.strictSame(rig.pass(29_999), [])
  t.strictSame(rig.pass(30_000), ['action sorry 1 for c1'])
  t.strictSame(rig.pass(60_000), ['action discount 1 for c1', 'action sorry 2 for c1'])
  t.strictSame(rig.pass(121_000), ['action sorry 3 for c1', 'action sorry 4 for c1'])
  rig.queueCall('c2', 130_000, { enqueuedAt: 85_000 })
  t.strictSame(rig.pass(145_000), ['action discount 1 for c2', 'action sorry 2 for c2'])
})

t.test('what is learnt of a waiting call counts at once', async (t) => {
  const rig = startAcd(
    [agent('ann', { skills: { french: 3 } }), agent('bob', { status: atLunch })],
    [queue('sales', { requires: needs({ french: 5 }) })],
  )
  rig.queueCall('c1', 0)
  rig.queueCall('c2', 1)
  t.equal(rig.changeCall('c2', { requires: needs({ french: 3 }) }, 2)[0], 'offer c2 to ann')
  t.strictSame(rig.changeCall('c1', { requires: [], priority: 5 }, 3), [])
  t.strictSame(rig.changeCall('gone', { priority: 5 }, 3), [])
  rig.queueCall('c3', 4, { requires: [], priority: 4 })
  t.equal(rig.choose('bob', available, 5)[1], 'offer c1 to bob')
  rig.changeCall('c3', prefer('whileStaffed', 'bob'), 6)
  rig.fail('c2', 'ann', 'noAnswer', 7)
  t.equal(rig.leave('c1', 8).at(-2), 'offer c3 to bob', 'held for bob although ann is idle')
})

t.test('skills that are set count at once', async (t) => {
  const rig = startAcd([agent('ann')], [queue('sales', { requires: needs({ french: 2 }) })])
  rig.queueCall('c1', 0)
  t.strictSame(rig.setSkills('ann', { french: 1 }, 1), [])
  t.strictSame(rig.setSkills('ann', { french: 2 }, 2), ['offer c1 to ann', 'ann idle>ringing c1'])
})

t.test('changed settings: calls of a removed queue are given up, the others stay', async (t) => {
  const agents = [agent('ann', { queues: ['sales', 'help'] }), agent('bob')]
  const [sales, help] = [queue('sales', { maxWaitMs: 60_000 }), queue('help')]
  const rig = startAcd(agents, [sales, help])
  rig.queueCall('c1', 0, { queueId: 'help' })
  rig.queueCall('c2', 1)
  rig.queueCall('c3', 2)
  rig.queueCall('c4', 3, { queueId: 'help' })
  t.strictSame(
    rig.change(
      { queues: [{ ...sales, maxWaitMs: 30_000 }], agents: [agent('ann'), agent('cid')] },
      10,
    ),
    [
      'withdraw c2 from bob: agentUnavailable',
      'bob ringing>off',
      'cid off>idle',
      'overflow c4 from help: removed',
      'offer c2 to cid',
      'cid idle>ringing c2',
    ],
  )
  t.strictSame(rig.fail('c1', 'ann', 'noAnswer', 20), [
    'overflow c1 from help: removed',
    'ann ringing>idle',
    'offer c3 to ann',
    'ann idle>ringing c3',
  ])
})

t.test(
  'changed settings keep the status and skills that were set, unless the skills in them changed',
  async (t) => {
    const ann = agent('ann', { skills: { french: 1 } })
    const rig = startAcd([ann], [queue('sales', { requires: needs({ french: 3 }) })])
    rig.setSkills('ann', { french: 3 }, 1)
    rig.choose('ann', atLunch, 2)
    rig.change({ agents: [{ ...ann, maxMisses: 2 }] }, 3)
    rig.queueCall('c1', 4)
    t.equal(rig.choose('ann', available, 5)[1], 'offer c1 to ann')
    rig.leave('c1', 6)
    rig.change({ agents: [agent('ann', { skills: { french: 2 } })] }, 7)
    t.strictSame(rig.queueCall('c2', 8), [])
  },
)
