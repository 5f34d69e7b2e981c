import t from 'tap'
import { EngineRig, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import {
  callParked,
  from,
  legHungUp,
  legsJoined,
  newChannel,
  offerEnded,
  parkedCaller,
} from '../rigs/switch-events.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import { FakeSwitch } from '../testing/fake-switch.ts'

const callId = ids.call('caller')
const start = 1_700_000_000_000

const waitingChannel: CallerChannel = {
  ...newChannel,
  queue: 'sales',
  takenNumber: 'sales',
  enqueuedAt: start - 60_000,
  enteredAt: start - 5_000,
  answeredAt: undefined,
  state: 'waiting',
  priority: 2,
  wayOutTask: '4',
}
const arriving = { queue: 'sales', enteredAt: start - 5_000, priority: 2, wayOutTask: '4' } as const

const caller = (over: Partial<LegSnapshot> = {}) => parkedCaller(callId, waitingChannel, over)
const agentLeg = (legId: string, over: Partial<LegSnapshot> = {}): LegSnapshot => ({
  legId: ids.leg(legId),
  joinedTo: undefined,
  isAnswered: false,
  caller: undefined,
  agentLeg: { callId, agentId: ids.agent('ann'), tenant: 'acme' },
  activity: 'other',
  ...over,
})
const parked = callParked(callId, arriving)
const joined = (legId: string) => legsJoined(callId, legId)

function build(agents: Parameters<typeof tenantSettings>[1] = { ann: {} }) {
  const link = new FakeSwitch()
  const rig = new EngineRig(tenantSettings({ sales: {} }, agents), link)
  return { link, rig, clock: rig.clock }
}

/** A call that rings ann, talks to her, or waits, when the connection to the switch is lost. */
async function buildLost(doing: 'ringing' | 'talking' | 'waiting') {
  const { link, rig, clock } = build(doing === 'waiting' ? { ann: { queues: [] } } : { ann: {} })
  await link.connect()
  link.emit(parked)
  if (doing === 'talking') {
    link.emit(joined('id-2'))
  }
  clock.advance(1_500)
  link.disconnect()
  rig.takePublished()
  link.takeCommands()
  return { link, rig, clock }
}

const types = (commands: readonly { readonly type: string }[]) => commands.map(({ type }) => type)

t.test(
  'a caller who is found waiting is adopted at their place, and the limit on waiting continues',
  async (t) => {
    const { link, rig } = build({ ann: { queues: [] } })
    await link.connect([caller({ activity: 'playing' })])
    t.match(link.takeCommands(), [
      {
        type: 'takeCall',
        marks: {
          enqueuedAt: start - 60_000,
          enteredAt: start - 5_000,
          priority: 2,
        },
      },
    ])
    t.match(
      rig.takePublished().map(({ event }) => event),
      [{ type: 'call.queued', data: { enqueuedAt: start - 60_000, isAdopted: true } }],
    )
    t.strictSame(rig.acd?.depth(ids.queue('sales')), { waiting: 1, oldestAt: start - 60_000 })
    // The late event of the same arrival is not a second arrival.
    link.emit(callParked(callId, waitingChannel))
    t.strictSame(rig.takeCallEvents(), [])
  },
)

t.test(
  'a caller who arrived while no engine was connected is published as an arrival',
  async (t) => {
    const { link, rig } = build({ ann: { queues: [] } })
    await link.connect([caller({ caller: newChannel })])
    t.strictSame(rig.takeCallEvents(), ['call.arrived', 'call.queued'])
  },
)

t.test(
  'a conversation that is found is adopted with its agent, who is free once the leg is gone',
  async (t) => {
    const { link, rig, clock } = build()
    const talking: CallerChannel = {
      ...waitingChannel,
      state: 'talking',
      answeredAt: start - 2_000,
    }
    await link.connect([
      caller({ joinedTo: ids.leg('old'), activity: 'bridging', caller: talking }),
      agentLeg('old', { joinedTo: callId, isAnswered: true }),
    ])
    t.strictSame(
      [types(link.takeCommands()), rig.acd?.agentState(ids.agent('ann'))],
      [['takeCall'], 'talking'],
    )
    clock.advance(1_000)
    link.emit(legHungUp('old'))
    link.emit(legHungUp('caller'))
    t.match(rig.takePublished().at(-1)?.event, {
      type: 'call.completed',
      data: { agent: 'ann', talkMs: 3_000, waitMs: 58_000 },
    })
    t.equal(rig.acd?.agentState(ids.agent('ann')), 'idle')
  },
)

t.test(
  'phones that ring for no known offer are hung up, and an answer there is refused',
  async (t) => {
    const { link, rig } = build()
    const other = { callId: ids.call('gone'), agentId: ids.agent('bob'), tenant: 'acme' }
    await link.connect([
      caller({ activity: 'bridging' }),
      agentLeg('old'),
      agentLeg('lonely', { agentLeg: other }),
    ])
    t.match(link.takeCommands(), [
      { type: 'hangUp', legId: 'old' },
      { type: 'hangUp', legId: 'lonely' },
      { type: 'takeCall' },
      { type: 'offer' },
    ])
    link.emit(joined('old'))
    t.match(link.takeCommands(), [{ type: 'hangUp', legId: 'old' }])
    t.equal(rig.engine.liveCalls, 1)
  },
)

t.test('callers who belong to the dialplan are not adopted', async (t) => {
  const { link, rig } = build()
  const leg = (id: string, over: Partial<LegSnapshot>) => caller({ ...over, legId: ids.leg(id) })
  await link.connect([
    leg('greeted', { activity: 'playing', caller: newChannel }),
    leg('left', { activity: 'playing', caller: { ...waitingChannel, state: 'left' } }),
    leg('served', { activity: 'bridging', caller: { ...waitingChannel, state: 'served' } }),
    leg('transferred', {
      activity: 'bridging',
      caller: { ...waitingChannel, dialledNumber: 'voicemail' },
    }),
    leg('parked-by-a-phone', {
      activity: 'parked',
      caller: { ...waitingChannel, state: 'served', isMarked: false },
    }),
    leg('in-menu', { activity: 'other' }),
    leg('with-another', { joinedTo: ids.leg('somebody'), activity: 'bridging' }),
  ])
  t.strictSame([link.takeCommands(), rig.takePublished()], [[], []])
})

t.test('a caller whose agent left while no engine was connected is hung up', async (t) => {
  const { link } = build()
  await link.connect([
    caller({ activity: 'bridging', caller: { ...waitingChannel, state: 'talking' } }),
  ])
  t.match(link.takeCommands(), [{ type: 'hangUp', legId: 'caller' }])
})

t.test(
  'an adopted caller whose queue no longer exists is hung up, since the way out was cancelled',
  async (t) => {
    const { link, rig } = build()
    await link.connect([caller({ caller: { ...waitingChannel, queue: 'closed' } })])
    t.match(link.takeCommands(), [{ type: 'hangUp', cause: 'UNALLOCATED_NUMBER' }])
    t.strictSame(rig.takeCallEvents(), ['call.rejected'])
  },
)

t.test('a waiting call returns to its queue when the switch is back', async (t) => {
  const { link, rig } = await buildLost('waiting')
  await link.connect([caller()])
  t.strictSame([link.takeCommands(), rig.takeCallEvents()], [[], []])
  t.equal(rig.acd?.depth(ids.queue('sales')).waiting, 1)
})

t.test(
  'after a reconnection a ringing phone is hung up, and the call is offered again',
  async (t) => {
    const { link, rig } = await buildLost('ringing')
    t.equal(rig.acd?.agentState(ids.agent('ann')), 'idle')
    await link.connect([caller({ activity: 'bridging' }), agentLeg('id-2')])
    t.match(link.takeCommands(), [
      { type: 'hangUp', legId: 'id-2' },
      { type: 'hangUp', legId: 'id-2' },
    ])
    link.emit(offerEnded(callId, 'id-3', 'ORIGINATOR_CANCEL'))
    t.match(link.takeCommands(), [{ type: 'offer', offerId: 'id-5' }])
    t.strictSame(rig.takeCallEvents(), ['call.offered'])
  },
)

t.test('an offer that ended during the disconnection is made again', async (t) => {
  const { link } = await buildLost('ringing')
  await link.connect([caller({ activity: 'bridging' })])
  t.match(link.takeCommands(), [{ type: 'offer', offerId: 'id-5' }])
})

t.test('an answer during the disconnection is found as a conversation', async (t) => {
  const { link, rig } = await buildLost('ringing')
  await link.connect([
    caller({ joinedTo: ids.leg('id-2'), activity: 'bridging' }),
    agentLeg('id-2', { joinedTo: callId }),
  ])
  t.strictSame(types(link.takeCommands()), ['markCall'])
  t.strictSame(rig.takeCallEvents(), ['call.answered'])
  t.equal(rig.acd?.agentState(ids.agent('ann')), 'talking')
})

t.test('a conversation continues after a reconnection, and missed hang-ups count', async (t) => {
  const both = [
    caller({ joinedTo: ids.leg('id-2'), activity: 'bridging' }),
    agentLeg('id-2', { joinedTo: callId }),
  ]
  const goesOn = await buildLost('talking')
  await goesOn.link.connect(both)
  t.strictSame([goesOn.link.takeCommands(), goesOn.rig.takePublished()], [[], []])

  const agentLeft = await buildLost('talking')
  await agentLeft.link.connect([caller({ activity: 'bridging' })])
  t.match(agentLeft.link.takeCommands(), [{ type: 'hangUp', legId: 'caller' }])
  t.equal(agentLeft.rig.acd?.agentState(ids.agent('ann')), 'idle')

  const bothLeft = await buildLost('talking')
  await bothLeft.link.connect([])
  t.strictSame(bothLeft.rig.takeCallEvents(), ['call.completed'])
  t.strictSame([bothLeft.rig.engine.liveCalls, bothLeft.rig.engine.liveAgentLegs], [0, 0])

  const callerLeft = await buildLost('talking')
  await callerLeft.link.connect([agentLeg('id-2')])
  t.match(callerLeft.link.takeCommands(), [{ type: 'hangUp', legId: 'id-2' }])
  t.equal(callerLeft.rig.acd?.agentState(ids.agent('ann')), 'talking')
  callerLeft.link.emit(legHungUp('id-2'))
  t.equal(callerLeft.rig.acd?.agentState(ids.agent('ann')), 'idle')
})

t.test('a waiting call that is missing after a reconnection has ended', async (t) => {
  const { link, rig } = await buildLost('waiting')
  await link.connect([])
  t.strictSame(rig.takeCallEvents(), ['call.abandoned'])
  t.equal(rig.engine.liveCalls, 0)
})

t.test(
  'a caller who was transferred during the disconnection is released, not hung up',
  async (t) => {
    const moved = { ...waitingChannel, dialledNumber: 'voicemail' }
    for (const doing of ['waiting', 'talking'] as const) {
      const { link, rig } = await buildLost(doing)
      await link.connect([caller({ caller: moved, activity: 'other' })])
      t.strictSame(types(link.takeCommands()), ['markCall'])
      t.strictSame(rig.takeCallEvents(), ['call.transferred'])
      t.equal(rig.engine.liveCalls, 0)
    }
  },
)

t.test('marks that are missing after a reconnection are written again', async (t) => {
  const { link } = await buildLost('waiting')
  await link.connect([caller({ caller: newChannel })])
  t.match(link.takeCommands(), [{ type: 'takeCall', marks: { tenant: 'acme' } }])
})

t.test(
  'a call whose last event is less than a second old is not compared with a snapshot',
  async (t) => {
    const { link, rig, clock } = build()
    await link.connect()
    clock.advance(1_500)
    link.emit(parked)
    clock.advance(500)
    link.takeCommands()
    await link.reportSnapshot([caller({ caller: newChannel })])
    t.strictSame(link.takeCommands(), [])
    t.strictSame(rig.takeCallEvents(), ['call.arrived', 'call.queued', 'call.offered'])
  },
)

t.test('events that arrive after a snapshot was requested take precedence over it', async (t) => {
  const { link, rig } = build()
  link.beginConnect()
  link.emit(legHungUp('caller'))
  link.emit({ ...from, type: 'legAnswered', legId: ids.leg('old'), callId: ids.call('x') })
  t.strictSame(link.takeCommands(), [])
  await link.reportSnapshot([caller(), agentLeg('old')])
  t.strictSame([link.takeCommands(), rig.takePublished()], [[], []])
  t.strictSame(rig.engine.switchStates(), [
    { switchId: 'fake', isConnected: true, isSynchronised: true },
  ])
})

t.test('a call that ends while the switch is being read is not adopted again', async (t) => {
  const { link, rig } = build({ ann: { queues: [] } })
  await link.connect()
  link.emit(parked)
  rig.clock.advance(2_000)
  link.emit({ ...from, type: 'callUnparked', callId })
  link.takeCommands()
  rig.takePublished()
  await link.reportSnapshot([caller()])
  t.strictSame([link.takeCommands(), rig.takePublished()], [[], []])
})

t.test(
  'the switch is read again after connecting, after a correction, and until a reading succeeds',
  async (t) => {
    const { link, rig, clock } = build({ ann: { queues: [] } })
    let isReady = false
    rig.engine.onceReady(() => {
      isReady = true
    })
    link.beginConnect()
    link.emit(parked)
    await link.reportSnapshot(new Error('slow'))
    t.strictSame([isReady, rig.warnings], [false, ['could not read the state of a switch']])
    const readings: number[] = []
    for (let second = 1; second <= 20; second += 1) {
      clock.advance(1_000)
      if (link.openSnapshots > 0) {
        readings.push(second)
        await link.reportSnapshot([])
      }
    }
    // At 1 s because the first reading failed; 2 and 10 s after connecting; at 6 s because a call had
    // vanished at 1 s.
    t.strictSame(readings, [1, 2, 6, 10])
    t.equal(isReady, true)
    t.strictSame(rig.takeCallEvents().at(-1), 'call.abandoned')
    rig.engine.onceReady(() => readings.push(0))
    t.equal(readings.at(-1), 0)
  },
)

t.test('a snapshot requested on a lost connection is discarded', async (t) => {
  const { link, rig } = build()
  link.beginConnect()
  link.disconnect()
  link.beginConnect()
  await link.reportSnapshot([caller()])
  t.strictSame([link.takeCommands(), rig.engine.switchStates()[0]?.isSynchronised], [[], false])
  await link.reportSnapshot([])
  t.equal(rig.engine.switchStates()[0]?.isSynchronised, true)
})

t.test('a caller who talks to a leg that the snapshot does not have is left alone', async (t) => {
  const { link, rig } = build()
  const talking = { ...waitingChannel, state: 'talking' } as const
  await link.connect([
    caller({ joinedTo: ids.leg('unlisted'), activity: 'bridging', caller: talking }),
  ])
  t.strictSame(link.takeCommands(), [])
  t.equal(rig.engine.liveCalls, 0)
})

t.test(
  'a call that changed less than a second before a reading is reconciled by the next one',
  async (t) => {
    const { link, rig, clock } = build({ ann: {}, bob: {} })
    await link.connect()
    link.emit(parked)
    link.answer('takeCall', { ok: false, reason: 'timeout', message: '-ERR timeout' })
    clock.advance(1)
    link.emit(offerEnded(callId, 'id-3', 'USER_BUSY'))
    rig.takePublished()
    const isAlone = [caller({ activity: 'bridging' })]
    clock.advance(999)
    t.strictSame(await link.reportSnapshot(isAlone), ['caller', 'id-4'])
    t.strictSame(rig.takeCallEvents(), [], 'bob was rung 999 ms ago')
    link.answer('offer', { ok: false, reason: 'timeout', message: '-ERR timeout' })
    clock.advance(1_000)
    await link.reportSnapshot(isAlone)
    t.strictSame(rig.takeCallEvents(), ['call.offerEnded'])
  },
)

t.test(
  'a late arrival event of an adopted caller is ignored for two seconds, and is a new call after that',
  async (t) => {
    const { link, rig, clock } = build({ ann: { queues: [] } })
    await link.connect([caller()])
    rig.takePublished()
    const again = callParked(callId, waitingChannel)
    clock.advance(1_999)
    link.emit(again)
    t.strictSame(rig.takeCallEvents(), [])
    clock.advance(1)
    link.emit(again)
    t.strictSame(rig.takeCallEvents(), ['call.transferred', 'call.arrived', 'call.queued'])
  },
)
