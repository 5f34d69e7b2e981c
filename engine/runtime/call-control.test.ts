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

/** A running tenant with one agent, and a switch that the test controls. */
async function open(found: readonly LegSnapshot[] = []) {
  const settings = tenantSettings(
    { sales: { music: undefined }, help: {} },
    { ann: { queues: ['sales'], wrapUpMs: 10_000 } },
    {},
    { survey },
  )
  const { link, rig } = await startEngine(settings, found)
  const { tenant } = rig
  const published = () => rig.takeEvents()
  const offerOf = () => {
    const offer = link.takeCommands().findLast(({ type }) => type === 'offer')
    if (offer?.type !== 'offer') {
      throw new Error('no offer')
    }
    return { offerId: offer.offerId, legId: offer.legs[0]?.legId as LegId }
  }
  return {
    ...{ link, rig, tenant, calls: tenant.calls, published },
    state: () => tenant.acd.agentState('ann' as AgentId),
    arrive: () => link.emit(callParked(callId)),
    prompt: (promptId: string) => ({ ...from, callId, promptId: promptId as PromptId }),
    offerOf,
    /** A caller arrives and talks to ann. */
    talk() {
      link.emit(callParked(callId))
      const offer = offerOf()
      link.emit(legsJoined(callId, offer.legId))
      published()
      link.takeCommands()
      return {
        offer,
        /** The agent hangs up, with events in the order of the switch. */
        agentLeaves() {
          link.emit(legsParted(callId, offer.legId))
          link.emit(offerEnded(callId, offer.offerId, 'SUCCESS'))
          link.emit(legHungUp(offer.legId))
        },
      }
    },
  }
}

const typesOf = (events: readonly EngineEvent[]) =>
  events.map(({ type, data }) => ('by' in data ? `${type} by ${data.by}` : type))
const sentOf = (link: FakeSwitch) => link.takeCommands().map(({ type }) => type)

t.test(
  'a flow that was set for after the conversation starts when the agent hangs up',
  async (t) => {
    const { link, calls, talk, published, state, prompt } = await open()
    const { agentLeaves } = talk()
    t.strictSame(calls.runFlowAfterTalk(callId, { flow: goodbye }), { ok: true })
    t.strictSame(
      calls.runFlowAfterTalk(callId, { flow: 'survey' }),
      { ok: true },
      'the last one counts',
    )
    t.strictSame(published(), [], 'nothing happens yet')
    agentLeaves()
    t.strictSame(typesOf(published()), ['call.completed', 'flow.started by afterTalk'])
    t.equal(state(), 'wrapUp')
    const asked = link.takeCommands().find(({ type }) => type === 'askDigits')
    t.match(asked, { callId, prompt: { files: ['score.wav'] } })
    const promptId = asked?.type === 'askDigits' ? asked.promptId : ''
    link.emit({ ...prompt(promptId), type: 'digitsCollected', digits: '2' })
    t.strictSame(typesOf(published()), ['flow.collected', 'flow.ended'])
    t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId, cause: 'NORMAL_CLEARING' }])
    link.emit(legHungUp(callId))
    t.strictSame(published(), [], 'the call already had its last event')
  },
)

t.test('a caller who leaves during the flow, or before it, ends the call once', async (t) => {
  const one = await open()
  const { agentLeaves } = one.talk()
  one.calls.runFlowAfterTalk(callId, { flow: 'survey' })
  agentLeaves()
  one.published()
  one.link.emit(legHungUp(callId))
  t.match(one.published(), [{ type: 'flow.ended', data: { outcome: 'callerGone' } }])
  const other = await open()
  other.talk()
  other.calls.runFlowAfterTalk(callId, { flow: 'survey' })
  other.link.emit(legHungUp(callId))
  t.strictSame(typesOf(other.published()), ['call.completed'])
})

t.test(
  'a flow after the conversation can lead to a queue, where the caller gets a new place',
  async (t) => {
    const { link, rig, calls, talk, published, prompt, tenant } = await open()
    const { agentLeaves } = talk()
    calls.runFlowAfterTalk(callId, { flow: 'survey' })
    rig.clock.advance(60_000)
    agentLeaves()
    published()
    const asked = link.takeCommands().find(({ type }) => type === 'askDigits')
    link.emit({
      ...prompt(asked?.type === 'askDigits' ? asked.promptId : ''),
      ...{ type: 'digitsCollected', digits: '1' },
    })
    t.match(published().at(-1), {
      type: 'call.queued',
      data: { queue: 'help', enqueuedAt: rig.clock.now() },
    })
    t.equal(tenant.acd.depth(ids.queue('help')).waiting, 1)
  },
)

t.test('without a flow the caller is hung up after the agent', async (t) => {
  const { link, talk } = await open()
  const { agentLeaves } = talk()
  agentLeaves()
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
})

t.test('the agent is released even if the hang-up of their leg is never reported', async (t) => {
  const { link, calls, talk, state } = await open()
  const { offer } = talk()
  calls.runFlowAfterTalk(callId, { flow: 'survey' })
  link.emit(offerEnded(callId, offer.offerId, 'SUCCESS'))
  t.equal(state(), 'wrapUp')
  t.match(link.takeCommands()[0], { type: 'hangUp', legId: offer.legId })
})

t.test(
  'a caller who is found in an after-talk flow that cannot be restarted is hung up',
  async (t) => {
    const caller = {
      ...{ enqueuedAt: 1, takenNumber: 'sales', inQueue: 'sales', state: 'inFlow' as const },
      ...{ inFlow: undefined, flowBy: 'afterTalk' as const },
    }
    const { link, published } = await open([parkedCaller(callId, caller)])
    t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
    t.strictSame(published(), [])
  },
)

t.test('a talking caller can be transferred to a queue or to the dialplan', async (t) => {
  const { link, calls, talk, published, tenant, state } = await open()
  const { offer, agentLeaves } = talk()
  t.match(calls.transfer(callId, { type: 'queue', queueId: 'none' }), {
    error: { code: 'queueUnknown' },
  })
  t.strictSame(calls.transfer(callId, { type: 'queue', queueId: 'help', priority: 4 }), {
    ok: true,
  })
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: offer.legId }])
  agentLeaves()
  t.match(published(), [
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

t.test('a waiting caller can be transferred or hung up, with the reason `command`', async (t) => {
  const { link, calls, arrive, published, tenant, state } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  arrive()
  t.strictSame(calls.transfer(callId, { type: 'queue', queueId: 'help' }), { ok: true })
  t.match(published().slice(-2), [{ type: 'call.requeued' }, { type: 'call.queued' }])
  sentOf(link)
  const to = { extension: '9000', dialplan: 'XML', context: 'default' }
  t.strictSame(calls.transfer(callId, { type: 'transfer', ...to }), { ok: true })
  t.match(published(), [
    { type: 'call.overflowed', data: { reason: 'command', to: 'transfer 9000', queue: 'help' } },
  ])
  t.strictSame(sentOf(link), ['markCall', 'transfer'])
  const other = await open()
  other.arrive()
  other.published()
  t.equal(other.state(), 'ringing')
  t.strictSame(other.calls.hangUp(callId, 'USER_BUSY'), { ok: true })
  t.match(other.published().at(-1), { data: { reason: 'command', to: 'hangup USER_BUSY' } })
  t.equal(other.state(), 'idle')
  t.equal(state(), 'off')
  t.match(other.calls.hangUp('nobody', 'USER_BUSY'), { error: { code: 'callUnknown' } })
})

t.test('a call is requeued at its place, or at the end', async (t) => {
  const { rig, calls, arrive, tenant } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  const at = rig.clock.now()
  arrive()
  rig.clock.advance(5_000)
  t.match(calls.requeue(callId), { ok: true, queueId: 'sales', enqueuedAt: at })
  t.match(calls.requeue(callId, 'help', false), { queueId: 'help', enqueuedAt: at + 5_000 })
})

t.test('a late classification is published, and can give the call an earlier place', async (t) => {
  const { link, rig, calls, arrive, published, tenant } = await open()
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  arrive()
  published()
  link.takeCommands()
  const enqueuedAt = rig.clock.now() - 60_000
  t.strictSame(calls.classify(callId, { enqueuedAt, priority: 2 }), { ok: true, isWaiting: true })
  t.match(published(), [
    { type: 'call.changed', data: { enqueuedAt, priority: 2, queue: 'sales' } },
  ])
  t.match(link.takeCommands(), [{ type: 'markCall', marks: { priority: 2, enqueuedAt } }])
  t.equal(tenant.acd.depth(ids.queue('sales')).oldestAt, enqueuedAt)
  calls.classify(callId, { enqueuedAt: enqueuedAt + 1 })
  t.equal(tenant.acd.depth(ids.queue('sales')).oldestAt, enqueuedAt, 'never a later one')
})

t.test(
  'a call is held back for its classification as long as classifications arrive in time',
  async (t) => {
    const { link, rig, calls, published, state } = await open()
    const arrive = (id: string) => {
      link.emit(callParked(id))
      return typesOf(published())
    }
    const gone = (id: string) => {
      link.emit(legHungUp(id))
      return typesOf(published())
    }
    const atOnce = ['call.arrived', 'call.queued', 'call.offered']
    t.strictSame(arrive('a'), atOnce, 'no classification has ever arrived')
    calls.classify('a', {})
    gone('a')
    t.strictSame(arrive('b'), ['call.arrived'], 'a plugin classifies calls')
    t.equal(state(), 'idle')
    const preferred = { agentIds: [ids.agent('ann')], hold: 0 }
    t.strictSame(calls.classify('b', { preferred }), { ok: true, isWaiting: true })
    t.match(published(), [
      { type: 'call.queued', data: { preferred: { agents: ['ann'] } } },
      { type: 'call.offered' },
    ])
    gone('b')
    t.strictSame(arrive('c'), ['call.arrived'])
    t.strictSame(calls.classify('c', {}), { ok: true, isWaiting: true }, 'an empty classification')
    t.strictSame(typesOf(published()), ['call.queued', 'call.offered'])
    gone('c')
    t.strictSame(arrive('moved'), ['call.arrived'])
    const enqueuedAt = rig.clock.now() - 60_000
    t.strictSame(calls.classify('moved', { enqueuedAt }), { ok: true, isWaiting: false })
    t.strictSame(published(), [], 'a change of the place alone is not a classification')
    calls.classify('moved', { priority: 1 })
    t.match(published()[0], { type: 'call.queued', data: { enqueuedAt, priority: 1 } })
    gone('moved')
    for (const id of ['d', 'e', 'f']) {
      t.strictSame(arrive(id), ['call.arrived'])
      rig.clock.advance(19)
      t.strictSame(published(), [])
      rig.clock.advance(1)
      t.strictSame(
        typesOf(published()),
        ['call.queued', 'call.offered'],
        'the hold ends after 20 ms',
      )
      gone(id)
    }
    t.strictSame(arrive('g'), atOnce, 'after three misses no call is held back')
    rig.clock.advance(151)
    calls.classify('g', {})
    gone('g')
    t.strictSame(arrive('h'), atOnce, 'a late classification shows a backlog')
    calls.classify('h', {})
    gone('h')
    t.strictSame(
      arrive('i'),
      atOnce,
      'the first one in time, soon after a late one, does not count',
    )
    gone('i')
    rig.clock.advance(300)
    t.strictSame(arrive('j'), atOnce)
    rig.clock.advance(60)
    calls.classify('j', {})
    gone('j')
    t.strictSame(arrive('slow'), atOnce, 'a classifier that suddenly slows down is not waited for')
    gone('slow')
    for (let minute = 0; minute < 5; minute += 1) {
      rig.clock.advance(60_000)
      arrive(`m${minute}`)
      rig.clock.advance(60)
      calls.classify(`m${minute}`, {})
      gone(`m${minute}`)
    }
    t.strictSame(
      arrive('k'),
      ['call.arrived'],
      'a classifier that has been slow for a while is waited for longer',
    )
    rig.clock.advance(119)
    t.strictSame(published(), [])
    t.strictSame(gone('k'), ['call.abandoned'], 'a caller may hang up meanwhile')
    t.strictSame(calls.classify('k', {}).ok, false)
  },
)
