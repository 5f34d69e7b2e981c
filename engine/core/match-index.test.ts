import t from 'tap'
import { Deadlines } from './deadlines.ts'
import type { CallId, QueueId, SkillId } from './ids.ts'
import { MatchIndex } from './match-index.ts'
import { SteadyTime } from './steady-time.ts'
import { agent, queue } from './testing/test-tenant.ts'
import { WaitingRoom } from './waiting-room.ts'

const french = { skill: 'french' as SkillId, minLevel: 2 }
const german = { skill: 'german' as SkillId, minLevel: 1 }

t.test(
  'agents alike in queues and skills share a profile, in whatever order they are named',
  async (t) => {
    const index = new MatchIndex()
    const ann = agent('ann', { queues: ['sales', 'help'], skills: { french: 2, german: 1 } })
    const bob = agent('bob', { queues: ['help', 'sales'], skills: { german: 1, french: 2 } })
    t.equal(index.profileOf(ann), index.profileOf(bob))
    t.not(index.profileOf(ann), index.profileOf(agent('cid', { queues: ['sales', 'help'] })))
    t.not(
      index.profileOf(ann),
      index.profileOf({ ...ann, skills: new Map([...ann.skills, ['french' as SkillId, 3]]) }),
    )
  },
)

t.test('calls alike in queue and requirement share a demand', async (t) => {
  const index = new MatchIndex()
  const [sales, help] = [queue('sales'), queue('help')]
  t.equal(index.demandOf(sales, [french, german]), index.demandOf(sales, [german, french]))
  t.not(index.demandOf(sales, [french]), index.demandOf(help, [french]))
  t.not(index.demandOf(sales, [french]), index.demandOf(sales, [{ ...french, minLevel: 3 }]))
})

t.test('profiles and demands find each other, whichever comes first', async (t) => {
  const index = new MatchIndex()
  const sales = queue('sales')
  const before = index.demandOf(sales, [french])
  const suited = index.profileOf(agent('ann', { skills: { french: 2 } }))
  const unskilled = index.profileOf(agent('bob'))
  const elsewhere = index.profileOf(agent('cid', { queues: ['help'], skills: { french: 5 } }))
  const after = index.demandOf(sales, [])
  t.strictSame(before.profiles, new Set([suited]))
  t.strictSame(after.profiles, new Set([suited, unskilled]))
  t.strictSame(suited.demands, new Set([before, after]))
  t.strictSame(elsewhere.demands, new Set())
})

t.test('a requirement is forgotten with its last call, the queue’s own never', async (t) => {
  const index = new MatchIndex()
  const profile = index.profileOf(agent('ann', { skills: { french: 2 } }))
  const room = new WaitingRoom([queue('sales')], {
    index,
    deadlines: new Deadlines(),
    time: new SteadyTime(0),
    emit: () => {},
  })
  const [own] = profile.demands
  const admit = (callId: string) =>
    room.admit({
      type: 'callQueued',
      callId: callId as CallId,
      queueId: 'sales' as QueueId,
      enqueuedAt: 0,
      priority: 0,
      requires: [french],
    })
  const calls = [admit('c1'), admit('c2')]
  t.equal(profile.demands.size, 2)
  for (const [left, call] of calls.entries()) {
    t.equal(profile.demands.size, 2, `${left} of its calls have left`)
    t.ok(call !== undefined)
    if (call !== undefined) {
      room.forget(call)
    }
  }
  t.strictSame(profile.demands, new Set([own]))
})
