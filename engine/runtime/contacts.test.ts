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

/** A running tenant with one available agent, and a switch that the test controls. */
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
    published: () => rig.takeEvents(),
    sent: () =>
      link.takeCommands().map((command) => {
        const { type } = command
        return type === 'hangUp' ? `${type} ${command.legId} ${command.cause}` : type
      }),
  }
}

const summaryOf = (events: readonly EngineEvent[]) =>
  events.map(({ type, data }) => ('outcome' in data ? `${type} ${data.outcome}` : type))

t.test('a customer is dialled once an agent is reserved, and connected to them', async (t) => {
  const { link, place, park, state, published, sent, rig } = await open()
  const at = rig.clock.now()
  t.strictSame(await place(false, { enqueuedAt: at - 60_000, priority: 3 }), {
    ...{ ok: true, state: 'waiting', isNew: true },
  })
  t.equal(state(), 'reserved', 'before the customer is dialled')
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
  t.match(published(), [
    { type: 'call.dialled', data: { number: '+4930123', origin: 'callback', agents: ['ann'] } },
  ])
  rig.clock.advance(9_000)
  park()
  t.equal(state(), 'ringing')
  t.match(published(), [
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
  t.strictSame(summaryOf(published()), ['call.answered'])
  t.match(await place(), { state: 'reached', isNew: false })
  t.equal(sent().includes('dial'), false)
  link.emit(legHungUp(callId))
  t.strictSame(summaryOf(published()), ['call.completed'])
  t.match(await place(), { state: 'spent', isNew: false }, 'an id is dialled once')
})

t.test(
  'when the customer does not answer, the agent is released and the id is spent',
  async (t) => {
    const { link, place, state, published, rig } = await open()
    await place()
    await settled()
    published()
    rig.clock.advance(4_000)
    link.answer('dial', { ok: false, reason: 'refused', message: 'USER_BUSY', outcome: 'busy' })
    t.equal(state(), 'idle')
    t.match(published(), [
      { type: 'call.dialEnded', data: { outcome: 'busy', cause: 'USER_BUSY', ringMs: 4_000 } },
    ])
    t.match(await place(), { state: 'spent' })
  },
)

t.test(
  'the ringing stops when the agent becomes unavailable, unless another agent is reserved',
  async (t) => {
    const { tenant, link, place, state, published, sent, park, rig } = await open()
    await place()
    await settled()
    t.strictSame(sent(), ['dial'])
    tenant.control.setStatus('bob', { type: 'available' })
    tenant.control.setStatus('ann', { type: 'loggedOut' })
    t.strictSame(sent(), [], 'bob is reserved instead')
    tenant.control.setStatus('bob', { type: 'loggedOut' })
    t.strictSame(sent(), [`hangUp ${callId} ORIGINATOR_CANCEL`])
    t.strictSame(summaryOf(published()).at(-1), 'call.dialEnded withdrawn')
    link.answer('hangUp', { ok: false, reason: 'noSuchLeg', message: '' })
    rig.clock.advance(50)
    t.strictSame(sent(), [`hangUp ${callId} ORIGINATOR_CANCEL`], 'the leg may still appear')
    park()
    t.match(sent(), [`hangUp ${callId} UNALLOCATED_NUMBER`], 'an answer is too late now')
    t.strictSame(summaryOf(published()), [])
    t.equal(state(), 'off')
  },
)

t.test('a placed customer can be withdrawn until they are reached', async (t) => {
  const { tenant, place, sent, park, published, dialling: control } = await open(away)
  await place()
  t.equal(control.withdraw(callId), 'withdrawn')
  t.equal(control.withdraw(callId), 'unknown')
  tenant.control.setStatus('ann', { type: 'available' })
  await settled()
  t.strictSame([sent(), published()], [[], []], 'nothing was dialled')
  t.match(await place(), { state: 'spent', isNew: false }, 'a late request cannot dial either')
  const other = { ...request, callId: ids.call('c2') }
  t.match(await control.place(other, { queueId: 'sales' }, false), { state: 'waiting' })
  await settled()
  t.strictSame(sent(), ['dial'])
  park()
  t.match(sent(), [`hangUp ${callId} UNALLOCATED_NUMBER`], 'the call of the withdrawn customer')
  t.equal(control.withdraw('c2'), 'withdrawn')
  t.strictSame(sent(), ['hangUp c2 ORIGINATOR_CANCEL'])
  t.strictSame(summaryOf(published()), ['call.dialled', 'call.dialEnded withdrawn'])
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

t.test('with `first: agent` the agent is rung first, and then the customer', async (t) => {
  const { tenant, link, rig, place, state, published, sent, park } = await open()
  await place(true)
  await settled()
  t.equal(state(), 'ringing')
  t.match(link.takeCommands(), [
    { type: 'dial', address: 'user/ann', callerId: '+4930123', ringMs: 15_000 },
  ])
  t.strictSame(published(), [], 'the customer is not dialled yet')
  tenant.control.setStatus('bob', { type: 'available' })
  link.answer('dial', { ok: false, reason: 'refused', message: 'NO_ANSWER', outcome: 'noAnswer' })
  t.strictSame(sent(), [], 'the switch must release the previous leg first')
  rig.clock.advance(500)
  t.match(link.takeCommands(), [{ type: 'dial', legId: callId, address: 'user/bob' }])
  park({ origin: 'agentFirst' })
  t.match(published(), [{ type: 'call.dialled', data: { agents: ['bob'], number: '+4930123' } }])
  const offer = link.takeCommands().find(({ type }) => type === 'offer')
  const [leg] = offer?.type === 'offer' ? offer.legs : []
  t.match(leg, { agentId: 'bob', address: 'sofia/gateway/gw/{number}', number: '+4930123' })
  rig.clock.advance(7_000)
  link.emit(legsJoined(callId, leg?.legId ?? 'none'))
  t.match(published(), [
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
  const { link, place, published, park } = opened
  await place(true)
  await settled()
  park({ origin: 'agentFirst' })
  published()
  return { ...opened, offer: link.takeCommands().find(({ type }) => type === 'offer') }
}

t.test('an agent who was rung first is hung up if the customer is not reached', async (t) => {
  const { link, state, published, sent, offer } = await openOnLine()
  const offerId = offer?.type === 'offer' ? offer.offerId : 'none'
  link.emit(offerEnded(callId, offerId, 'NO_ANSWER'))
  t.match(published(), [{ type: 'call.dialEnded', data: { outcome: 'noAnswer' } }])
  t.ok(sent().includes(`hangUp ${callId} NORMAL_CLEARING`))
  t.equal(state(), 'idle')
})

t.test('an agent who was rung first and hangs up ends the dialling', async (t) => {
  const { link, state, published, sent, offer } = await openOnLine()
  link.emit({ ...from, type: 'callUnparked', callId })
  t.match(published(), [{ type: 'call.dialEnded', data: { outcome: 'withdrawn' } }])
  const legId = offer?.type === 'offer' ? offer.legs[0]?.legId : ''
  t.strictSame(sent(), [`hangUp ${legId} ORIGINATOR_CANCEL`], 'but not the agent’s own leg')
  t.equal(state(), 'idle')
})

t.test(
  'while the broker is unavailable nothing is dialled, and no agent stays reserved',
  async (t) => {
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
  },
)

t.test('`originate` dials at once, and each id once', async (t) => {
  const { link, dialling: control, published, sent, park, rig } = await open()
  const goal = { flow: 'survey', values: { name: 'x' } }
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: true })
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: false })
  t.match(link.takeCommands(), [{ type: 'dial', marks: { inFlow: 'survey', flowBy: 'originate' } }])
  t.match(published(), [{ type: 'call.dialled', data: { origin: 'originate' } }])
  park({ origin: 'originate', queue: undefined })
  t.strictSame(summaryOf(published()), ['call.dialEnded answered', 'call.arrived', 'flow.started'])
  t.ok(sent().includes('askDigits'))
  link.emit(legHungUp(callId))
  t.match(published().at(-1), { type: 'call.contained', data: { endedBy: 'caller' } })
  t.strictSame(await control.originate(request, goal), { ok: true, isNew: false })
  const silent = { ...request, callId: ids.call('c2') }
  await control.originate(silent, { queueId: 'sales' })
  rig.clock.advance(45_000)
  t.strictSame(
    summaryOf(published()),
    ['call.dialled', 'call.dialEnded unknown'],
    'no event arrived',
  )
})

t.test(
  'a customer dialled by an engine that has stopped is accepted when they answer',
  async (t) => {
    const { link, rig, published, state } = await open()
    const marks = { ...outbound, enqueuedAt: rig.clock.now() - 60_000, priority: 2 }
    link.emit(callParked(callId, marks))
    t.match(published(), [
      { type: 'call.arrived', data: { callerNumber: '+4930123', origin: 'callback' } },
      { type: 'call.queued', data: { enqueuedAt: marks.enqueuedAt, priority: 2 } },
      { type: 'call.offered' },
    ])
    t.equal(state(), 'ringing')
  },
)

t.test('an agent who was rung first by an engine that has stopped is hung up', async (t) => {
  const lost = parkedCaller(callId, { ...outbound, origin: 'agentFirst' })
  const { link, rig } = await startEngine(tenantSettings({ sales: {} }, { ann: {} }), [lost])
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: callId }])
  t.strictSame(rig.takePublished(), [])
})

t.test('a request that cannot be dialled is refused', async (t) => {
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

t.test('a failed claim is tried again after five seconds', async (t) => {
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
  'the next agent is rung after half a second, when the switch has released the leg',
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
