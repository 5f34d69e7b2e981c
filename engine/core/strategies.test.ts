import t from 'tap'
import type { QueueId, SkillId } from '../catalogue/ids.ts'
import type { Scorer } from './scorer.ts'
import type { AgentSettings, QueueSettings } from './settings.ts'
import { type StrategyName, strategies } from './strategies.ts'
import { agent, atLunch, available, needs, queue, startAcd, step } from './testing/test-tenant.ts'

type Rig = ReturnType<typeof startAcd>

/** Rings one agent after the other until nobody is left. @returns their order */
function ringOut({ queueCall }: Rig, from: number): string[] {
  const order: string[] = []
  for (let n = 0; ; n += 1) {
    const [offer] = queueCall(`x${from}-${n}`, from)
    if (offer === undefined) {
      return order
    }
    order.push(offer.split(' to ')[1] ?? '')
  }
}

function withStrategy(
  strategy: StrategyName,
  agents: readonly AgentSettings[],
  over: Partial<QueueSettings> = {},
): Rig {
  return startAcd(agents, [queue('sales', { strategy, wrapUpMs: 0, ...over })])
}

/** Plays one whole call of `talkMs` with the agent who is next. @returns the agent */
function serve({ queueCall, accept, endTalk }: Rig, callId: string, at: number, talkMs: number) {
  const who = queueCall(callId, at)[0]?.split(' to ')[1] ?? ''
  accept(callId, who, at)
  endTalk(who, at + talkMs)
  return who
}

t.test('least talk time: the agent who talked least since logging in comes first', async (t) => {
  const rig = withStrategy('leastTalkTime', [agent('ann'), agent('bob'), agent('cid')])
  t.equal(serve(rig, 'c1', 10, 500), 'ann')
  t.equal(serve(rig, 'c2', 1_000, 300), 'bob')
  t.equal(serve(rig, 'c3', 2_000, 400), 'cid')
  t.strictSame(ringOut(rig, 3_000), ['bob', 'cid', 'ann'])
})

t.test('logging in resets the counts, a break does not', async (t) => {
  const rig = withStrategy('fewestCalls', [agent('ann'), agent('bob')])
  serve(rig, 'c1', 10, 10)
  serve(rig, 'c2', 100, 10)
  rig.choose('bob', { type: 'loggedOut' }, 200)
  rig.choose('ann', atLunch, 200)
  rig.choose('ann', available, 300)
  rig.choose('bob', available, 400)
  t.strictSame(ringOut(rig, 500), ['bob', 'ann'])
})

t.test('fewest calls: the agent with the fewest since logging in comes first', async (t) => {
  const rig = withStrategy('fewestCalls', [agent('ann'), agent('bob')])
  t.equal(serve(rig, 'c1', 10, 10), 'ann')
  t.equal(serve(rig, 'c2', 20, 9_000), 'bob')
  t.equal(serve(rig, 'c3', 10_000, 10), 'ann')
  t.strictSame(ringOut(rig, 11_000), ['bob', 'ann'])
})

t.test('round robin: each gets a turn, whatever they were doing', async (t) => {
  const rig = withStrategy('roundRobin', [agent('ann'), agent('bob'), agent('cid')])
  t.equal(serve(rig, 'c1', 10, 9_000), 'ann')
  t.equal(serve(rig, 'c2', 10_000, 10), 'bob')
  t.equal(serve(rig, 'c3', 11_000, 10), 'cid')
  rig.queueCall('c4', 12_000)
  t.same(rig.fail('c4', 'ann', 'declined', 12_001)[0], 'offer c4 to bob', 'a refusal is a turn')
  t.strictSame(ringOut(rig, 13_000), ['cid', 'ann'])
})

t.test('an offer that others ended does not count as a turn', async (t) => {
  const rig = withStrategy('roundRobin', [agent('ann'), agent('bob')])
  rig.queueCall('c1', 1)
  rig.leave('c1', 2)
  t.strictSame(ringOut(rig, 3), ['ann', 'bob'])
})

t.test('top down: by position in the queue, equals by idle time', async (t) => {
  const at = (position: number) => ({ queues: [{ queueId: 'sales', position }] })
  const rig = withStrategy('topDown', [
    agent('ann', at(2)),
    agent('bob', at(1)),
    agent('cid', at(2)),
  ])
  serve(rig, 'c1', 1, 10)
  rig.choose('ann', atLunch, 20)
  rig.choose('ann', available, 30)
  t.strictSame(ringOut(rig, 40), ['bob', 'cid', 'ann'])
})

t.test('agent order: in the order of the settings', async (t) => {
  const rig = withStrategy('agentOrder', [agent('cid'), agent('ann'), agent('bob')])
  serve(rig, 'c1', 1, 10)
  t.strictSame(ringOut(rig, 20), ['cid', 'ann', 'bob'])
})

t.test(
  'best skill: by the sum of the levels asked for first, also after the requirement has relaxed',
  async (t) => {
    const agents = [
      agent('ann', { skills: { french: 2, sales: 5 } }),
      agent('bob', { skills: { french: 5 } }),
      agent('cid', { skills: { french: 4, german: 4 } }),
      agent('dan'),
    ]
    const rig = withStrategy('bestSkill', agents, {
      requires: [step(0, { french: 5, german: 5 }), step(1_000, {})],
    })
    t.strictSame(rig.queueCall('c1', 0), [])
    t.strictSame(rig.pass(1_000), ['offer c1 to cid', 'cid idle>ringing c1'])
    const relaxed = { enqueuedAt: 0 }
    t.equal(rig.queueCall('c2', 1_001, relaxed)[0], 'offer c2 to bob')
    t.equal(rig.queueCall('c3', 1_002, relaxed)[0], 'offer c3 to ann')
    t.equal(rig.queueCall('c4', 1_003, relaxed)[0], 'offer c4 to dan')
  },
)

t.test(
  'least occupied: the agent who spent the smallest share of recent time on calls',
  async (t) => {
    const rig = withStrategy('leastOccupied', [agent('ann'), agent('bob'), agent('cid')])
    const minute = 60_000
    t.equal(serve(rig, 'c1', 0, 10 * minute), 'ann')
    t.equal(serve(rig, 'c2', 20 * minute, 4 * minute), 'bob')
    t.equal(serve(rig, 'c3', 100 * minute, 2 * minute), 'cid')
    // Ten minutes that ended 100 minutes ago weigh less than two minutes that ended just now.
    t.strictSame(ringOut(rig, 110 * minute), ['bob', 'ann', 'cid'])
  },
)

t.test('random: all have even chances, and the same seed gives the same day', async (t) => {
  const day = (seed: number) => {
    const agents = ['ann', 'bob', 'cid', 'dan'].map((id) => agent(id))
    const rig = startAcd(agents, [queue('sales', { strategy: 'random', wrapUpMs: 0 })], { seed })
    return Array.from({ length: 4_000 }, (_, n) => serve(rig, `c${n}`, n * 10, 5))
  }
  const chosen = day(7)
  t.strictSame(day(7), chosen)
  t.notSame(day(8), chosen)
  for (const who of ['ann', 'bob', 'cid', 'dan']) {
    const share = chosen.filter((one) => one === who).length / chosen.length
    t.ok(Math.abs(share - 0.25) < 0.03, `${who} had ${share}`)
  }
})

t.test('levels come before the strategy', async (t) => {
  const rig = withStrategy('fewestCalls', [
    agent('ann', { queues: [{ queueId: 'sales', level: 2 }] }),
    agent('bob', { queues: [{ queueId: 'sales', level: 1 }] }),
  ])
  serve(rig, 'c1', 1, 10)
  t.strictSame(ringOut(rig, 20), ['bob', 'ann'])
})

t.test('an agent of queues with different strategies has a place in each', async (t) => {
  const both = { queues: ['sales', 'help'] }
  const rig = startAcd(
    [agent('ann', both), agent('bob', both)],
    [
      queue('sales', { strategy: 'fewestCalls', wrapUpMs: 0 }),
      queue('help', { strategy: 'longestIdle', wrapUpMs: 0 }),
    ],
  )
  t.equal(serve(rig, 'c1', 1, 10), 'ann')
  t.equal(serve(rig, 'c2', 20, 10), 'bob')
  t.equal(serve(rig, 'c3', 40, 10), 'ann')
  rig.choose('bob', atLunch, 60)
  rig.choose('bob', available, 70)
  t.equal(rig.queueCall('c4', 80, { queueId: 'help' })[0], 'offer c4 to ann', 'idle for longer')
  t.equal(rig.queueCall('c5', 81)[0], 'offer c5 to bob')
})

t.test('a changed strategy takes effect while calls wait and phones ring', async (t) => {
  const agents = [agent('ann'), agent('bob'), agent('cid')]
  const sales = queue('sales', { strategy: 'agentOrder', wrapUpMs: 0 })
  const rig = startAcd(agents, [sales])
  serve(rig, 'c1', 1, 10)
  rig.queueCall('c2', 20)
  const changed = rig.change({ queues: [{ ...sales, strategy: 'ringAll' }], agents }, 30)
  t.strictSame(changed, [])
  t.equal(rig.queueCall('c3', 40)[0], 'offer c3 to bob cid')
  t.strictSame(rig.accept('c2', 'ann', 50), ['ann ringing>talking c2'])
})

const scorer = (over: Partial<Scorer>): Scorer => ({ name: 'mine', candidates: 10, ...over })

t.test('a strategy plugin orders the agents; equals keep the order of the strategy', async (t) => {
  const rig = withStrategy('agentOrder', [agent('ann'), agent('bob'), agent('cid')], {
    scorer: scorer({ scoreAgent: ({ agentId }) => (agentId === 'cid' ? 1 : 0) }),
  })
  t.strictSame(ringOut(rig, 10), ['cid', 'ann', 'bob'])
})

t.test(
  'a strategy plugin sees only the first candidates, and cannot override a level',
  async (t) => {
    const seen: string[] = []
    const rig = withStrategy(
      'agentOrder',
      [
        agent('ann', { queues: [{ queueId: 'sales', level: 2 }] }),
        agent('bob'),
        agent('cid'),
        agent('dan'),
      ],
      {
        scorer: scorer({
          candidates: 2,
          scoreAgent: ({ agentId }) => {
            seen.push(agentId)
            return { ann: 9, bob: 1, cid: 2, dan: 3 }[agentId as string] ?? 0
          },
        }),
      },
    )
    t.equal(rig.queueCall('c1', 1)[0], 'offer c1 to cid')
    t.strictSame(seen, ['bob', 'cid'])
  },
)

t.test('a strategy plugin orders the calls, but not beyond the bound of fairness', async (t) => {
  const rig = startAcd(
    [agent('ann', { status: atLunch })],
    [
      queue('sales', {
        scorer: scorer({ scoreCall: ({ callId }) => (callId === 'c2' ? 1 : 0) }),
      }),
    ],
    { fairAfterMs: 1_000 },
  )
  for (const callId of ['c1', 'c2', 'c3']) {
    rig.queueCall(callId, 0)
  }
  t.equal(rig.choose('ann', available, 999).at(-2), 'offer c2 to ann')
  rig.choose('ann', atLunch, 999)
  t.equal(rig.choose('ann', available, 1_000).at(-2), 'offer c1 to ann')
})

t.test(
  'a strategy plugin that throws or returns no number counts as neutral, and is reported',
  async (t) => {
    const rig = withStrategy('agentOrder', [agent('ann'), agent('bob'), agent('cid')], {
      scorer: scorer({
        scoreAgent({ agentId }) {
          if (agentId === 'ann') {
            throw new Error('no idea')
          }
          return agentId === 'bob' ? Number.NaN : -1
        },
      }),
    })
    t.strictSame(rig.queueCall('c1', 1), [
      'scorer mine failed in sales: no idea',
      'scorer mine failed in sales: not a number',
      'offer c1 to ann',
      'ann idle>ringing c1',
    ])
  },
)

t.test('what a strategy plugin is shown of agents and calls', async (t) => {
  const shown: unknown[] = []
  const rig = withStrategy('longestIdle', [agent('ann', { skills: { french: 3 } })], {
    priority: 2,
    ageing: { perMinute: 60, steps: [] },
    requires: [step(0, { french: 5 }), step(500, { french: 3 })],
    scorer: scorer({ scoreAgent: (who, call) => shown.push(who, call) }),
  })
  rig.queueCall('c1', 0, { priority: 1 })
  rig.pass(500)
  t.strictSame(shown, [
    {
      agentId: 'ann',
      skills: new Map([['french' as SkillId, 3]]),
      level: 1,
      position: 1,
      idleMs: 500,
      talkMs: 0,
      calls: 0,
      occupancy: 0,
    },
    { callId: 'c1', queueId: 'sales' as QueueId, priority: 3.5, waitMs: 500, step: 1 },
  ])
})

t.test('an agent who meets one of several alternatives suits', async (t) => {
  const { queueCall } = withStrategy('agentOrder', [
    agent('ann', { skills: { french: 3 } }),
    agent('bob', { skills: { german: 4, sales: 1 } }),
  ])
  const requires = needs({ french: 4 }, { german: 4, sales: 1 })
  t.equal(queueCall('c1', 1, { requires })[0], 'offer c1 to bob')
  t.strictSame(queueCall('c2', 2, { requires }), [])
})

t.test('with every strategy but a drawn one, equals go by idle time, then by id', async (t) => {
  for (const { name } of strategies.filter(({ isDrawn }) => !isDrawn)) {
    const agents = ['cid', 'bob', 'ann'].map((agentId) => agent(agentId, { status: atLunch }))
    const rig = withStrategy(name, agents, { ringAtMost: 1 })
    rig.choose('bob', available, 1)
    rig.choose('cid', available, 2)
    rig.choose('ann', available, 2)
    // No two agents are equal in the order of the settings.
    const expected = name === 'agentOrder' ? ['cid', 'bob', 'ann'] : ['bob', 'ann', 'cid']
    t.strictSame(ringOut(rig, 3), expected, name)
  }
})
