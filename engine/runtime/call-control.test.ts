import t from 'tap'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, LegId } from '../catalogue/ids.ts'
import { startEngine, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import {
  callParked,
  from,
  legHungUp,
  legsJoined,
  legsParted,
  offerEnded,
  parkedCaller,
} from '../rigs/switch-events.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import type { FakeSwitch } from '../testing/fake-switch.ts'

const callId = ids.call('call')
const survey = {
  steps: [
    { menu: { prompt: 'score.wav', keys: { 1: 'bad', 2: 'end' }, into: 'score', timeout: '5s' } },
    { name: 'bad', queue: 'help' },
  ],
}
const goodbye = { steps: [{ play: 'bye.wav' }] }

/** A tenant with one agent, at work on a switch that does what the test says. */
async function open(found: readonly LegSnapshot[] = []) {
  const settings = tenantSettings(
    { sales: { music: undefined }, help: {} },
    { ann: { queues: ['sales'], wrapUpMs: 10_000 } },
    {},
    { survey },
  )
  const { link, rig } = await startEngine(settings, found)
  const { tenant } = rig
  const said = () => rig.takeEvents()
  const offerOf = () => {
    const offer = link.takeCommands().findLast(({ type }) => type === 'offer')
    if (offer?.type !== 'offer') {
      throw new Error('no offer')
    }
    return { offerId: offer.offerId, legId: offer.legs[0]?.legId as LegId }
  }
  return {
    ...{ link, rig, tenant, calls: tenant.calls, said },
    state: () => tenant.acd.agentState('ann' as AgentId),
    arrive: () => link.emit(callParked(callId)),
    prompt: (promptId: string) => ({ ...from, callId, promptId: promptId as PromptId }),
    offerOf,
    /** The caller talks to ann. */
    talk() {
      link.emit(callParked(callId))
      const offer = offerOf()
      link.emit(legsJoined(callId, offer.legId))
      said()
      link.takeCommands()
      return {
        offer,
        /** The agent hangs up, in the order the switch tells it. */
        agentLeaves() {
          link.emit(legsParted(callId, offer.legId))
          link.emit(offerEnded(callId, offer.offerId, 'SUCCESS'))
          link.emit(legHungUp(offer.legId))
        },
      }
    },
  }
}

const words = (events: readonly EngineEvent[]) =>
  events.map(({ type, data }) => ('by' in data ? `${type} by ${data.by}` : type))
const sentOf = (link: FakeSwitch) => link.takeCommands().map(({ type }) => type)

t.test('a caller whom the agent has left is asked at once, where that was wished', async (t) => {
  const { link, calls, talk, said, state, prompt } = await open()
  const { agentLeaves } = talk()
  t.strictSame(calls.runFlowAfterTalk(callId, { flow: goodbye }), { ok: true })
  t.strictSame(calls.runFlowAfterTalk(callId, { flow: 'survey' }), { ok: true }, 'the later counts')
  t.strictSame(said(), [], 'nothing happens yet')
  agentLeaves()
  t.strictSame(words(said()), ['call.completed', 'flow.started by afterTalk'])
  t.equal(state(), 'wrapUp')
  const asked = link.takeCommands().find(({ type }) => type === 'askDigits')
  t.match(asked, { callId, prompt: { files: ['score.wav'] } })
  const promptId = asked?.type === 'askDigits' ? asked.promptId : ''
  link.emit({ ...prompt(promptId), type: 'digitsCollected', digits: '2' })
  t.strictSame(words(said()), ['flow.collected', 'flow.ended'])
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId, cause: 'NORMAL_CLEARING' }])
  link.emit(legHungUp(callId))
  t.strictSame(said(), [], 'the call had its last event')
})

t.test('a caller who leaves while being asked, or first, ends nothing twice', async (t) => {
  const one = await open()
  const { agentLeaves } = one.talk()
  one.calls.runFlowAfterTalk(callId, { flow: 'survey' })
  agentLeaves()
  one.said()
  one.link.emit(legHungUp(callId))
  t.match(one.said(), [{ type: 'flow.ended', data: { outcome: 'callerGone' } }])
  const other = await open()
  other.talk()
  other.calls.runFlowAfterTalk(callId, { flow: 'survey' })
  other.link.emit(legHungUp(callId))
  t.strictSame(words(other.said()), ['call.completed'])
})

t.test('a flow after the talk may lead to a queue, where the caller waits anew', async (t) => {
  const { link, rig, calls, talk, said, prompt, tenant } = await open()
  const { agentLeaves } = talk()
  calls.runFlowAfterTalk(callId, { flow: 'survey' })
  rig.clock.advance(60_000)
  agentLeaves()
  said()
  const asked = link.takeCommands().find(({ type }) => type === 'askDigits')
  link.emit({
    ...prompt(asked?.type === 'askDigits' ? asked.promptId : ''),
    ...{ type: 'digitsCollected', digits: '1' },
  })
  t.match(said().at(-1), {
    type: 'call.queued',
    data: { queue: 'help', enqueuedAt: rig.clock.now() },
  })
  t.equal(tenant.acd.depth(ids.queue('help')).waiting, 1)
})

t.test('without a flow the caller is let go with the agent', async (t) => {
  const { link, talk } = await open()
  const { agentLeaves } = talk()
  agentLeaves()
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
})

t.test('the agent is free even if the end of their leg is never told', async (t) => {
  const { link, calls, talk, state } = await open()
  const { offer } = talk()
  calls.runFlowAfterTalk(callId, { flow: 'survey' })
  link.emit(offerEnded(callId, offer.offerId, 'SUCCESS'))
  t.equal(state(), 'wrapUp')
  t.match(link.takeCommands()[0], { type: 'hangUp', legId: offer.legId })
})

t.test('a caller in a flow after the talk that no engine knows any more is let go', async (t) => {
  const caller = {
    ...{ enqueuedAt: 1, takenNumber: 'sales', inQueue: 'sales', state: 'inFlow' as const },
    ...{ inFlow: undefined, flowBy: 'afterTalk' as const },
  }
  const { link, said } = await open([parkedCaller(callId, caller)])
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
  t.strictSame(said(), [])
})

t.test('a talking caller is sent on: to a queue, or to the dialplan', async (t) => {
  const { link, calls, talk, said, tenant, state } = await open()
  const { offer, agentLeaves } = talk()
  t.match(calls.transfer(callId, { type: 'queue', queueId: 'none' }), {
    error: { code: 'queueUnknown' },
  })
  t.strictSame(calls.transfer(callId, { type: 'queue', queueId: 'help', priority: 4 }), {
    ok: true,
  })
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: offer.legId }])
  agentLeaves()
  t.match(said(), [
    { type: 'call.completed' },
    { type: 'call.queued', data: { queue: 'help', priority: 4 } },
  ])
  t.equal(tenant.acd.depth(ids.queue('help')).waiting, 1)
  t.equal(state(), 'wrapUp')

  const other = await open()
  other.talk()
  const to = { extension: '9000', dialplan: 'XML', context: 'default' }
  t.strictSame(other.calls.transfer(callId, { type: 'transfer', ...to }), { ok: true })
  t.strictSame(other.link.takeCommands(), [{ type: 'transfer', callId, ...to }])
})

t.test('a waiting caller is sent on, or hung up, and the figures know why', async (t) => {
  const { link, calls, arrive, said, tenant, state } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  arrive()
  t.strictSame(calls.transfer(callId, { type: 'queue', queueId: 'help' }), { ok: true })
  t.match(said().slice(-2), [{ type: 'call.requeued' }, { type: 'call.queued' }])
  sentOf(link)
  const to = { extension: '9000', dialplan: 'XML', context: 'default' }
  t.strictSame(calls.transfer(callId, { type: 'transfer', ...to }), { ok: true })
  t.match(said(), [
    { type: 'call.overflowed', data: { reason: 'command', to: 'transfer 9000', queue: 'help' } },
  ])
  t.strictSame(sentOf(link), ['markCall', 'transfer'])
  const other = await open()
  other.arrive()
  other.said()
  t.equal(other.state(), 'ringing')
  t.strictSame(other.calls.hangUp(callId, 'USER_BUSY'), { ok: true })
  t.match(other.said().at(-1), { data: { reason: 'command', to: 'hangup USER_BUSY' } })
  t.equal(other.state(), 'idle')
  t.equal(state(), 'off')
  t.match(other.calls.hangUp('nobody', 'USER_BUSY'), { error: { code: 'callUnknown' } })
})

t.test('a call is put back at its place, or at the end', async (t) => {
  const { rig, calls, arrive, tenant } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  const at = rig.clock.now()
  arrive()
  rig.clock.advance(5_000)
  t.match(calls.requeue(callId), { ok: true, queueId: 'sales', enqueuedAt: at })
  t.match(calls.requeue(callId, 'help', false), { queueId: 'help', enqueuedAt: at + 5_000 })
})

t.test('what is known late of a call is told, and gives it an earlier place', async (t) => {
  const { link, rig, calls, arrive, said, tenant } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  arrive()
  said()
  link.takeCommands()
  const enqueuedAt = rig.clock.now() - 60_000
  t.strictSame(calls.classify(callId, { enqueuedAt, priority: 2 }), { ok: true, isWaiting: true })
  t.match(said(), [{ type: 'call.changed', data: { enqueuedAt, priority: 2, queue: 'sales' } }])
  t.match(link.takeCommands(), [{ type: 'markCall', marks: { priority: 2, enqueuedAt } }])
  t.equal(tenant.acd.depth(ids.queue('sales')).oldestAt, enqueuedAt)
  calls.classify(callId, { enqueuedAt: enqueuedAt + 1 })
  t.equal(tenant.acd.depth(ids.queue('sales')).oldestAt, enqueuedAt, 'never a later one')
})

t.test('a call waits for whoever classifies calls, as long as they answer in time', async (t) => {
  const { link, rig, calls, said, state } = await open()
  const come = (id: string) => {
    link.emit(callParked(id))
    return words(said())
  }
  const gone = (id: string) => {
    link.emit(legHungUp(id))
    return words(said())
  }
  const atOnce = ['call.arrived', 'call.queued', 'call.offered']
  t.strictSame(come('a'), atOnce, 'nobody has ever spoken')
  calls.classify('a', {})
  gone('a')
  t.strictSame(come('b'), ['call.arrived'], 'somebody is there')
  t.equal(state(), 'idle')
  const preferred = { agentIds: [ids.agent('ann')], hold: 0 }
  t.strictSame(calls.classify('b', { preferred }), { ok: true, isWaiting: true })
  t.match(said(), [
    { type: 'call.queued', data: { preferred: { agents: ['ann'] } } },
    { type: 'call.offered' },
  ])
  gone('b')
  t.strictSame(come('c'), ['call.arrived'])
  t.strictSame(calls.classify('c', {}), { ok: true, isWaiting: true }, 'nothing known of it')
  t.strictSame(words(said()), ['call.queued', 'call.offered'])
  gone('c')
  t.strictSame(come('moved'), ['call.arrived'])
  const enqueuedAt = rig.clock.now() - 60_000
  t.strictSame(calls.classify('moved', { enqueuedAt }), { ok: true, isWaiting: false })
  t.strictSame(said(), [], 'a place is no word of what it needs')
  calls.classify('moved', { priority: 1 })
  t.match(said()[0], { type: 'call.queued', data: { enqueuedAt, priority: 1 } })
  gone('moved')
  for (const id of ['d', 'e', 'f']) {
    t.strictSame(come(id), ['call.arrived'])
    rig.clock.advance(19)
    t.strictSame(said(), [])
    rig.clock.advance(1)
    t.strictSame(words(said()), ['call.queued', 'call.offered'], 'it waits no longer than that')
    gone(id)
  }
  t.strictSame(come('g'), atOnce, 'three waited for nothing: no more do')
  rig.clock.advance(151)
  calls.classify('g', {})
  gone('g')
  t.strictSame(come('h'), atOnce, 'a late word tells of a backlog')
  calls.classify('h', {})
  gone('h')
  t.strictSame(come('i'), atOnce, 'nor does the first in time count, just after a late one')
  gone('i')
  rig.clock.advance(300)
  t.strictSame(come('j'), atOnce)
  rig.clock.advance(60)
  calls.classify('j', {})
  gone('j')
  t.strictSame(come('slow'), atOnce, 'one who slows down of a sudden is not waited for')
  gone('slow')
  for (let minute = 0; minute < 5; minute += 1) {
    rig.clock.advance(60_000)
    come(`m${minute}`)
    rig.clock.advance(60)
    calls.classify(`m${minute}`, {})
    gone(`m${minute}`)
  }
  t.strictSame(come('k'), ['call.arrived'], 'one who is slow for long is waited for longer')
  rig.clock.advance(119)
  t.strictSame(said(), [])
  t.strictSame(gone('k'), ['call.abandoned'], 'a caller may leave meanwhile')
  t.strictSame(calls.classify('k', {}).ok, false)
})
