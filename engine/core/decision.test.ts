import t from 'tap'
import type { AgentId, CallId, QueueId } from '../catalogue/ids.ts'
import type { AcdEvent } from './event.ts'
import {
  agent,
  atLunch,
  available,
  needs,
  queue,
  startAcd,
  startAt,
  step,
} from './testing/test-tenant.ts'

const queued = (callId: string, over: object = {}): AcdEvent => ({
  type: 'callQueued',
  callId: callId as CallId,
  queueId: 'sales' as QueueId,
  enqueuedAt: startAt,
  priority: 0,
  ...over,
})

function decisionOf({ acd }: ReturnType<typeof startAcd>, event: AcdEvent, at: number) {
  const offer = acd.handle(event, startAt + at).find(({ type }) => type === 'offer')
  return offer?.type === 'offer' ? offer.decision : undefined
}

t.test('a call’s record names who could have been asked, and who could not and why', async (t) => {
  const tier = (level: number) => ({ queues: [{ queueId: 'sales', level }] })
  const french = { skills: { french: 3 } }
  const rig = startAcd(
    [
      agent('talks', french),
      agent('eats', { ...french, status: atLunch }),
      agent('out', { ...french, status: { type: 'loggedOut' } }),
      agent('rests', {
        ...french,
        restMs: { busy: 90_000, declined: 0, noAnswer: 0, unreachable: 0 },
      }),
      agent('refused', french),
      agent('late', { ...french, ...tier(3) }),
      agent('mute'),
      agent('second', { skills: { french: 4 }, ...tier(2) }),
      agent('first', french),
    ],
    [
      queue('sales', {
        strategy: 'agentOrder',
        requires: [step(0, { french: 5 }), step(10_000, { french: 3 })],
        tiers: { openAfterMs: 10_000, skipUnstaffed: false },
      }),
    ],
    { recordEvery: 1 },
  )
  const own = { requires: needs({ french: 3 }), priority: 9 }
  rig.queueCall('c0', 0, own)
  rig.accept('c0', 'talks', 0)
  rig.queueCall('c1', 0, own)
  rig.fail('c1', 'rests', 'busy', 0)
  rig.leave('c1', 0)
  t.strictSame(rig.queueCall('c2', 0), [])
  t.equal(rig.pass(10_000)[0], 'offer c2 to refused')
  const refused = { type: 'offerFailed', callId: 'c2' as CallId, agentId: 'refused' as AgentId }
  t.strictSame(decisionOf(rig, { ...refused, outcome: 'declined' } as AcdEvent, 12_000), {
    soughtBy: 'call',
    strategy: 'agentOrder',
    step: 1,
    openLevel: 2,
    candidates: [
      { agentId: 'first', level: 1, key: 8 },
      { agentId: 'second', level: 2, key: 7 },
    ],
    candidateCount: 2,
    excluded: [
      { agentId: 'talks', why: 'occupied' },
      { agentId: 'eats', why: 'onBreak' },
      { agentId: 'out', why: 'loggedOut' },
      { agentId: 'rests', why: 'resting' },
      { agentId: 'refused', why: 'occupied' },
      { agentId: 'late', why: 'tier' },
      { agentId: 'mute', why: 'skill' },
    ],
    excludedCount: { occupied: 2, onBreak: 1, loggedOut: 1, resting: 1, tier: 1, skill: 1 },
    calls: [{ callId: 'c2', queueId: 'sales', points: 0, waitMs: 12_000 }],
  })
})

t.test('an agent’s record names the calls that wanted them, the chosen first', async (t) => {
  const rig = startAcd([agent('ann', { status: atLunch })], [queue('sales')], { recordEvery: 1 })
  rig.queueCall('c1', 0)
  rig.queueCall('c2', 100, { priority: 3 })
  const chosen = { type: 'statusChosen', agentId: 'ann' as AgentId, status: available } as const
  t.match(decisionOf(rig, chosen, 500), {
    soughtBy: 'agent',
    candidates: [{ agentId: 'ann', level: 1, key: 0 }],
    calls: [
      { callId: 'c2', queueId: 'sales', points: 3, waitMs: 400 },
      { callId: 'c1', queueId: 'sales', points: 0, waitMs: 500 },
    ],
  })
})

t.test('a call held for the agents it prefers excludes all others', async (t) => {
  const rig = startAcd([agent('ann'), agent('bob')], [queue('sales')], { recordEvery: 1 })
  const preferred = { agentIds: ['bob' as AgentId], hold: 20_000 }
  t.match(decisionOf(rig, queued('c1', { preferred }), 0), {
    candidates: [{ agentId: 'bob' }],
    excluded: [{ agentId: 'ann', why: 'notPreferred' }],
  })
})

t.test('the scores of a strategy plugin are in the record', async (t) => {
  const scorer = {
    name: 'mine',
    candidates: 5,
    scoreAgent: ({ agentId }: { agentId: string }) => (agentId === 'bob' ? 2 : 1),
  }
  const rig = startAcd([agent('ann'), agent('bob')], [queue('sales', { scorer })], {
    recordEvery: 1,
  })
  t.match(decisionOf(rig, queued('c1'), 0)?.candidates, [
    { agentId: 'bob', score: 2 },
    { agentId: 'ann', score: 1 },
  ])
})

t.test('one offer in recordEvery has a record', async (t) => {
  const agents = Array.from({ length: 6 }, (_, index) => agent(`a${index}`))
  const rig = startAcd(agents, [queue('sales')], { recordEvery: 3 })
  const recorded = agents.map((_, index) => decisionOf(rig, queued(`c${index}`), 0) !== undefined)
  t.strictSame(recorded, [false, false, true, false, false, true])
})

t.test('each strategy’s record shows what it compared', async (t) => {
  const strategies = ['longestIdle', 'bestSkill', 'leastOccupied', 'fewestCalls'] as const
  const keys = strategies.map((strategy) => {
    const rig = startAcd(
      [agent('ann', { skills: { french: 4 } })],
      [queue('sales', { strategy, wrapUpMs: 0, requires: needs({ french: 1 }) })],
      { recordEvery: 1 },
    )
    rig.queueCall('c0', 0)
    rig.accept('c0', 'ann', 0)
    rig.endTalk('ann', 60_000)
    return decisionOf(rig, queued('c1', { enqueuedAt: startAt + 61_000 }), 61_000)?.candidates[0]
      ?.key
  })
  const [idle, skill, occupancy, calls] = keys
  t.strictSame([idle, skill, calls], [1_000, 4, 1])
  t.ok((occupancy ?? 0) > 0.03 && (occupancy ?? 1) < 0.04)
})
