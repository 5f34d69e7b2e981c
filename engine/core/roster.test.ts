import t from 'tap'
import type { AgentId, CallId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { AcdEvent } from './event.ts'
import { agent, atLunch, available, queue, startAcd } from './testing/test-tenant.ts'

const loggedOut = { type: 'loggedOut' } as const

t.test('each outcome gives the agent its own rest', async (t) => {
  const rests: readonly (readonly [OfferOutcome, number])[] = [
    ['busy', 1_000],
    ['declined', 2_000],
    ['noAnswer', 3_000],
    ['unreachable', 4_000],
    ['failed', 1_000],
    ['withdrawn', 0],
  ]
  for (const [outcome, restMs] of rests) {
    const { queueCall, fail, pass, state } = startAcd([
      agent('ann', {
        restMs: { busy: 1_000, declined: 2_000, noAnswer: 3_000, unreachable: 4_000 },
      }),
    ])
    queueCall('c1', 0)
    queueCall('c2', 1)
    const took = fail('c1', 'ann', outcome, 10)
    t.equal(took.includes('ann ringing>idle'), true)
    if (restMs > 0) {
      t.strictSame(pass(10 + restMs - 1), [], outcome)
      t.equal(state('ann'), 'idle')
      t.strictSame(pass(10 + restMs), ['offer c2 to ann', 'ann idle>ringing c2'], outcome)
    } else {
      t.strictSame(took[1], 'offer c1 to ann')
    }
  }
})

t.test('an agent who misses maxMisses calls in a row is put on break', async (t) => {
  const again = (callId: string) => [
    'ann ringing>idle',
    `offer ${callId} to ann`,
    `ann idle>ringing ${callId}`,
  ]
  const { queueCall, fail, accept, endTalk, endWrapUp, choose } = startAcd(
    [agent('ann', { maxMisses: 2 })],
    [queue('sales', { retryDeclinedMs: 0 })],
  )
  queueCall('c1', 0)
  t.strictSame(fail('c1', 'ann', 'noAnswer', 1), again('c1'))
  t.strictSame(fail('c1', 'ann', 'busy', 2), again('c1'))
  accept('c1', 'ann', 3)
  endTalk('ann', 4)
  endWrapUp('ann', 5)
  queueCall('c2', 6)
  t.strictSame(fail('c2', 'ann', 'noAnswer', 7), again('c2'), 'a conversation began the count anew')
  t.strictSame(fail('c2', 'ann', 'noAnswer', 8), ['ann ringing>off (missedCalls)'])
  t.strictSame(choose('ann', available, 9), [
    'ann off>idle',
    'offer c2 to ann',
    'ann idle>ringing c2',
  ])
  t.strictSame(fail('c2', 'ann', 'noAnswer', 10), again('c2'))
})

t.test('without maxMisses nobody is put on break', async (t) => {
  const { queueCall, fail, state } = startAcd(
    [agent('ann')],
    [queue('sales', { retryDeclinedMs: 0 })],
  )
  queueCall('c1', 0)
  for (let at = 1; at <= 20; at += 1) {
    fail('c1', 'ann', 'noAnswer', at)
  }
  t.equal(state('ann'), 'ringing')
})

t.test('wrap-up lasts as the queue says, or until the agent ends it', async (t) => {
  const { queueCall, accept, endTalk, endWrapUp, pass, wakeAt } = startAcd([agent('ann')])
  queueCall('c1', 0)
  accept('c1', 'ann', 1_000)
  queueCall('c2', 2_000)
  t.strictSame(endTalk('ann', 5_000), ['ann talking>wrapUp c1'])
  t.strictSame(endTalk('ann', 5_001), [])
  t.equal(wakeAt(), 15_000)
  t.strictSame(pass(15_000), ['ann wrapUp>idle', 'offer c2 to ann', 'ann idle>ringing c2'])
  accept('c2', 'ann', 16_000)
  queueCall('c3', 17_000)
  t.strictSame(endWrapUp('ann', 18_000), [], 'there is none to end yet')
  endTalk('ann', 20_000)
  t.strictSame(endWrapUp('ann', 20_500), [
    'ann wrapUp>idle',
    'offer c3 to ann',
    'ann idle>ringing c3',
  ])
  t.equal(wakeAt(), 40_500)
})

t.test('there is no wrap-up where the queue has none', async (t) => {
  const { queueCall, accept, endTalk } = startAcd([agent('ann')], [queue('sales', { wrapUpMs: 0 })])
  queueCall('c1', 0)
  accept('c1', 'ann', 1)
  t.strictSame(endTalk('ann', 2), ['ann talking>idle'])
})

t.test('a status chosen while free counts at once', async (t) => {
  const { choose, queueCall, wakeAt } = startAcd([agent('ann', { status: loggedOut })])
  t.strictSame(choose('ann', loggedOut, 1), [])
  t.strictSame(choose('ann', atLunch, 2), ['ann off>off (lunch)'])
  t.strictSame(choose('ann', { type: 'onBreak', reason: 'tea' }, 3), ['ann off>off (tea)'])
  t.strictSame(choose('ann', available, 4), ['ann off>idle'])
  t.strictSame(choose('ann', available, 5), [])
  t.strictSame(choose('ann', atLunch, 6), ['ann idle>off (lunch)'])
  t.strictSame(queueCall('c1', 7), [])
  t.equal(wakeAt(), 7 + 600_000, 'only the bound of fairness is left')
})

t.test('a break chosen while resting ends the rest, and coming back needs none', async (t) => {
  const { queueCall, fail, choose, wakeAt } = startAcd([
    agent('ann', { restMs: { busy: 9_000, declined: 0, noAnswer: 0, unreachable: 0 } }),
  ])
  queueCall('c1', 0)
  fail('c1', 'ann', 'busy', 1)
  queueCall('c2', 2)
  t.strictSame(choose('ann', available, 3), [], 'to be available already does not end it')
  t.strictSame(choose('ann', atLunch, 4), ['ann idle>off (lunch)'])
  t.equal(wakeAt(), 30_001)
  t.strictSame(choose('ann', available, 5), [
    'ann off>idle',
    'offer c2 to ann',
    'ann idle>ringing c2',
  ])
})

t.test('a break chosen while ringing passes the call to the next agent', async (t) => {
  const { queueCall, choose, accept } = startAcd([agent('ann'), agent('bob')])
  queueCall('c1', 0)
  t.strictSame(choose('ann', atLunch, 1), [
    'ann ringing>ringing (lunch) c1',
    'withdraw c1 from ann: agentUnavailable',
    'offer c1 to bob',
    'bob idle>ringing c1',
    'ann ringing>off (lunch)',
  ])
  t.strictSame(accept('c1', 'ann', 2), ['withdraw c1 from ann: late'])
  choose('bob', loggedOut, 3)
  t.equal(choose('ann', available, 4)[1], 'offer c1 to ann', 'they did not refuse it')
})

t.test('a status chosen while talking or in wrap-up counts afterwards', async (t) => {
  const { queueCall, accept, endTalk, choose, pass, state } = startAcd([agent('ann'), agent('bob')])
  queueCall('c1', 0)
  queueCall('c2', 0)
  accept('c1', 'ann', 1)
  accept('c2', 'bob', 1)
  queueCall('c3', 2)
  t.strictSame(choose('ann', atLunch, 3), ['ann talking>talking (lunch) c1'])
  endTalk('ann', 4)
  endTalk('bob', 4)
  t.strictSame(choose('bob', loggedOut, 5), ['bob wrapUp>wrapUp c2'])
  t.strictSame(choose('bob', available, 6), ['bob wrapUp>wrapUp c2'])
  t.strictSame(pass(10_004), [
    'ann wrapUp>off (lunch)',
    'bob wrapUp>idle',
    'offer c3 to bob',
    'bob idle>ringing c3',
  ])
  t.equal(state('ann'), 'off')
})

t.test('the end of a conversation that is not the agent’s does not free them', async (t) => {
  const { tell, findTalk, state } = startAcd([agent('ann')])
  const ended = (callId: string): AcdEvent => ({
    type: 'talkEnded',
    agentId: 'ann' as AgentId,
    callId: callId as CallId,
  })
  findTalk('c1', 'ann', 1)
  t.strictSame(tell(ended('c0'), 2), [])
  t.equal(state('ann'), 'talking')
  t.strictSame(tell(ended('c1'), 3), ['ann talking>wrapUp c1'])
})

t.test('wrap-up is the membership’s, else the agent’s, else the queue’s', async (t) => {
  const wrapUpAfter = (membershipMs: number | undefined, agentMs: number | undefined) => {
    const { queueCall, accept, endTalk, wakeAt } = startAcd(
      [agent('ann', { queues: [{ queueId: 'sales', wrapUpMs: membershipMs }], wrapUpMs: agentMs })],
      [queue('sales', { wrapUpMs: 10_000 })],
    )
    queueCall('c1', 0)
    accept('c1', 'ann', 0)
    endTalk('ann', 100)
    return (wakeAt() ?? 0) - 100
  }
  t.strictSame(
    [wrapUpAfter(1_000, 2_000), wrapUpAfter(undefined, 2_000), wrapUpAfter(undefined, undefined)],
    [1_000, 2_000, 10_000],
  )
})

t.test('wrap-up can be prolonged, and shortened to now', async (t) => {
  const { queueCall, accept, endTalk, prolong, wakeAt, pass } = startAcd([agent('ann')])
  t.strictSame(prolong('ann', 5_000, 0), [], 'not in wrap-up')
  queueCall('c1', 0)
  accept('c1', 'ann', 0)
  endTalk('ann', 100)
  prolong('ann', 5_000, 200)
  t.equal(wakeAt(), 15_100)
  prolong('ann', -60_000, 300)
  t.strictSame(pass(300), ['ann wrapUp>idle'])
})

t.test('above the limit of occupancy an agent rests until it has fallen to it', async (t) => {
  const { queueCall, accept, endTalk, wakeAt, pass } = startAcd(
    [agent('ann', { maxOccupancy: 0.5 })],
    [queue('sales', { wrapUpMs: 0 })],
    { occupancyWindowMs: 60_000 },
  )
  queueCall('c1', 0)
  accept('c1', 'ann', 0)
  t.strictSame(endTalk('ann', 30_000), ['ann talking>idle'], 'a load of 39 %')
  queueCall('c2', 30_000)
  accept('c2', 'ann', 30_000)
  endTalk('ann', 90_000)
  t.strictSame(queueCall('c3', 90_001), [])
  // 1 - e^-1.5 is 0.777, and falls to a half in 60 s * ln(1.554).
  t.equal(wakeAt(), 90_000 + Math.ceil(60_000 * Math.log((1 - Math.exp(-1.5)) / 0.5)))
  t.equal(pass(wakeAt() ?? 0)[0], 'offer c3 to ann')
})
