import t from 'tap'
import type { CallId, QueueId } from '../catalogue/ids.ts'
import { agent, atLunch, available, queue, startAcd } from './testing/test-tenant.ts'

const sales = 'sales' as QueueId

/** Two agents on the phone. Calls arrive at different instants. */
function busyTwo() {
  const rig = startAcd([agent('ann'), agent('bob')], [queue('sales', { wrapUpMs: 0 })])
  for (const [index, who] of ['ann', 'bob'].entries()) {
    rig.queueCall(`t${index}`, 0)
    rig.accept(`t${index}`, who, 0)
  }
  const outlook = (callId: string) => rig.acd.outlook(callId as CallId)
  return { ...rig, outlook }
}

t.test('the position counts the calls that go before, by points and place', async (t) => {
  const { queueCall, changeCall, outlook, leave } = busyTwo()
  for (const [index, callId] of ['c1', 'c2', 'c3'].entries()) {
    queueCall(callId, 10 + index)
  }
  t.strictSame(
    ['c1', 'c2', 'c3', 'gone'].map((callId) => outlook(callId)?.position),
    [1, 2, 3, undefined],
  )
  changeCall('c3', { priority: 1 }, 20)
  t.equal(outlook('c3')?.position, 1)
  t.equal(outlook('c1')?.position, 2)
  leave('c3', 30)
  t.equal(outlook('c1')?.position, 1)
})

t.test('there is no expected wait before anything is known', async (t) => {
  const { queueCall, outlook, acd } = busyTwo()
  queueCall('c1', 10)
  t.strictSame(outlook('c1'), { position: 1, expectedWaitMs: undefined })
  t.equal(acd.expectWait(sales), undefined)
  t.equal(acd.expectWait('nowhere' as QueueId), undefined)
})

t.test('after the first conversation, its length stands in for the pace', async (t) => {
  const { queueCall, outlook, endTalk, accept } = busyTwo()
  queueCall('c1', 10)
  endTalk('ann', 60_000)
  accept('c1', 'ann', 60_000)
  queueCall('c2', 60_001)
  queueCall('c3', 60_002)
  t.strictSame(outlook('c2'), { position: 1, expectedWaitMs: 30_000 })
  t.strictSame(outlook('c3'), { position: 2, expectedWaitMs: 60_000 })
})

t.test('answers seen while calls waited set the pace, for the agents staffed now', async (t) => {
  const { queueCall, outlook, endTalk, accept, choose, acd } = busyTwo()
  for (let n = 1; n <= 5; n += 1) {
    queueCall(`c${n}`, n)
  }
  for (let n = 1; n <= 3; n += 1) {
    const [who, at] = [n % 2 === 1 ? 'ann' : 'bob', n * 20_000]
    endTalk(who, at)
    accept(`c${n}`, who, at)
  }
  t.strictSame(outlook('c4'), { position: 1, expectedWaitMs: 20_000 })
  t.strictSame(outlook('c5'), { position: 2, expectedWaitMs: 40_000 })
  t.equal(acd.expectWait(sales), 60_000)
  choose('bob', atLunch, 60_001)
  t.equal(outlook('c4')?.expectedWaitMs, 40_000, 'half the staff')
  choose('ann', atLunch, 60_002)
  t.equal(outlook('c4')?.expectedWaitMs, undefined, 'nobody is there')
})

t.test('a call that would find an agent ready has no expected wait', async (t) => {
  const { choose, acd } = startAcd([agent('ann', { status: atLunch })])
  choose('ann', available, 1)
  t.equal(acd.expectWait(sales), 0)
})

/** One agent, who has talked for as long as each of these, and talks again. */
function talkedFor(...spansMs: readonly number[]) {
  const rig = startAcd([agent('ann')], [queue('sales', { wrapUpMs: 0 })])
  let at = 0
  for (const [index, spanMs] of spansMs.entries()) {
    rig.queueCall(`c${index}`, at)
    rig.accept(`c${index}`, 'ann', at)
    at += spanMs
    rig.endTalk('ann', at)
  }
  rig.queueCall('last', at)
  rig.accept('last', 'ann', at)
  return rig.acd.expectWait(sales)
}

/** One agent who is never without a call; each waits so long after the one before. */
function servedEvery(...spansMs: readonly number[]) {
  const rig = startAcd([agent('ann')], [queue('sales', { wrapUpMs: 0 })])
  for (let index = 0; index <= spansMs.length; index += 1) {
    rig.queueCall(`c${index}`, 0)
  }
  let at = 1
  rig.accept('c0', 'ann', at)
  for (const [index, spanMs] of spansMs.entries()) {
    at += spanMs
    rig.endTalk('ann', at)
    rig.accept(`c${index + 1}`, 'ann', at)
  }
  return rig.acd.expectWait(sales)
}

for (const [what, expect] of [
  ['conversations', talkedFor],
  ['starts', servedEvery],
] as const) {
  t.test(`the first twenty ${what} count alike, each later one for a twentieth`, async (t) => {
    const twenty = Array.from({ length: 20 }, (_, index) => (index < 10 ? 50_000 : 150_000))
    t.equal(expect(10_000, 20_000, 60_000), 30_000)
    t.equal(expect(...twenty), 100_000)
    t.equal(expect(...twenty, 200_000), 105_000)
    t.equal(expect(...twenty, 200_000, 5_000), 100_000)
  })
}
