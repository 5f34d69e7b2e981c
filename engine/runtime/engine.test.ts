import t from 'tap'
import type { CallEvent } from '../call/call-event.ts'
import { startEngine, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import {
  callParked,
  from,
  legAnswered,
  legHungUp,
  legsJoined,
  legsParted,
  newChannel,
  offerEnded,
} from '../rigs/switch-events.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CommandResult } from '../switch/switch.ts'

const callId = ids.call('caller')
const start = 1_700_000_000_000

const parked = (over: Partial<CallerChannel> = {}) => callParked(callId, over)
const joined = (legId: string) => legsJoined(callId, legId)
const answered = (legId: string) => legAnswered(legId, callId)
const ended = (offerId: string, cause: string) => offerEnded(callId, offerId, cause)
const no = (reason: 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'): CommandResult => ({
  ok: false,
  reason,
  message: `-ERR ${reason}`,
})

async function run(settings = tenantSettings({ sales: {} }, { ann: {} })) {
  const { link, rig } = await startEngine(settings)
  // The readings that follow a connection find nothing here.
  for (const waitMs of [2_000, 8_000]) {
    rig.clock.advance(waitMs)
    await link.reportSnapshot([])
  }
  rig.takePublished()
  return { link, rig, clock: rig.clock }
}

t.test('a parked caller is accepted and offered to an idle agent in one turn', async (t) => {
  const { link, rig } = await run()
  link.emit(parked({ wayOutTask: '12' }))
  const at = start + 10_000
  t.strictSame(link.takeCommands(), [
    {
      type: 'takeCall',
      callId: 'caller',
      marks: {
        tenant: 'acme',
        inQueue: 'sales',
        takenNumber: 'sales',
        enqueuedAt: at,
        enteredAt: at,
        chargedTo: null,
        priority: 0,
        state: 'waiting',
      },
      ringback: undefined,
      wayOutTask: '12',
    },
    {
      type: 'offer',
      tenant: 'acme',
      callId: 'caller',
      offerId: 'id-3',
      legs: [{ legId: 'id-2', agentId: 'ann', address: 'user/ann', startAfterMs: 0 }],
      ringMs: 15_000,
    },
  ])
  const about = { tenant: 'acme', callId: 'caller', at }
  const queued = { ...about, queue: 'sales', chargedTo: 'sales' }
  t.strictSame(
    rig.takePublished().map(({ event, sequence }) => [sequence, event]),
    [
      [
        1,
        {
          type: 'call.arrived',
          data: {
            ...about,
            switch: 'fake',
            dialledNumber: 'sales',
            callerNumber: '+49301234',
            callerName: 'Eve',
          },
        },
      ],
      [
        1,
        {
          type: 'agent.stateChanged',
          data: {
            tenant: 'acme',
            agent: 'ann',
            at,
            state: 'ringing',
            previous: 'idle',
            status: 'available',
            callId: 'caller',
          },
        },
      ],
      [
        2,
        {
          type: 'call.queued',
          data: { ...queued, enqueuedAt: at, queueWaitMs: 0, priority: 0, isAdopted: false },
        },
      ],
      [
        3,
        {
          type: 'call.offered',
          data: {
            ...queued,
            agent: 'ann',
            offerId: 'id-3',
            waitMs: 0,
            startAfterMs: 0,
            deadlineAt: at + 20_000,
            matchUs: 0,
          },
        },
      ],
    ],
  )
})

t.test('a completed call leaves nothing behind, and its agent is idle', async (t) => {
  const { link, rig } = await run()
  link.emit(parked())
  link.emit(answered('id-2'))
  link.emit(joined('id-2'))
  link.emit({ ...from, type: 'legHeld', legId: ids.leg('id-2') })
  link.emit({ ...from, type: 'legUnheld', legId: callId })
  t.strictSame([rig.engine.liveCalls, rig.engine.liveAgentLegs], [1, 1])
  link.emit(legsParted(callId, 'id-2'))
  link.emit(ended('id-3', 'SUCCESS'))
  link.emit(legHungUp('id-2'))
  link.emit(legHungUp('caller'))
  t.strictSame(
    link.takeCommands().map(({ type }) => type),
    ['takeCall', 'offer', 'markCall', 'hangUp'],
  )
  t.strictSame(rig.takeCallEvents(), [
    'call.arrived',
    'call.queued',
    'call.offered',
    'call.answered',
    'call.held',
    'call.resumed',
    'call.completed',
  ])
  t.strictSame([rig.engine.liveCalls, rig.engine.liveAgentLegs], [0, 0])
  t.equal(rig.acd?.agentState(ids.agent('ann')), 'idle')
  t.strictSame(rig.counts, {})
})

t.test(
  'when an agent does not answer, the next one is rung, and too many misses lead to a break',
  async (t) => {
    const { link, rig } = await run(
      tenantSettings({ sales: {} }, { ann: { maxMisses: 1 }, bob: {} }),
    )
    link.emit(parked())
    link.emit(legHungUp('id-2', 'ALLOTTED_TIMEOUT'))
    link.emit(ended('id-3', 'ALLOTTED_TIMEOUT'))
    t.match(link.takeCommands().slice(1), [
      { type: 'offer', legs: [{ agentId: 'ann' }] },
      { type: 'offer', legs: [{ agentId: 'bob' }] },
    ])
    t.equal(rig.acd?.agentState(ids.agent('ann')), 'off')
    t.match(
      rig
        .takePublished()
        .flatMap(({ event }) => (event.type === 'agent.stateChanged' ? [event.data] : [])),
      [
        { agent: 'ann', state: 'ringing' },
        { agent: 'bob', state: 'ringing' },
        { agent: 'ann', state: 'off', status: 'onBreak', breakReason: 'missedCalls' },
      ],
    )
  },
)

t.test(
  'a caller hears music while no agent is available, and goes to the first who becomes available',
  async (t) => {
    const { link, rig } = await run(
      tenantSettings({ sales: {} }, { ann: { status: { type: 'loggedOut' } } }),
    )
    link.emit(parked())
    t.match(link.takeCommands(), [{ type: 'takeCall' }, { type: 'playMusic', source: 'music' }])
    rig.tenant.control.setStatus('ann', { type: 'available' })
    t.match(link.takeCommands(), [{ type: 'offer', legs: [{ agentId: 'ann' }] }])
  },
)

t.test(
  'a leg that answers after its offer ended is hung up at once, and its join does not count',
  async (t) => {
    const { link, rig } = await run()
    link.emit(parked())
    link.emit(ended('id-3', 'USER_BUSY'))
    link.takeCommands()
    link.emit(answered('id-2'))
    link.emit(joined('id-2'))
    const hangUp = { type: 'hangUp', legId: 'id-2', cause: 'ORIGINATOR_CANCEL' }
    t.strictSame(link.takeCommands(), [hangUp, hangUp])
    t.equal(rig.engine.liveCalls, 1)
    link.emit(answered('stranger'))
    link.emit({ ...from, type: 'legAnswered', legId: ids.leg('not-ours'), callId: undefined })
    t.strictSame(link.takeCommands(), [
      { type: 'hangUp', legId: 'stranger', cause: 'ORIGINATOR_CANCEL' },
    ])
  },
)

t.test(
  'a leg of an earlier offer that joins after the channel parked again does not affect the new call',
  async (t) => {
    const { link, rig } = await run()
    link.emit(parked())
    link.emit({ ...from, type: 'callUnparked', callId })
    link.emit(parked({ state: 'left' }))
    link.takeCommands()
    rig.takePublished()
    link.emit(joined('id-2'))
    t.strictSame(link.takeCommands(), [
      { type: 'hangUp', legId: 'id-2', cause: 'ORIGINATOR_CANCEL' },
    ])
    t.strictSame([rig.takeCallEvents(), rig.engine.liveCalls], [[], 1])
  },
)

t.test('an answer exactly at the deadline of its offer is too late', async (t) => {
  const { link, rig, clock } = await run()
  link.emit(parked())
  clock.stall(20_000)
  link.emit(joined('id-2'))
  t.strictSame(link.takeCommands().slice(2), [
    { type: 'hangUp', legId: 'id-2', cause: 'ORIGINATOR_CANCEL' },
    { type: 'hangUp', legId: 'id-2', cause: 'ORIGINATOR_CANCEL' },
  ])
  t.strictSame(rig.takeCallEvents().slice(3), ['call.offerEnded'])
})

t.test(
  'a caller whom the dialplan moves and parks again keeps their place, unless they were served',
  async (t) => {
    const { link, rig } = await run()
    link.emit(parked())
    link.emit({ ...from, type: 'callUnparked', callId })
    const enqueuedAt = start + 10_000
    rig.clock.advance(500)
    link.emit(parked({ enqueuedAt, state: 'waiting' }))
    link.emit({ ...from, type: 'callUnparked', callId })
    link.emit(parked({ enqueuedAt, state: 'talking' }))
    t.strictSame(
      rig
        .takePublished()
        .flatMap(({ event }) => (event.type === 'call.queued' ? [event.data.enqueuedAt] : [])),
      [enqueuedAt, enqueuedAt, enqueuedAt + 500],
    )
    t.equal(rig.engine.liveCalls, 1)
  },
)

t.test(
  'a channel that parks again without another event begins a new life of the call',
  async (t) => {
    const { link, rig } = await run()
    link.emit(parked())
    link.emit(joined('id-2'))
    link.emit(parked({ queue: 'sales', state: 'talking' }))
    t.strictSame(rig.takeCallEvents(), [
      'call.arrived',
      'call.queued',
      'call.offered',
      'call.answered',
      'call.transferred',
      'call.arrived',
      'call.queued',
    ])
    t.equal(rig.acd?.agentState(ids.agent('ann')), 'talking')
    link.emit(legHungUp('id-2'))
    t.match(rig.takeCallEvents(), ['call.offered'])
  },
)

t.test(
  'a caller without a queue is rejected, and hung up if the dialplan has no way out',
  async (t) => {
    const { link, rig } = await run()
    link.emit(parked({ dialledNumber: 'nowhere' }))
    t.strictSame(link.takeCommands(), [
      { type: 'hangUp', legId: 'caller', cause: 'UNALLOCATED_NUMBER' },
    ])
    link.emit(parked({ queue: 'none', wayOutTask: '3' }))
    t.strictSame(link.takeCommands(), [])
    t.match(
      rig.takePublished().map(({ event }) => event),
      [
        { type: 'call.arrived' },
        { type: 'call.rejected', data: { reason: 'noRoute' } },
        { type: 'call.arrived' },
        { type: 'call.rejected', data: { reason: 'unknownQueue' } },
      ],
    )
    t.equal(rig.engine.liveCalls, 0)
  },
)

t.test('a caller of an unknown tenant is left alone, and logged once', async (t) => {
  const { link, rig } = await run()
  link.emit(parked({ tenant: 'other' }))
  link.emit(parked({ tenant: 'other' }))
  t.strictSame(link.takeCommands(), [])
  t.strictSame(rig.warnings, ['ignored a caller: the tenant is not configured on this engine'])
})

t.test('events of unknown channels are ignored', async (t) => {
  const { link, rig } = await run()
  for (const event of [joined('x'), ended('x', 'SUCCESS'), legHungUp('x')]) {
    link.emit(event)
  }
  t.strictSame([link.takeCommands(), rig.takePublished()], [[], []])
})

t.test('after a refused offer the next agent is rung', async (t) => {
  const { link } = await run(tenantSettings({ sales: {} }, { ann: {}, bob: {} }))
  link.emit(parked())
  link.answer('offer', no('refused'))
  t.match(link.takeCommands().slice(2), [{ type: 'offer', legs: [{ agentId: 'bob' }] }])
})

t.test('a caller who does not exist on the switch counts as gone after a second', async (t) => {
  const { link, rig, clock } = await run()
  link.emit(parked())
  link.answer('offer', no('noSuchLeg'))
  clock.advance(999)
  t.equal(rig.engine.liveCalls, 1)
  clock.advance(1)
  t.strictSame(rig.takeCallEvents().slice(3), ['call.offerEnded', 'call.abandoned'])
  t.equal(rig.engine.liveCalls, 0)
})

t.test('the hang-up of a leg that does not exist yet is tried again three times', async (t) => {
  const { link, rig, clock } = await run()
  link.emit(parked())
  rig.tenant.control.setStatus('ann', { type: 'loggedOut' })
  link.takeCommands()
  const tries: number[] = []
  for (const waitMs of [250, 1_000, 3_000, 10_000]) {
    link.answer('hangUp', no('noSuchLeg'))
    clock.advance(waitMs)
    tries.push(link.takeCommands().filter(({ type }) => type === 'hangUp').length)
    if (tries.at(-1) === 0) {
      break
    }
  }
  t.strictSame(tries, [1, 1, 1, 0])
  t.equal(rig.engine.liveAgentLegs, 1)
})

t.test('a refused transfer of an overflowed caller becomes a hang-up', async (t) => {
  const overflow = { type: 'transfer', extension: '9', dialplan: 'XML', context: 'public' } as const
  const { link, rig, clock } = await run(
    tenantSettings(
      { sales: { maxWaitMs: 5_000, overflow: { maxWait: overflow } } },
      { ann: { queues: [] } },
    ),
  )
  link.emit(parked())
  clock.advance(5_000)
  t.strictSame(rig.takeCallEvents().slice(2), ['call.overflowed'])
  link.takeCommands()
  link.answer('transfer', no('refused'))
  t.strictSame(link.takeCommands(), [
    { type: 'hangUp', legId: 'caller', cause: 'NORMAL_TEMPORARY_FAILURE' },
  ])
})

t.test('after a command timed out, the state of the switch is read', async (t) => {
  const { link, clock } = await run()
  link.emit(parked())
  link.answer('takeCall', no('timeout'))
  link.answer('offer', no('timeout'))
  t.equal(link.openSnapshots, 0)
  clock.advance(1_000)
  t.equal(link.openSnapshots, 1)
  t.strictSame(await link.reportSnapshot([]), ['caller', 'id-2'])
})

t.test('a call whose machine throws is ended, and its agent is released', async (t) => {
  const { link, rig } = await run()
  const { tenant } = rig
  const channelOfOne = { ...newChannel, queue: 'sales' }
  const handle = tenant.accept(callId, link, channelOfOne)
  link.takeCommands()
  rig.takePublished()
  if (handle !== undefined) {
    tenant.dispatch(handle, { type: 'offerRefused', offerId: ids.offer('x'), cause: 'x', at: 0 })
    tenant.dispatch(handle, { type: 'givenUp', at: 0 } as CallEvent)
  }
  t.strictSame(link.takeCommands(), [
    { type: 'hangUp', legId: 'caller', cause: 'NORMAL_TEMPORARY_FAILURE' },
    { type: 'hangUp', legId: 'id-2', cause: 'NORMAL_TEMPORARY_FAILURE' },
  ])
  t.match(rig.takePublished()[0]?.event, { type: 'call.lost', data: { reason: 'fault' } })
  t.equal(rig.acd?.agentState(ids.agent('ann')), 'idle')
  t.strictSame([rig.engine.liveCalls, rig.engine.liveAgentLegs], [0, 0])
  t.equal(rig.counts['faulted'], 1)
})

t.test('a stopped engine sends no command, publishes nothing and has no timer', async (t) => {
  const { link, rig, clock } = await run()
  link.emit(parked())
  link.answer('offer', no('noSuchLeg'))
  link.takeCommands()
  rig.takePublished()
  await rig.engine.stop()
  t.equal(clock.pendingTimers, 0)
  clock.advance(60_000)
  t.strictSame([link.takeCommands(), rig.takePublished()], [[], []])
})

t.test('a dropped leg is remembered for two minutes, or until it hangs up', async (t) => {
  const settings = tenantSettings({ sales: {} }, { ann: { queues: [] } })
  const { link, rig, clock } = await run(settings)
  link.emit(parked())
  link.emit(answered('first'))
  clock.advance(119_999)
  link.emit(answered('second'))
  link.takeCommands()
  rig.takePublished()
  link.emit(joined('first'))
  t.strictSame(link.takeCommands(), [
    { type: 'hangUp', legId: 'first', cause: 'ORIGINATOR_CANCEL' },
  ])
  t.strictSame(rig.takeCallEvents(), [])
  clock.advance(1)
  link.emit(answered('third'))
  link.emit(joined('second'))
  t.strictSame(rig.takeCallEvents(), [])
  // An unknown leg is taken for a pick-up by somebody else.
  link.emit(joined('first'))
  t.strictSame(rig.takeCallEvents(), ['call.transferred'])

  link.emit(parked())
  rig.takePublished()
  link.emit(legHungUp('second'))
  link.emit(joined('second'))
  t.strictSame(rig.takeCallEvents(), ['call.transferred'])
})

t.test('a missing leg of several is checked once more, after ten seconds', async (t) => {
  const settings = tenantSettings({ sales: { strategy: 'ringAll' } }, { ann: {}, bob: {} })
  const { link, rig, clock } = await run(settings)
  const soughtLegs = () =>
    link.takeCommands().flatMap((command) => (command.type === 'seekLeg' ? [command.legId] : []))
  link.emit(parked())
  clock.advance(999)
  t.strictSame(soughtLegs(), [])
  clock.advance(1)
  const [, missing] = soughtLegs()
  link.answer('seekLeg', { ok: true })
  link.answer('seekLeg', no('noSuchLeg'))
  t.equal(rig.engine.liveAgentLegs, 2, 'the leg may still appear')
  clock.advance(9_999)
  t.strictSame(soughtLegs(), [])
  clock.advance(1)
  t.strictSame(soughtLegs(), [missing])
  link.answer('seekLeg', no('noSuchLeg'))
  t.equal(rig.engine.liveAgentLegs, 1)
  clock.advance(60_000)
  t.notOk(soughtLegs().includes(missing ?? ids.leg('none')))
})
