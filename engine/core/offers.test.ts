import t from 'tap'
import type { CallId } from '../catalogue/ids.ts'
import { agent, atLunch, available, queue, startAcd } from './testing/test-tenant.ts'

/** A call that rings ann and bob at once. Cid comes later. */
function ringTwo() {
  const rig = startAcd(
    [agent('ann', { queues: ['sales', 'help'] }), agent('bob'), agent('cid', { status: atLunch })],
    [queue('sales', { strategy: 'ringAll' }), queue('help')],
  )
  return { ...rig, rung: rig.queueCall('c1', 0) }
}

t.test('all agents of an offer are reserved for it', async (t) => {
  const { rung, wakeAt } = ringTwo()
  t.strictSame(rung, ['offer c1 to ann bob', 'ann idle>ringing c1', 'bob idle>ringing c1'])
  t.equal(wakeAt(), 20_000)
})

t.test('the first to answer has the call, and the others are freed', async (t) => {
  const { accept, queueCall } = ringTwo()
  queueCall('c2', 1, { queueId: 'help' })
  t.strictSame(accept('c1', 'bob', 2), [
    'bob ringing>talking c1',
    'withdraw c1 from ann: lostRace',
    'ann ringing>idle',
    'offer c2 to ann',
    'ann idle>ringing c2',
  ])
  t.strictSame(accept('c1', 'ann', 3), ['withdraw c1 from ann: late'])
})

t.test('one refusal leaves the offer to the others, the last one ends it', async (t) => {
  const { fail, choose } = ringTwo()
  choose('cid', available, 1)
  t.strictSame(fail('c1', 'ann', 'declined', 2), ['ann ringing>idle'])
  t.strictSame(fail('c1', 'bob', 'busy', 3), [
    'offer c1 to cid',
    'cid idle>ringing c1',
    'bob ringing>idle',
  ])
})

t.test('at the deadline all agents of the offer are freed', async (t) => {
  const { choose, pass } = ringTwo()
  choose('cid', available, 1)
  t.strictSame(pass(20_000), [
    'withdraw c1 from ann: expired',
    'ann ringing>idle',
    'withdraw c1 from bob: expired',
    'offer c1 to cid',
    'cid idle>ringing c1',
    'bob ringing>idle',
  ])
})

t.test('when the caller leaves, all agents of the offer are freed', async (t) => {
  const { leave, acd, wakeAt } = ringTwo()
  t.strictSame(leave('c1', 1), [
    'withdraw c1 from ann: callLeft',
    'ann ringing>idle',
    'withdraw c1 from bob: callLeft',
    'bob ringing>idle',
  ])
  t.equal(wakeAt(), undefined)
  t.equal(acd.agentsByState().idle, 2)
})

t.test('an agent who goes on break leaves a shared offer to the others', async (t) => {
  const { choose, accept } = ringTwo()
  t.strictSame(choose('ann', atLunch, 1), [
    'ann ringing>ringing (lunch) c1',
    'withdraw c1 from ann: agentUnavailable',
    'ann ringing>off (lunch)',
  ])
  t.strictSame(accept('c1', 'bob', 2), ['bob ringing>talking c1'])
})

t.test('no more phones ring at once than the queue allows, the longest idle first', async (t) => {
  const { queueCall } = startAcd(
    ['ann', 'bob', 'cid'].map((id) => agent(id)),
    [queue('sales', { strategy: 'ringAll', ringAtMost: 2 })],
  )
  t.equal(queueCall('c1', 0)[0], 'offer c1 to ann bob')
  t.equal(queueCall('c2', 1)[0], 'offer c2 to cid')
})

t.test(
  'phones start to ring one after the other, top down; until then their agents are reserved',
  async (t) => {
    const { queueCall, pass, accept, wakeAt } = startAcd(
      [
        agent('ann', { queues: [{ queueId: 'sales', position: 2 }] }),
        agent('bob', { queues: [{ queueId: 'sales', position: 3 }] }),
        agent('cid', { queues: [{ queueId: 'sales', position: 1 }] }),
      ],
      [queue('sales', { strategy: 'ringProgressively', ringStepMs: 4_000 })],
    )
    t.strictSame(queueCall('c1', 0), [
      'offer c1 to cid ann bob',
      'cid idle>ringing c1',
      'ann idle>reserved c1',
      'bob idle>reserved c1',
    ])
    t.equal(wakeAt(), 4_000)
    t.strictSame(pass(4_000), ['ann reserved>ringing c1'])
    t.strictSame(accept('c1', 'ann', 5_000), [
      'ann ringing>talking c1',
      'withdraw c1 from cid: lostRace',
      'cid ringing>idle',
      'withdraw c1 from bob: lostRace',
      'bob reserved>idle',
    ])
    t.equal(wakeAt(), undefined)
  },
)

t.test('the lease of a progressive offer lasts until the last phone has rung', async (t) => {
  const { queueCall, pass, acd } = startAcd(
    ['ann', 'bob'].map((id) => agent(id)),
    [queue('sales', { strategy: 'ringProgressively', ringMs: 10_000, ringStepMs: 4_000 })],
  )
  queueCall('c1', 0)
  pass(18_999)
  t.equal(acd.agentsByState().ringing, 2)
  t.equal(pass(19_000)[0], 'withdraw c1 from ann: expired')
})

t.test(
  'a customer to be dialled has one agent, who is reserved until the customer is reached',
  async (t) => {
    const { queueCall, tell, pass, fail, accept, wakeAt } = startAcd(
      [agent('ann'), agent('bob')],
      [queue('sales', { strategy: 'ringAll', capacity: 0, maxWaitMs: 1_000 })],
    )
    const dial = { lastsMs: 30_000, isAgentFirst: false }
    t.strictSame(
      queueCall('c1', 0, { enqueuedAt: -60_000, dial }),
      ['offer c1 to ann', 'ann idle>reserved c1'],
      'neither full nor too old for its queue',
    )
    t.equal(wakeAt(), 30_000)
    t.strictSame(pass(9_000), [])
    t.strictSame(tell({ type: 'callReached', callId: 'c1' as CallId }, 9_000), [
      'ann reserved>ringing c1',
    ])
    t.strictSame(pass(9_999), [], 'its wait counts anew')
    t.strictSame(
      fail('c1', 'ann', 'busy', 9_999),
      ['offer c1 to bob', 'bob idle>ringing c1', 'ann ringing>idle'],
      'and all phones that are free ring for it from then on',
    )
    t.strictSame(accept('c1', 'bob', 12_000), ['bob ringing>talking c1'])
  },
)

t.test('an agent who is rung before the customer rings at once', async (t) => {
  const { queueCall, fail, pass } = startAcd([agent('ann'), agent('bob')], [queue('sales')])
  const dial = { lastsMs: 30_000, isAgentFirst: true }
  t.strictSame(queueCall('c1', 0, { dial }), ['offer c1 to ann', 'ann idle>ringing c1'])
  t.equal(fail('c1', 'ann', 'noAnswer', 15_000)[0], 'offer c1 to bob')
  t.strictSame(pass(15_000 + 30_000 + 15_000 + 4_999), [])
  t.equal(pass(15_000 + 30_000 + 15_000 + 5_000)[0], 'withdraw c1 from bob: expired')
})
