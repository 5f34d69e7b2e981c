import t from 'tap'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId } from '../catalogue/ids.ts'
import { EngineRig, startEngine, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import {
  callParked,
  from,
  legHungUp,
  legsJoined,
  offerEnded,
  parkedCaller,
} from '../rigs/switch-events.ts'
import type { CallerChannel } from '../switch/event.ts'
import { FakeSwitch } from '../testing/fake-switch.ts'

const callId = ids.call('c1')
const request = { callId, number: '+4930123' }
const outbound: Partial<CallerChannel> = {
  ...{ queue: 'sales', dialledNumber: '+4930123', callerNumber: '', callerName: '' },
  ...{ origin: 'callback', customerNumber: '+4930123' },
}
const settled = () => new Promise((resolve) => setImmediate(resolve))
const away = { status: { type: 'loggedOut' } } as const

/** A tenant at work with one agent, and a switch that does what the test says. */
async function open(ann: object = {}) {
  const survey = { steps: [{ menu: { keys: { 1: 'end' }, timeout: '5s', tries: 1 } }] }
  const { link, rig } = await startEngine(
    tenantSettings({ sales: { music: undefined } }, { ann, bob: away }, {}, { survey }),
  )
  const { tenant } = rig
  return {
    ...{ link, rig, tenant, dialling: tenant.dialling },
    state: () => tenant.acd.agentState('ann' as AgentId),
    place: async (isAgentFirst = false, more = {}) =>
      await tenant.dialling.place(request, { queueId: 'sales', ...more }, isAgentFirst),
    park: (over: Partial<CallerChannel> = {}) =>
      link.emit(callParked(callId, { ...outbound, ...over })),
    types: () => rig.takeEvents(),
    sent: () =>
      link.takeCommands().map((command) => {
        const { type } = command
        return type === 'hangUp' ? `${type} ${command.legId} ${command.cause}` : type
      }),
  }
}

const words = (events: readonly EngineEvent[]) =>
  events.map(({ type, data }) => ('outcome' in data ? `${type} ${data.outcome}` : type))

t.test('a customer is dialled when an agent is reserved, and joined to them', async (t) => {
  const { link, place, park, state, types, sent, rig } = await open()
  const at = rig.clock.now()
  t.strictSame(await place(false, { enqueuedAt: at - 60_000, priority: 3 }), {
    ...{ ok: true, state: 'waiting', isNew: true },
  })
  t.equal(state(), 'reserved', 'before anybody is dialled')
  await settled()
  t.strictSame(link.takeCommands(), [
    {
      type: 'dial',
      legId: callId,
      address: 'sofia/gateway/gw/{number}',
      number: '+4930123',
      ringMs: 30_000,
      callerId: undefined,
      marks: {
        tenant: 'acme',
        origin: 'callback',
        customerNumber: '+4930123',
        queue: 'sales',
        priority: 3,
        enqueuedAt: at - 60_000,
      },
    },
  ])
  t.match(await place(), { state: 'dialling', isNew: false }, 'a repeat changes nothing')
  t.match(types(), [
    { type: 'call.dialled', data: { number: '+4930123', origin: 'callback', agents: ['ann'] } },
  ])
  rig.clock.advance(9_000)
  park()
  t.equal(state(), 'ringing')
  t.match(types(), [
    { type: 'call.dialEnded', data: { outcome: 'answered', ringMs: 9_000 } },
    { type: 'call.arrived', data: { callerNumber: '+4930123', origin: 'callback' } },
    { type: 'call.queued', data: { enqueuedAt: at - 60_000, priority: 3, origin: 'callback' } },
    { type: 'call.offered', data: { agent: 'ann' } },
  ])
  const offer = link.takeCommands().find(({ type }) => type === 'offer')
  t.match(offer, { callId, legs: [{ agentId: 'ann', address: 'user/ann' }] })
  link.answer('dial', { ok: true })
  const agentLegId = offer?.type === 'offer' ? offer.legs[0]?.legId : undefined
  link.emit(legsJoined(callId, agentLegId ?? 'none'))
  t.equal(state(), 'talking')
  t.strictSame(words(types()), ['call.answered'])
  t.match(await place(), { state: 'reached', isNew: false })
  t.equal(sent().includes('dial'), false)
  link.emit(legHungUp(callId))
  t.strictSame(words(types()), ['call.completed'])
  t.match(await place(), { state: 'spent', isNew: false }, 'nobody is dialled twice for one id')
})

t.test('who does not answer sets the agent free, and is dialled no more for this id', async (t) => {
  const { link, place, state, types, rig } = await open()
  await place()
  await settled()
  types()
  rig.clock.advance(4_000)
  link.answer('dial', { ok: false, reason: 'refused', message: 'USER_BUSY', outcome: 'busy' })
  t.equal(state(), 'idle')
  t.match(types(), [
    { type: 'call.dialEnded', data: { outcome: 'busy', cause: 'USER_BUSY', ringMs: 4_000 } },
  ])
  t.match(await place(), { state: 'spent' })
})

t.test('an agent who is gone stops the ringing, unless another takes their place', async (t) => {
  const { tenant, link, place, state, types, sent, park, rig } = await open()
  await place()
  await settled()
  t.strictSame(sent(), ['dial'])
  tenant.control.setStatus('bob', { type: 'available' })
  tenant.control.setStatus('ann', { type: 'loggedOut' })
  t.strictSame(sent(), [], 'bob is there')
  tenant.control.setStatus('bob', { type: 'loggedOut' })
  t.strictSame(sent(), [`hangUp ${callId} ORIGINATOR_CANCEL`])
  t.strictSame(words(types()).at(-1), 'call.dialEnded withdrawn')
  link.answer('hangUp', { ok: false, reason: 'noSuchLeg', message: '' })
  rig.clock.advance(50)
  t.strictSame(sent(), [`hangUp ${callId} ORIGINATOR_CANCEL`], 'it may come to be')
  park()
  t.match(sent(), [`hangUp ${callId} UNALLOCATED_NUMBER`], 'whoever answers now is too late')
  t.strictSame(words(types()), [])
  t.equal(state(), 'off')
})

t.test('what was placed is taken back, at any point but once it is reached', async (t) => {
  const { tenant, place, sent, park, types, dialling: control } = await open(away)
  await place()
  t.equal(control.withdraw(callId), 'withdrawn')
  t.equal(control.withdraw(callId), 'unknown')
  tenant.control.setStatus('ann', { type: 'available' })
  await settled()
  t.strictSame([sent(), types()], [[], []], 'nobody was dialled')
  t.match(await place(), { state: 'spent', isNew: false }, 'not even by a word that was late')
  const other = { ...request, callId: ids.call('c2') }
  t.match(await control.place(other, { queueId: 'sales' }, false), { state: 'waiting' })
  await settled()
  t.strictSame(sent(), ['dial'])
  park()
  t.match(sent(), [`hangUp ${callId} UNALLOCATED_NUMBER`], 'of the one that was taken back')
  t.equal(control.withdraw('c2'), 'withdrawn')
  t.strictSame(sent(), ['hangUp c2 ORIGINATOR_CANCEL'])
  t.strictSame(words(types()), ['call.dialled', 'call.dialEnded withdrawn'])
  t.match(await control.place(other, { queueId: 'sales' }, false), { state: 'spent' })
})

t.test('a customer who was taken back is not dialled for two minutes', async (t) => {
  const { dialling, rig, place } = await open(away)
  await place()
  dialling.withdraw(callId)
  // Whoever is taken back next clears away those of more than two minutes ago.
  const withdrawAnother = async (id: string) => {
    await dialling.place({ ...request, callId: ids.call(id) }, { queueId: 'sales' }, false)
    t.equal(dialling.withdraw(id), 'withdrawn')
  }
  rig.clock.advance(119_999)
  await withdrawAnother('c2')
  t.match(await place(), { state: 'spent', isNew: false })
  rig.clock.advance(1)
  await withdrawAnother('c3')
  t.match(await place(), { state: 'waiting', isNew: true })
})

t.test('the agent is rung first where that is wished, and then the customer', async (t) => {
  const { tenant, link, rig, place, state, types, sent, park } = await open()
  await place(true)
  await settled()
  t.equal(state(), 'ringing')
  t.match(link.takeCommands(), [
    { type: 'dial', address: 'user/ann', callerId: '+4930123', ringMs: 15_000 },
  ])
  t.strictSame(types(), [], 'the customer is not dialled yet')
  tenant.control.setStatus('bob', { type: 'available' })
  link.answer('dial', { ok: false, reason: 'refused', message: 'NO_ANSWER', outcome: 'noAnswer' })
  t.strictSame(sent(), [], 'the switch must forget the leg before')
  rig.clock.advance(500)
  t.match(link.takeCommands(), [{ type: 'dial', legId: callId, address: 'user/bob' }])
  park({ origin: 'agentFirst' })
  t.match(types(), [{ type: 'call.dialled', data: { agents: ['bob'], number: '+4930123' } }])
  const offer = link.takeCommands().find(({ type }) => type === 'offer')
  const [leg] = offer?.type === 'offer' ? offer.legs : []
  t.match(leg, { agentId: 'bob', address: 'sofia/gateway/gw/{number}', number: '+4930123' })
  rig.clock.advance(7_000)
  link.emit(legsJoined(callId, leg?.legId ?? 'none'))
  t.match(types(), [
    { type: 'call.dialEnded', data: { outcome: 'answered', ringMs: 7_000 } },
    { type: 'call.arrived', data: { callerNumber: '+4930123' } },
    { type: 'call.queued' },
    { type: 'call.answered', data: { agent: 'bob' } },
  ])
  t.equal(tenant.acd.agentState('bob' as AgentId), 'talking')
  const refused = { error: { code: 'callNotWaiting' } }
  t.match(tenant.calls.runFlowAfterTalk(callId, { flow: 'survey' }), refused)
  t.match(tenant.calls.transfer(callId, { type: 'queue', queueId: 'sales' }), refused)
})

/** An agent is on the line who was rung first, and the customer is offered. */
async function openOnLine() {
  const opened = await open()
  const { link, place, types, park } = opened
  await place(true)
  await settled()
  park({ origin: 'agentFirst' })
  types()
  return { ...opened, offer: link.takeCommands().find(({ type }) => type === 'offer') }
}

t.test('an agent who was rung first is let go when the customer is not to be had', async (t) => {
  const { link, state, types, sent, offer } = await openOnLine()
  const offerId = offer?.type === 'offer' ? offer.offerId : 'none'
  link.emit(offerEnded(callId, offerId, 'NO_ANSWER'))
  t.match(types(), [{ type: 'call.dialEnded', data: { outcome: 'noAnswer' } }])
  t.ok(sent().includes(`hangUp ${callId} NORMAL_CLEARING`))
  t.equal(state(), 'idle')
})

t.test('an agent who was rung first and leaves ends the dialling', async (t) => {
  const { link, state, types, sent, offer } = await openOnLine()
  link.emit({ ...from, type: 'callUnparked', callId })
  t.match(types(), [{ type: 'call.dialEnded', data: { outcome: 'withdrawn' } }])
  const legId = offer?.type === 'offer' ? offer.legs[0]?.legId : ''
  t.strictSame(sent(), [`hangUp ${legId} ORIGINATOR_CANCEL`], 'and not their own line')
  t.equal(state(), 'idle')
})

t.test('while the broker is away nobody is dialled, and no agent waits for that', async (t) => {
  const link = new FakeSwitch()
  const settings = tenantSettings({ sales: {} }, { ann: {} })
  let isAway = true
  const rig = new EngineRig(settings, link, undefined, {
    claim: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(true)),
    isClaimed: () => Promise.resolve(false),
  })
  await link.connect()
  const { tenant } = rig
  await tenant.dialling.place(request, { queueId: 'sales' }, false)
  await settled()
  t.strictSame(link.takeCommands(), [])
  t.equal(tenant.acd.agentState('ann' as AgentId), 'idle')
  isAway = false
  rig.clock.advance(5_000)
  await settled()
  t.match(link.takeCommands(), [{ type: 'dial' }])
})

t.test('a number is dialled at once for a flow, once for an id', async (t) => {
  const { link, dialling: control, types, sent, park, rig } = await open()
  const goal = { flow: 'survey', values: { name: 'x' } }
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: true })
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: false })
  t.match(link.takeCommands(), [{ type: 'dial', marks: { inFlow: 'survey', flowBy: 'originate' } }])
  t.match(types(), [{ type: 'call.dialled', data: { origin: 'originate' } }])
  park({ origin: 'originate', queue: undefined })
  t.strictSame(words(types()), ['call.dialEnded answered', 'call.arrived', 'flow.started'])
  t.ok(sent().includes('askDigits'))
  link.emit(legHungUp(callId))
  t.match(types().at(-1), { type: 'call.contained', data: { endedBy: 'caller' } })
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: false })
  const silent = { ...request, callId: ids.call('c2') }
  await control.originate(silent, { queueId: 'sales' })
  rig.clock.advance(45_000)
  t.strictSame(words(types()), ['call.dialled', 'call.dialEnded unknown'], 'no word of it')
})

t.test('whom an engine that is gone dialled is taken where they answered', async (t) => {
  const { link, rig, types, state } = await open()
  const marks = { ...outbound, enqueuedAt: rig.clock.now() - 60_000, priority: 2 }
  link.emit(callParked(callId, marks))
  t.match(types(), [
    { type: 'call.arrived', data: { callerNumber: '+4930123', origin: 'callback' } },
    { type: 'call.queued', data: { enqueuedAt: marks.enqueuedAt, priority: 2 } },
    { type: 'call.offered' },
  ])
  t.equal(state(), 'ringing')
})

t.test('an agent who was rung first for an engine that is gone is let go', async (t) => {
  const lost = parkedCaller(callId, { ...outbound, origin: 'agentFirst' })
  const { link, rig } = await startEngine(tenantSettings({ sales: {} }, { ann: {} }), [lost])
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
  t.strictSame(rig.takePublished(), [])
})

t.test('what cannot be dialled is refused', async (t) => {
  const link = new FakeSwitch()
  const settings = { ...tenantSettings({ sales: {} }, {}), outbound: undefined }
  const rig = new EngineRig(settings, link)
  const control = rig.tenant.dialling
  t.match(await control.place(request, { queueId: 'sales' }, false), {
    error: { code: 'numberRefused' },
  })
  const { dialling: other, link: line } = await open()
  t.match(await other.place(request, { queueId: 'none' }, false), {
    error: { code: 'queueUnknown' },
  })
  t.match(await other.originate(request, { flow: 'none' }), { error: { code: 'flowUnknown' } })
  t.match(await other.originate(request, { queueId: 'sales', priority: 0.5 }), {
    error: { code: 'invalid' },
  })
  await line.stop()
  const unconnected = new EngineRig(tenantSettings({ sales: {} }, {}), new FakeSwitch())
  t.match(await unconnected.tenant.dialling.originate(request, { queueId: 'sales' }), {
    error: { code: 'switchAway' },
  })
})

t.test('what could not be done is tried again after five seconds, and not sooner', async (t) => {
  const link = new FakeSwitch()
  const claims: number[] = []
  const rig = new EngineRig(tenantSettings({ sales: {} }, { ann: {} }), link, undefined, {
    claim: () => {
      claims.push(rig.clock.now() - beganAt)
      return Promise.reject(new Error('away'))
    },
    isClaimed: () => Promise.resolve(false),
  })
  const beganAt = rig.clock.now()
  await link.connect()
  await rig.tenant.dialling.place(request, { queueId: 'sales' }, false)
  await settled()
  for (const waitMs of [4_999, 1, 4_999, 1]) {
    rig.clock.advance(waitMs)
    await settled()
  }
  t.strictSame(claims, [0, 5_000, 10_000])
})

t.test(
  'the next agent is rung when the switch has forgotten the leg, after half a second',
  async (t) => {
    const { tenant, link, rig, place, sent } = await open()
    await place(true)
    await settled()
    sent()
    tenant.control.setStatus('bob', { type: 'available' })
    link.answer('dial', { ok: false, reason: 'refused', message: 'NO_ANSWER' })
    rig.clock.advance(499)
    t.strictSame(sent(), [])
    rig.clock.advance(1)
    t.strictSame(sent(), ['dial'])
  },
)
