import t from 'tap'
import { Deadlines } from './deadlines.ts'
import type { AcdEffect } from './event.ts'
import type { Agent } from './groups.ts'
import type { AgentId, CallId, QueueId } from './ids.ts'
import { MatchIndex } from './match-index.ts'
import { Offers } from './offers.ts'
import { Roster } from './roster.ts'
import { SteadyTime } from './steady-time.ts'
import { agent, brief, queue } from './testing/test-tenant.ts'
import { WaitingRoom } from './waiting-room.ts'

/** A call that rings ann and bob at once, and cid who is idle. */
function ringTwo() {
  const said: string[] = []
  const shared = {
    index: new MatchIndex(),
    deadlines: new Deadlines(),
    time: new SteadyTime(0),
    emit: (effect: AcdEffect) => {
      said.push(brief(effect))
    },
  }
  const room = new WaitingRoom([queue('sales'), queue('help')], shared)
  const roster = new Roster(
    [
      agent('ann', { queues: ['sales', 'help'] }),
      agent('bob'),
      agent('cid', { queues: ['sales'] }),
    ],
    { ...shared, onReady: (ready: Agent) => offers.serveAgent(ready) },
  )
  const offers = new Offers({ ...shared, room, roster })
  const get = (agentId: string) => roster.get(agentId as AgentId) as Agent
  const admit = (callId: string, queueId: string) =>
    room.admit({
      type: 'callQueued',
      callId: callId as CallId,
      queueId: queueId as QueueId,
      enqueuedAt: 0,
      priority: 0,
    })
  const call = admit('c1', 'sales')
  if (call === undefined) {
    throw new Error('no call')
  }
  offers.offer(call, [get('ann'), get('bob')], 1)
  const take = () => said.splice(0)
  return { offers, room, roster, get, admit, take, ...shared, callId: call.callId }
}

t.test('all agents of an offer are reserved for it', async (t) => {
  const { take } = ringTwo()
  t.strictSame(take(), ['offer c1 to ann bob', 'ann idle>ringing c1', 'bob idle>ringing c1'])
})

t.test('the first to answer has the call, the others are given back', async (t) => {
  const { offers, take, get, callId, deadlines, admit } = ringTwo()
  admit('c2', 'help')
  take()
  offers.accept(callId, get('bob'))
  t.strictSame(take(), [
    'bob ringing>talking c1',
    'withdraw c1 from ann: lostRace',
    'ann ringing>idle',
    'offer c2 to ann',
    'ann idle>ringing c2',
  ])
  offers.accept(callId, get('ann'))
  t.strictSame(take(), ['withdraw c1 from ann: late'])
  t.equal(deadlines.nextAt(), 20_000, 'the lease of c2 alone is left')
})

t.test('one refusal leaves the offer to the others, the last one ends it', async (t) => {
  const { offers, take, get, callId } = ringTwo()
  take()
  offers.fail(callId, get('ann'), 'declined')
  t.strictSame(take(), ['ann ringing>idle'])
  offers.fail(callId, get('bob'), 'busy')
  t.strictSame(take(), ['offer c1 to cid', 'cid idle>ringing c1', 'bob ringing>idle'])
})

t.test('at the deadline all agents of the offer are given back', async (t) => {
  const { deadlines, time, take } = ringTwo()
  take()
  time.read(20_000)
  deadlines.reachUntil(20_000)
  t.strictSame(take(), [
    'withdraw c1 from ann: expired',
    'ann ringing>idle',
    'withdraw c1 from bob: expired',
    'offer c1 to cid',
    'cid idle>ringing c1',
    'bob ringing>idle',
  ])
})

t.test('a caller who leaves gives all agents of the offer back', async (t) => {
  const { offers, take, callId, deadlines, roster } = ringTwo()
  take()
  offers.drop(callId)
  t.strictSame(take(), [
    'withdraw c1 from ann: callLeft',
    'ann ringing>idle',
    'withdraw c1 from bob: callLeft',
    'bob ringing>idle',
  ])
  t.equal(deadlines.nextAt(), undefined)
  t.equal(roster.countByState().idle, 3)
})

t.test('an agent recalled from a shared offer leaves it to the others', async (t) => {
  const { offers, take, get, callId } = ringTwo()
  take()
  offers.recall(get('ann'))
  t.strictSame(take(), ['withdraw c1 from ann: agentUnavailable'])
  offers.accept(callId, get('bob'))
  t.strictSame(take(), ['bob ringing>talking c1'])
})
