import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { callers, joined, login, press, until, waiting, watchDials } from './actions.ts'
import { customerDial } from './customers.ts'
import type { Rig } from './rig.ts'
import type { Scenario } from './scenario.ts'

/** A phone that answers, as in {@link testOverlay}. */
const phone = 'loopback/2001/public'
/** A phone whose leg can dial a customer. The codecs of a loopback do not allow that. */
const sipPhone = customerDial('79233333333')
const tone = (ms: number) => `'tone_stream://%(${ms},10,440)'`

function tenant(options = '', agentPhone = phone): string {
  return `    outbound: { dial: 'sofia/gateway/sim/{digits}', ringTime: 10s }
    queues:
      q: { wrapUp: 0s, ringTime: 5s, music: 'tone_stream://%(2000,4000,440,480);loops=-1' }
    flows:
      offer:
        steps:
          - menu: { prompt: ${tone(4_000)}, keys: { 1: thanks }, into: choice }
          - { name: thanks, play: ${tone(200)} }
          - hangup: NORMAL_CLEARING
    agents:
      ann: { dial: ${agentPhone}, queues: [q], status: loggedOut }
    routes: [{ number: '1000', queue: q }]
    plugins:
      callback:
        options:
          numbers: { countryCode: '7', bare: international }
          abandonedAfter: 0s
          sweepEvery: 1s
          spacing: { busy: 1s, noAnswer: 1s }
          requests: [{ flow: offer, variable: choice, value: '1' }]
${options}`
}

/** Makes a caller wait in the queue and hang up. @returns the call and its place */
async function abandon(rig: Rig, number: string) {
  const callId = await rig.call('1000', {}, number)
  const { enqueuedAt } = await rig.until('call.queued', callId)
  await rig.hangUp(callId)
  await rig.until('call.abandoned', callId)
  await rig.heard.until('callback.owed', { callId, enqueuedAt })
  return { callId, enqueuedAt }
}

/** The types of published events, in order, limited to the given types. */
function heard(rig: Rig, ...types: readonly string[]): readonly string[] {
  return rig.heard.all.map(({ type }) => type).filter((type) => types.includes(type))
}

const dialStory = [
  'callback.owed',
  'call.dialled',
  'call.dialEnded',
  'callback.attempted',
  'callback.connected',
  'callback.givenUp',
]

async function endTalk(rig: Rig, callId: string): Promise<void> {
  await rig.hangUp(callId)
  await rig.until('call.completed', callId)
}

/** Waits longer than a sweep and checks that the number was dialled `count` times. */
async function settle(t: Test, rig: Rig, number: string, dials: readonly string[], count: number) {
  await sleep(1_500)
  t.strictSame(
    dials.filter((one) => one === number),
    Array(count).fill(number),
    `dialled ${count} times`,
  )
  t.equal(rig.heard.of('call.dialled').length, count)
}

/** Scenarios of callers whom nobody served. */
export const callbackScenarios: readonly Scenario[] = [
  {
    name: 'a caller who hangs up while waiting is called back and joined to an agent',
    tenant: tenant(),
    async run(t, rig) {
      const [number] = callers
      const dials = watchDials(rig)
      const { enqueuedAt } = await abandon(rig, number)
      login(rig, 'ann')
      const { callId, agents } = await rig.heard.until('call.dialled', { queue: 'q' })
      t.strictSame(agents, ['ann'], 'a customer is dialled only for a free agent')
      t.match(await rig.until('call.queued', callId), { enqueuedAt })
      t.match(await rig.until('call.answered', callId), { agent: 'ann', queue: 'q' })
      await rig.heard.until('callback.connected', { callId, attempts: 1 })
      t.match(await joined(rig, callId), { agent: 'ann', back: callId })
      t.strictSame(heard(rig, ...dialStory), [
        'callback.owed',
        'call.dialled',
        'call.dialEnded',
        'callback.attempted',
        'callback.connected',
      ])
      await settle(t, rig, number, dials, 1)
      await endTalk(rig, callId)
    },
  },
  {
    name: 'a caller who calls again is not dialled and gets the old place',
    tenant: tenant(),
    async run(t, rig) {
      const [first, between] = callers
      const dials = watchDials(rig)
      const { enqueuedAt } = await abandon(rig, first)
      const second = await rig.call('1000', {}, between)
      await rig.until('call.queued', second)
      const again = await rig.call('1000', {}, first)
      await rig.heard.until('callback.absorbed', { callId: again, reason: 'rangAgain' })
      await rig.heard.until('call.changed', { callId: again, enqueuedAt })
      login(rig, 'ann')
      t.match(await rig.until('call.answered', again), { agent: 'ann' })
      t.equal(rig.story(second).includes('call.answered ann'), false)
      await endTalk(rig, again)
      await rig.until('call.answered', second)
      await endTalk(rig, second)
      await settle(t, rig, first, dials, 0)
    },
  },
  {
    name: 'a caller who requests a callback keeps the place and is called back',
    tenant: tenant(),
    async run(t, rig) {
      const [number, later] = callers
      const dials = watchDials(rig)
      const asking = await rig.call('1000', {}, number)
      const { enqueuedAt } = await rig.until('call.queued', asking)
      const { calls } = rig.app.engine.tenants.get('default') ?? {}
      t.strictSame(calls?.runFlow(asking, { flow: 'offer' }), { ok: true })
      await press(rig, asking, '1')
      await rig.heard.until('callback.owed', { callId: asking, owedFor: 'requested', enqueuedAt })
      t.match(await rig.until('call.sentAway', asking), { end: 'hangup' })
      const second = await rig.call('1000', {}, later)
      await rig.until('call.queued', second)
      await until(() => waiting(rig) === 2)
      login(rig, 'ann')
      const { callId } = await rig.heard.until('call.dialled')
      t.match(await rig.until('call.queued', callId), { enqueuedAt })
      t.match(await rig.until('call.answered', callId), { agent: 'ann' })
      t.equal(rig.story(second).includes('call.answered ann'), false)
      await rig.heard.until('callback.connected', { callId })
      await endTalk(rig, callId)
      await rig.until('call.answered', second)
      await endTalk(rig, second)
      await settle(t, rig, number, dials, 1)
    },
  },
  {
    name: 'a busy customer is dialled again after a pause',
    tenant: tenant(),
    async run(t, rig) {
      const number = '79611111111'
      const dials = watchDials(rig)
      await abandon(rig, number)
      login(rig, 'ann')
      await rig.heard.until('callback.attempted', { outcome: 'busy' })
      const { callId } = await rig.heard.until('callback.connected', { attempts: 2 })
      t.match(await joined(rig, String(callId)), { agent: 'ann', back: callId })
      const [busy, answered] = rig.heard.of('call.dialled')
      t.ok((answered?.at ?? 0) - (busy?.at ?? 0) >= 1_000, 'after the pause')
      await settle(t, rig, number, dials, 2)
      await endTalk(rig, String(callId))
    },
  },
  {
    name: 'a customer who never answers is given up after the last attempt',
    tenant: tenant('          attempts: 2\n          ringFor: 1s'),
    async run(t, rig) {
      const number = '79311111111'
      const dials = watchDials(rig)
      await abandon(rig, number)
      login(rig, 'ann')
      await rig.heard.until('callback.givenUp', { attempts: 2, reason: 'noAnswer' })
      t.strictSame(
        rig.heard.of('callback.attempted').map(({ outcome }) => outcome),
        ['noAnswer', 'noAnswer'],
      )
      t.equal(rig.agentState('ann'), 'idle')
      await settle(t, rig, number, dials, 2)
    },
  },
  {
    name: 'with first: agent, the customer is dialled when the agent is on the line',
    tenant: tenant('          first: agent', sipPhone),
    async run(t, rig) {
      const [number] = callers
      const dials = watchDials(rig)
      await abandon(rig, number)
      login(rig, 'ann')
      const { callId } = await rig.heard.until('call.dialled', { queue: 'q' })
      t.match(await rig.until('call.answered', callId), { agent: 'ann' })
      await rig.heard.until('callback.connected', { callId })
      t.match(await joined(rig, callId), { agent: 'ann', back: callId })
      await settle(t, rig, number, dials, 1)
      await endTalk(rig, callId)
    },
  },
]
