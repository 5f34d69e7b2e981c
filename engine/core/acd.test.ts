import t from 'tap'
import type { AgentId, CallId, QueueId } from '../catalogue/ids.ts'
import { isSwitchyardError } from '../errors.ts'
import { agent, atLunch, available, queue, startAcd, startAt } from './testing/test-tenant.ts'

const loggedOut = { type: 'loggedOut' } as const

t.test('a lease that runs out gives back the agent and the call', async (t) => {
  const { queueCall, pass, wakeAt, state, acd } = startAcd([agent('ann'), agent('bob')])
  queueCall('c1', 0)
  t.equal(wakeAt(), 20_000)
  t.strictSame(pass(19_999), [])
  t.strictSame(pass(20_000), [
    'withdraw c1 from ann: expired',
    'offer c1 to bob',
    'bob idle>ringing c1',
    'ann ringing>idle',
  ])
  t.strictSame(pass(40_000), ['withdraw c1 from bob: expired', 'bob ringing>idle'])
  t.strictSame([state('ann'), state('bob')], ['idle', 'idle'])
  t.ok(acd.isUnserved('c1' as CallId))
})

t.test('an answer that comes with or after the deadline is refused', async (t) => {
  const { queueCall, accept, leave } = startAcd([agent('ann')])
  queueCall('c1', 0)
  t.strictSame(accept('c1', 'ann', 20_000), [
    'withdraw c1 from ann: expired',
    'ann ringing>idle',
    'withdraw c1 from ann: late',
  ])
  leave('c1', 20_001)
  t.strictSame(accept('c1', 'ann', 20_002), ['withdraw c1 from ann: late'])
})

t.test('an answer counts once; a repeat changes nothing', async (t) => {
  const { queueCall, accept, state, acd, wakeAt } = startAcd([agent('ann')])
  queueCall('c1', 0)
  t.ok(acd.depth('sales' as QueueId).waiting === 1)
  t.strictSame(accept('c1', 'ann', 5), ['ann ringing>talking c1'])
  t.strictSame(accept('c1', 'ann', 6), [])
  t.equal(state('ann'), 'talking')
  t.equal(wakeAt(), undefined)
  t.strictSame(acd.depth('sales' as QueueId), { waiting: 0, oldestAt: undefined })
})

t.test('the end of an offer counts once', async (t) => {
  const { queueCall, fail, accept } = startAcd([agent('ann'), agent('bob')])
  queueCall('c1', 0)
  fail('c1', 'ann', 'busy', 1)
  t.strictSame(fail('c1', 'ann', 'busy', 2), [])
  accept('c1', 'bob', 3)
  t.strictSame(fail('c1', 'bob', 'noAnswer', 4), [])
})

t.test(
  'a call that waits too long overflows once, and is offered to nobody afterwards',
  async (t) => {
    const { queueCall, pass, choose, leave, wakeAt } = startAcd(
      [agent('ann', { status: atLunch })],
      [queue('sales', { maxWaitMs: 60_000 })],
    )
    queueCall('c1', 5_000)
    t.equal(wakeAt(), 65_000)
    t.strictSame(pass(64_999), [])
    t.strictSame(pass(65_000), ['overflow c1 from sales: maxWait'])
    t.equal(wakeAt(), undefined)
    t.strictSame(choose('ann', available, 65_001), ['ann off>idle'])
    t.strictSame(leave('c1', 65_002), [])
  },
)

t.test('while a call is on offer, its limit on waiting waits for the answer', async (t) => {
  const limited = [queue('sales', { maxWaitMs: 10_000 })]
  const answered = startAcd([agent('ann')], limited)
  answered.queueCall('c1', 0)
  t.strictSame(answered.pass(10_000), [])
  t.strictSame(answered.accept('c1', 'ann', 11_000), ['ann ringing>talking c1'])
  const refused = startAcd([agent('ann'), agent('bob')], limited)
  refused.queueCall('c1', 0)
  refused.pass(10_000)
  t.strictSame(refused.fail('c1', 'ann', 'noAnswer', 15_000), [
    'overflow c1 from sales: maxWait',
    'ann ringing>idle',
  ])
  t.strictSame(refused.pass(45_000), [], 'nor is it offered when the refusal is forgotten')
})

t.test(
  'the limit on waiting counts from entering this queue, the place from entering the first',
  async (t) => {
    const { queueCall, wakeAt, acd, choose } = startAcd(
      [agent('ann', { status: atLunch })],
      [queue('sales', { maxWaitMs: 10_000 })],
    )
    queueCall('c1', 30_000)
    queueCall('c2', 31_000, { enqueuedAt: 1_000, enteredAt: startAt + 31_000 })
    t.equal(wakeAt(), 40_000)
    t.strictSame(acd.depth('sales' as QueueId), { waiting: 2, oldestAt: startAt + 1_000 })
    t.equal(choose('ann', available, 32_000)[1], 'offer c2 to ann')
  },
)

t.test('a call adopted beyond its limit may still meet an idle agent', async (t) => {
  const limited = [queue('sales', { maxWaitMs: 10_000 })]
  const idle = startAcd([agent('ann')], limited)
  t.strictSame(idle.queueCall('c1', 60_000, { enqueuedAt: 0 }), [
    'offer c1 to ann',
    'ann idle>ringing c1',
  ])
  const nobody = startAcd([], limited)
  t.strictSame(nobody.queueCall('c1', 60_000, { enqueuedAt: 0 }), [])
  t.equal(nobody.wakeAt(), 10_000)
  t.strictSame(nobody.pass(60_000), ['overflow c1 from sales: maxWait'])
})

t.test('a call that leaves takes its deadlines with it, in every state', async (t) => {
  const { queueCall, leave, fail, accept, endTalk, wakeAt, state } = startAcd(
    [agent('ann')],
    [queue('sales', { maxWaitMs: 60_000 })],
  )
  t.strictSame(leave('stranger', 0), [])
  queueCall('ringing', 0)
  queueCall('waiting', 1)
  t.strictSame(leave('waiting', 2), [])
  t.strictSame(leave('ringing', 3), ['withdraw ringing from ann: callLeft', 'ann ringing>idle'])
  t.equal(wakeAt(), undefined)
  queueCall('refused', 4)
  fail('refused', 'ann', 'declined', 5)
  leave('refused', 6)
  t.equal(wakeAt(), undefined)
  queueCall('talking', 7)
  accept('talking', 'ann', 8)
  t.strictSame(leave('talking', 9), [], 'the agent is free when the agent’s leg is gone')
  t.equal(state('ann'), 'talking')
  t.strictSame(endTalk('ann', 10), ['ann talking>wrapUp talking'])
})

t.test('a call that is queued already keeps its place', async (t) => {
  const { queueCall, acd } = startAcd([agent('ann', { status: atLunch })])
  queueCall('c1', 1)
  t.strictSame(queueCall('c1', 9, { enqueuedAt: 0 }), [])
  t.strictSame(acd.depth('sales' as QueueId), { waiting: 1, oldestAt: startAt + 1 })
})

t.test(
  'a conversation found on the switch occupies its agent, whatever was intended',
  async (t) => {
    const { findTalk, queueCall, state, fail, choose, acd, endTalk, pass } = startAcd([
      agent('idle'),
      agent('off', { status: loggedOut }),
      agent('rings', { skills: { a: 1 } }),
      agent('spare', { status: atLunch }),
    ])
    t.strictSame(findTalk('t1', 'idle', 1), ['idle idle>talking t1'])
    t.strictSame(findTalk('t2', 'off', 2), ['off off>talking t2'])
    t.strictSame(queueCall('c1', 3), ['offer c1 to rings', 'rings idle>ringing c1'])
    t.strictSame(findTalk('t3', 'rings', 4), [
      'withdraw c1 from rings: agentUnavailable',
      'rings ringing>talking t3',
    ])
    t.strictSame(fail('c1', 'rings', 'busy', 5), [])
    t.equal(choose('spare', available, 6)[1], 'offer c1 to spare', 'the call kept its place')
    t.strictSame(
      findTalk('c1', 'spare', 7),
      ['spare ringing>talking c1'],
      'an answer that was lost',
    )
    t.equal(acd.depth('sales' as QueueId).waiting, 0)
    endTalk('idle', 8)
    t.strictSame(findTalk('t4', 'idle', 9), ['idle wrapUp>talking t4'])
    t.strictSame(pass(60_000), [], 'the wrap-up is over with it')
    endTalk('off', 60_001)
    t.strictSame(pass(70_001), ['off wrapUp>off'])
    t.equal(state('off'), 'off')
  },
)

t.test('a call that is found talking no longer wants an agent', async (t) => {
  const { queueCall, findTalk, acd } = startAcd([agent('ann'), agent('bob')])
  queueCall('c1', 0)
  t.strictSame(findTalk('c1', 'bob', 1), [
    'withdraw c1 from ann: callLeft',
    'ann ringing>idle',
    'bob idle>talking c1',
  ])
  queueCall('c2', 2)
  t.strictSame(findTalk('c2', 'stranger', 3), [
    'withdraw c2 from ann: callLeft',
    'ann ringing>idle',
  ])
  queueCall('c3', 4)
  t.strictSame(
    findTalk('c3', 'bob', 5),
    ['withdraw c3 from ann: callLeft', 'ann ringing>idle'],
    'bob is on the phone with c1 and stays so',
  )
  t.equal(acd.depth('sales' as QueueId).waiting, 0)
})

t.test('events about unknown calls and agents are ignored', async (t) => {
  const { accept, fail, endTalk, endWrapUp, choose, state, wakeAt } = startAcd([])
  t.strictSame(
    [
      accept('c1', 'ann', 1),
      fail('c1', 'ann', 'busy', 2),
      endTalk('ann', 3),
      endWrapUp('ann', 4),
      choose('ann', available, 5),
    ],
    [[], [], [], [], []],
  )
  t.equal(state('ann'), undefined)
  t.equal(wakeAt(), undefined)
})

t.test('a queue that does not exist is refused before anything changes', async (t) => {
  const { queueCall, pass, acd } = startAcd([agent('ann')])
  queueCall('c1', 0)
  const refused = t.throws(() => queueCall('c2', 20_000, { queueId: 'nowhere' }))
  t.ok(isSwitchyardError(refused, 'SY_QUEUE_UNKNOWN'))
  t.strictSame(pass(20_000), ['withdraw c1 from ann: expired', 'ann ringing>idle'])
  t.strictSame(acd.depth('nowhere' as QueueId), { waiting: 0, oldestAt: undefined })
  t.notOk(acd.isUnserved('c2' as CallId))
})

t.test('a clock set back prolongs no span and lets nobody jump the queue', async (t) => {
  const { queueCall, wakeAt, pass, fail, acd } = startAcd([agent('ann')])
  queueCall('c1', 100_000)
  queueCall('c2', 101_000)
  t.equal(wakeAt(), 120_000)
  t.strictSame(pass(1_000), [])
  t.equal(wakeAt(), 20_000, 'the lease has 19 s to go on either clock')
  queueCall('c3', 2_000)
  t.strictSame(acd.depth('sales' as QueueId), { waiting: 3, oldestAt: startAt })
  t.equal(fail('c1', 'ann', 'busy', 3_000).at(-2), 'offer c2 to ann')
  t.equal(wakeAt(), 23_000)
  t.strictSame(pass(23_000), [
    'withdraw c2 from ann: expired',
    'ann ringing>idle',
    'offer c3 to ann',
    'ann idle>ringing c3',
  ])
})

t.test('deadlines that were missed are reached in their order', async (t) => {
  const { queueCall, accept, endTalk, pass } = startAcd(
    [agent('ann'), agent('bob')],
    [queue('sales', { maxWaitMs: 30_000 })],
  )
  queueCall('c1', 0)
  queueCall('c2', 0)
  accept('c1', 'ann', 1)
  accept('c2', 'bob', 2)
  queueCall('c3', 3)
  endTalk('bob', 10_000)
  endTalk('ann', 10_001)
  t.strictSame(pass(90_000), [
    'bob wrapUp>idle',
    'offer c3 to bob',
    'bob idle>ringing c3',
    'ann wrapUp>idle',
  ])
})

t.test('a conversation found in a queue that was removed ends without wrap-up', async (t) => {
  const { tell, endTalk } = startAcd([agent('ann')])
  const found = { callId: 'c1' as CallId, agentId: 'ann' as AgentId, queueId: 'gone' as QueueId }
  tell({ type: 'talkFound', ...found }, 1)
  t.strictSame(endTalk('ann', 2), ['ann talking>idle'])
})
