import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Rig, testOverlay } from './rig.ts'
import { testOnBothSwitches } from './scenario.ts'

/** Phones by number, as in {@link testOverlay}. */
const answers = 'loopback/2001/public'
const silent = 'loopback/3001/public'
const busy = 'loopback/4001/public'

interface Scenario {
  readonly name: string
  /** More options of queue `q`, which number 1000 leads to. */
  readonly queue: string
  readonly agents: Readonly<Record<string, string>>
  readonly run: (t: Test, rig: Rig) => Promise<void>
}

function tenant({ queue, agents }: Scenario): string {
  const lines = Object.entries(agents).map(([id, agent]) => `      ${id}: { ${agent} }`)
  return `    queues:
      q: { wrapUp: 0s, ringTime: 5s, music: 'tone_stream://%(2000,4000,440,480);loops=-1', ${queue} }
      other: { wrapUp: 0s, music: silence }
    agentDefaults: { queues: [q], maxMisses: 0, rest: { busy: 0s, declined: 0s, noAnswer: 0s, unreachable: 0s } }
    agents:
${lines.join('\n')}
    routes: [{ number: '1000', queue: q }]`
}

const endings = (rig: Rig, callId: string) =>
  rig
    .story(callId)
    .filter((line) => line.startsWith('call.offerEnded'))
    .toSorted()

const scenarios: readonly Scenario[] = [
  {
    name: 'all phones ring: one is busy, one answers, one stops ringing',
    queue: 'strategy: ringAll',
    agents: { ann: `dial: ${silent}`, bob: `dial: ${answers}`, cid: `dial: ${busy}` },
    async run(t, rig) {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      t.ok(rig.story(callId).includes('call.answered bob'))
      t.strictSame(endings(rig, callId), [
        'call.offerEnded ann withdrawn',
        'call.offerEnded cid busy',
      ])
      t.strictSame(
        ['ann', 'bob', 'cid'].map((name) => rig.agentState(name)),
        ['idle', 'talking', 'idle'],
      )
      t.equal(await rig.channels(3), 3, 'the caller and one phone, which is a pair of channels')
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  },
  {
    name: 'phones ring one after the other, whole seconds apart',
    queue: 'strategy: ringProgressively, ringStep: 1s',
    agents: {
      ann: `dial: ${silent}, queues: [{ queue: q, position: 1 }]`,
      bob: `dial: ${answers}, queues: [{ queue: q, position: 2 }]`,
    },
    async run(t, rig) {
      const callId = await rig.call()
      const { waitMs } = await rig.until('call.answered', callId)
      t.ok(waitMs >= 900 && waitMs < 4_000, `after ${waitMs} ms`)
      t.strictSame(endings(rig, callId), ['call.offerEnded ann withdrawn'])
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  },
  {
    name: 'an agent who goes on break stops ringing, the others ring on',
    queue: 'strategy: ringAll',
    agents: { ann: `dial: ${silent}`, bob: 'dial: loopback/3002/public' },
    async run(t, rig) {
      const callId = await rig.call()
      await rig.until('call.offered', callId, 2)
      t.equal(await rig.channels(5), 5)
      const { control } = rig.app.engine.tenants.get('default') ?? {}
      control?.setStatus('ann', { type: 'onBreak', reason: 'tea' })
      t.match(await rig.until('call.offerEnded', callId), { agent: 'ann', outcome: 'withdrawn' })
      // A real switch lists a leg that was hung up until the offer ends.
      t.ok((await rig.channels(3)) < 5, 'the leg to ann’s phone is gone')
      t.equal(rig.agentState('bob'), 'ringing')
      await rig.hangUp(callId)
      t.match(await rig.until('call.abandoned', callId), { wasRinging: true })
    },
  },
  {
    name: 'an unreachable phone is detected while the others ring',
    queue: 'strategy: ringAll',
    agents: { ann: 'dial: user/nobody@127.0.0.1', bob: `dial: ${silent}` },
    async run(t, rig) {
      const callId = await rig.call()
      t.match(await rig.until('call.offerEnded', callId), { agent: 'ann', outcome: 'unreachable' })
      t.equal(rig.agentState('bob'), 'ringing')
      await rig.hangUp(callId)
      await rig.until('call.abandoned', callId)
    },
  },
  {
    name: 'the second tier opens in time and not earlier',
    queue: 'tiers: { openAfter: 1s }, retryDeclined: 60s',
    agents: {
      ann: `dial: ${busy}`,
      bob: `dial: ${answers}, queues: [{ queue: q, level: 2 }]`,
    },
    async run(t, rig) {
      const callId = await rig.call()
      const { waitMs, agent } = await rig.until('call.answered', callId)
      t.equal(agent, 'bob')
      t.ok(waitMs >= 1_000 && waitMs < 4_000, `after ${waitMs} ms`)
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  },
  {
    name: 'a requirement relaxes in time',
    queue: 'requires: { english: 5 }, relax: [{ after: 1s, requires: {} }]',
    agents: {
      ann: `dial: ${answers}, status: loggedOut, skills: { english: 5 }`,
      bob: `dial: ${answers}`,
    },
    async run(t, rig) {
      const callId = await rig.call()
      const { waitMs } = await rig.until('call.answered', callId)
      t.ok(waitMs >= 1_000 && waitMs < 4_000, `after ${waitMs} ms`)
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  },
  {
    name: 'a full queue overflows, and the wait is charged to it',
    queue: 'capacity: 1, whenFull: { queue: other }',
    agents: { bob: `dial: ${answers}, queues: [other]` },
    async run(t, rig) {
      const [first, second] = [await rig.call(), await rig.call()]
      t.match(await rig.until('call.answered', second), { queue: 'other', chargedTo: 'q' })
      t.match(await rig.until('call.overflowed', second), { reason: 'full', to: 'queue other' })
      const queues = rig.app.metrics.tally.tenants.get('default')?.queues
      t.match(queues?.get('q'), { offered: 2, answered: 1 })
      t.match(queues?.get('other'), { offered: 1, answered: 0 })
      for (const callId of [first, second]) {
        await rig.hangUp(callId)
      }
      await rig.until('call.completed', second)
      await rig.until('call.abandoned', first)
    },
  },
  {
    name: 'a queue that is unstaffed for too long transfers the caller',
    queue: "unstaffed: { leaveAfter: 1s }, whenUnstaffed: { transfer: '9000 XML public' }",
    agents: { ann: `dial: ${answers}, status: loggedOut` },
    async run(t, rig) {
      const callId = await rig.call()
      t.match(await rig.until('call.overflowed', callId), {
        reason: 'unstaffed',
        to: 'transfer 9000',
      })
      await sleep(200)
      t.equal((await rig.tool.api(`uuid_getvar ${callId} current_application`)).trim(), 'playback')
      await rig.hangUp(callId)
    },
  },
  {
    name: 'a caller waits for a preferred agent although another is idle',
    queue: 'strategy: agentOrder',
    agents: { ann: `dial: ${answers}`, bob: 'dial: loopback/2002/public' },
    async run(t, rig) {
      const first = await rig.call('1000', { acd_prefer: 'bob' })
      t.match(await rig.until('call.answered', first), { agent: 'bob' })
      const second = await rig.call('1000', { acd_prefer: 'bob', acd_hold: 'staffed' })
      await sleep(300)
      t.equal(rig.agentState('ann'), 'idle')
      await rig.hangUp(first)
      t.match(await rig.until('call.answered', second), { agent: 'bob' })
      await rig.hangUp(second)
      await rig.until('call.completed', second)
    },
  },
  {
    name: 'an action falls due while the caller waits',
    queue: 'actions: [{ name: discount, after: 1s, data: { code: SORRY10 } }]',
    agents: { ann: `dial: ${answers}, status: loggedOut` },
    async run(t, rig) {
      const callId = await rig.call()
      t.match(await rig.until('call.actionDue', callId), {
        name: 'discount',
        count: 1,
        data: { code: 'SORRY10' },
      })
      await rig.hangUp(callId)
      await rig.until('call.abandoned', callId)
    },
  },
]

testOnBothSwitches(
  t,
  scenarios.map((scenario) => ({ ...scenario, tenant: tenant(scenario) })),
  {
    '1': ['set acd_tenant=default', 'answer', 'park'],
    '2': ['ring_ready', 'sleep 100', 'answer', 'park'],
    '3': ['ring_ready', 'sleep 60000'],
    '4': ['hangup USER_BUSY'],
    '9': ['playback tone_stream://%(1000,0,440);loops=-1'],
  },
  testOverlay,
)
