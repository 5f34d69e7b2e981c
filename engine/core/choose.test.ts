import t from 'tap'
import type { CallId, QueueId } from '../catalogue/ids.ts'
import {
  agent,
  atLunch,
  available,
  needs,
  queue,
  startAcd,
  startAt,
} from './testing/test-tenant.ts'

t.test('the longest-idle agent is offered first, equal times by id', async (t) => {
  const { queueCall, choose } = startAcd([
    agent('cid', { status: atLunch }),
    agent('bob'),
    agent('ann'),
  ])
  choose('cid', available, 5)
  t.strictSame(queueCall('c1', 10), ['offer c1 to ann', 'ann idle>ringing c1'])
  t.strictSame(queueCall('c2', 11), ['offer c2 to bob', 'bob idle>ringing c2'])
  t.strictSame(queueCall('c3', 12), ['offer c3 to cid', 'cid idle>ringing c3'])
  t.strictSame(queueCall('c4', 13), [])
})

t.test(
  'idle time counts from the last conversation, not from an offer that others ended',
  async (t) => {
    const { queueCall, accept, endTalk, leave } = startAcd(
      [agent('ann'), agent('bob')],
      [queue('sales', { wrapUpMs: 0 })],
    )
    queueCall('c1', 0)
    t.strictSame(leave('c1', 3_000), ['withdraw c1 from ann: callLeft', 'ann ringing>idle'])
    queueCall('c2', 4_000)
    accept('c2', 'ann', 5_000)
    endTalk('ann', 6_000)
    t.strictSame(queueCall('c3', 7_000), ['offer c3 to bob', 'bob idle>ringing c3'])
    t.strictSame(queueCall('c4', 7_000), ['offer c4 to ann', 'ann idle>ringing c4'])
  },
)

t.test('an agent who becomes free takes the highest priority of all their queues', async (t) => {
  const { queueCall, choose } = startAcd(
    [agent('ann', { queues: ['sales', 'gold'], status: atLunch })],
    [queue('sales'), queue('gold', { priority: 2 })],
  )
  queueCall('low', 1)
  queueCall('gold', 2, { queueId: 'gold' })
  queueCall('raised', 3, { priority: 3 })
  t.strictSame(choose('ann', available, 10).slice(1), [
    'offer raised to ann',
    'ann idle>ringing raised',
  ])
})

t.test(
  'equal priorities are served by place, across queues, and equal places by arrival',
  async (t) => {
    const { queueCall, choose, leave } = startAcd(
      [agent('ann', { queues: ['sales', 'help'], status: atLunch })],
      [queue('sales'), queue('help')],
    )
    queueCall('later', 5)
    queueCall('first', 6, { enqueuedAt: 2 })
    queueCall('second', 7, { enqueuedAt: 2, queueId: 'help' })
    t.equal(choose('ann', available, 10)[1], 'offer first to ann')
    t.strictSame(leave('first', 11).at(-2), 'offer second to ann')
    t.equal(leave('second', 12).at(-2), 'offer later to ann')
  },
)

t.test('a place in the future counts as now', async (t) => {
  const { queueCall, choose } = startAcd([agent('ann', { status: atLunch })])
  queueCall('c1', 5, { enqueuedAt: 90_000 })
  queueCall('c2', 6)
  t.equal(choose('ann', available, 10)[1], 'offer c1 to ann')
})

t.test('the queue’s requirement is a minimum level of every skill that it names', async (t) => {
  const { queueCall } = startAcd(
    [
      agent('ann', { skills: { french: 2, german: 5 } }),
      agent('bob', { skills: { french: 3 } }),
      agent('cid', { skills: { french: 3, german: 1 } }),
      agent('dan'),
    ],
    [
      queue('sales', {
        requires: needs({ french: 3, german: 1 }),
      }),
    ],
  )
  t.strictSame(queueCall('c1', 1), ['offer c1 to cid', 'cid idle>ringing c1'])
  t.strictSame(queueCall('c2', 2), [])
})

t.test('a call’s own requirement replaces its queue’s, in any order of skills', async (t) => {
  const own = needs({ german: 2, french: 1 })
  const { queueCall, choose } = startAcd(
    [
      agent('ann', { skills: { french: 5 } }),
      agent('bob', { skills: { french: 1, german: 2 }, status: atLunch }),
    ],
    [queue('sales', { requires: needs({ french: 4 }) })],
  )
  t.strictSame(queueCall('c1', 1, { requires: own }), [])
  t.strictSame(queueCall('c2', 2, { requires: needs({ french: 1, german: 2 }) }), [])
  t.strictSame(queueCall('c3', 3, { requires: [] }), ['offer c3 to ann', 'ann idle>ringing c3'])
  t.equal(choose('bob', available, 4)[1], 'offer c1 to bob')
})

t.test('a requirement that comes back after its last call has left is met as before', async (t) => {
  const requires = needs({ french: 2 })
  const { queueCall, leave } = startAcd([agent('ann', { skills: { french: 2 } })])
  queueCall('c1', 1, { requires })
  leave('c1', 2)
  t.strictSame(queueCall('c2', 3, { requires }), ['offer c2 to ann', 'ann idle>ringing c2'])
})

t.test('agents serve their own queues only', async (t) => {
  const { queueCall } = startAcd(
    [agent('ann', { queues: ['help'] })],
    [queue('sales'), queue('help')],
  )
  t.strictSame(queueCall('c1', 1), [])
})

t.test(
  'a refused call goes to those who were idle first, and the agent takes the next call',
  async (t) => {
    const { queueCall, fail } = startAcd([
      agent('ann'),
      agent('bob', { skills: { other: 1 }, status: available }),
    ])
    queueCall('c1', 1)
    t.strictSame(fail('c1', 'ann', 'declined', 2), [
      'offer c1 to bob',
      'bob idle>ringing c1',
      'ann ringing>idle',
    ])
    queueCall('c2', 3)
    queueCall('c3', 4)
    t.strictSame(fail('c1', 'bob', 'busy', 5), [
      'bob ringing>idle',
      'offer c3 to bob',
      'bob idle>ringing c3',
    ])
  },
)

t.test(
  'an agent who refused a call is kept from it for retryDeclinedMs, to the millisecond',
  async (t) => {
    for (const outcome of ['busy', 'declined', 'noAnswer', 'unreachable', 'failed'] as const) {
      const { queueCall, fail, pass, wakeAt } = startAcd([agent('ann')])
      queueCall('c1', 1)
      t.strictSame(fail('c1', 'ann', outcome, 2_000), ['ann ringing>idle'])
      pass(3_000)
      t.equal(wakeAt(), 32_000)
      t.strictSame(pass(31_999), [])
      t.strictSame(pass(32_000), ['offer c1 to ann', 'ann idle>ringing c1'], outcome)
    }
  },
)

t.test('an agent whose offer was withdrawn is not kept from the call', async (t) => {
  const { queueCall, fail } = startAcd([agent('ann')])
  queueCall('c1', 1)
  t.strictSame(fail('c1', 'ann', 'withdrawn', 2), [
    'ann ringing>idle',
    'offer c1 to ann',
    'ann idle>ringing c1',
  ])
})

t.test('an offer says how long the phone rings, and when its lease ends', async (t) => {
  const { acd } = startAcd([
    agent('ann', { queues: ['help'] }),
    agent('bob', { skills: { french: 1 } }),
    agent('cid'),
  ])
  const [offer] = acd.handle(
    {
      type: 'callQueued',
      callId: 'c1' as CallId,
      queueId: 'sales' as QueueId,
      enqueuedAt: startAt,
      priority: 0,
    },
    startAt + 7,
  )
  t.strictSame(offer, {
    type: 'offer',
    callId: 'c1',
    queueId: 'sales',
    agentIds: ['bob'],
    ringMs: 15_000,
    stepMs: 0,
    deadlineAt: startAt + 7 + 15_000 + 5_000,
  })
})
