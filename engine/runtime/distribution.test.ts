import t from 'tap'
import type { EngineEvent, EventData, EventType } from '../catalogue/events/events.ts'
import type { SkillId } from '../catalogue/ids.ts'
import type { PlainReply } from '../catalogue/refusals.ts'
import { parseRequirement } from '../esl/need-text.ts'
import { EngineRig, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import {
  callParked,
  legHungUp,
  legsJoined,
  offerEnded,
  parkedCaller,
} from '../rigs/switch-events.ts'
import type { CallerChannel, SwitchEvent } from '../switch/event.ts'
import type { LegSnapshot, SwitchCommand } from '../switch/switch.ts'
import { FakeSwitch } from '../testing/fake-switch.ts'
import type { TenantSettings } from './settings.ts'

const skill = (name: string) => name as SkillId
const away = { status: { type: 'loggedOut' } } as const
const toHelp = { type: 'queue', queueId: ids.queue('help') } as const

/** A running tenant, and a switch that the test controls. */
class Scene {
  readonly link = new FakeSwitch()
  readonly rig: EngineRig
  #events: EngineEvent[] = []

  constructor(settings: TenantSettings) {
    this.rig = new EngineRig(settings, this.link)
  }

  static async open(settings: TenantSettings, found: readonly LegSnapshot[] = []): Promise<Scene> {
    const scene = new Scene(settings)
    await scene.link.connect(found)
    return scene
  }

  get calls() {
    return this.rig.tenant.calls
  }

  get control() {
    return this.rig.tenant.control
  }

  emit(event: SwitchEvent): void {
    this.link.emit(event)
  }

  arrive(name: string, over: Partial<CallerChannel> = {}): void {
    this.emit(callParked(name, over))
  }

  leave(legId: string, cause = 'NORMAL_CLEARING'): void {
    this.emit(legHungUp(legId, cause))
  }

  wait(ms: number): void {
    this.rig.clock.advance(ms)
  }

  /** The offers since the last call of this method, each with its agents, their delays and their legs. */
  offers() {
    return this.commands('offer').map(({ callId, legs, ringMs }) => ({
      callId,
      ringMs,
      agents: legs.map(({ agentId, startAfterMs }) => [agentId, startAfterMs]),
      legs: legs.map(({ legId }) => legId),
    }))
  }

  commands<T extends SwitchCommand['type']>(type: T) {
    return this.link
      .takeCommands()
      .filter((command): command is Extract<SwitchCommand, { type: T }> => command.type === type)
  }

  /** The data of all events of a type, since the beginning. */
  published<T extends EventType>(type: T): readonly EventData<T>[] {
    this.#events.push(...this.rig.takePublished().map(({ event }) => event))
    return this.#events.flatMap((event) =>
      event.type === type ? [event.data as EventData<T>] : [],
    )
  }
}

t.test(
  'with `ringAll` an agent who declines is free at once, and the one who answers has the call',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings({ sales: { strategy: 'ringAll' } }, { ann: {}, bob: {}, cid: {} }),
    )
    scene.arrive('call')
    const [offer] = scene.offers()
    t.match(offer, {
      agents: [
        ['ann', 0],
        ['bob', 0],
        ['cid', 0],
      ],
    })
    const [annLeg = '', bobLeg = ''] = offer?.legs ?? []
    scene.leave(annLeg, 'CALL_REJECTED')
    t.equal(scene.rig.acd?.agentState(ids.agent('ann')), 'idle')
    scene.emit(legsJoined('call', bobLeg))
    t.strictSame(
      ['ann', 'bob', 'cid'].map((name) => scene.rig.acd?.agentState(ids.agent(name))),
      ['idle', 'talking', 'idle'],
    )
    t.match(scene.published('call.offerEnded'), [
      { agent: 'ann', outcome: 'declined' },
      { agent: 'cid', outcome: 'withdrawn', cause: 'LOSE_RACE' },
    ])
  },
)

t.test(
  'with `ringProgressively` phones start one after the other, and one can stop alone',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings(
        { sales: { strategy: 'ringProgressively', ringStepMs: 4_000, ringAtMost: 2 } },
        { ann: {}, bob: {}, cid: {} },
      ),
    )
    scene.arrive('call')
    const [offer] = scene.offers()
    t.match(offer, {
      ringMs: 15_000,
      agents: [
        ['ann', 0],
        ['bob', 4_000],
      ],
    })
    t.equal(scene.rig.acd?.agentState(ids.agent('bob')), 'reserved')
    scene.wait(4_000)
    t.equal(scene.rig.acd?.agentState(ids.agent('bob')), 'ringing')
    t.strictSame(scene.control.setStatus('bob', { type: 'onBreak', reason: 'tea' }), { ok: true })
    t.strictSame(scene.commands('hangUp'), [
      { type: 'hangUp', legId: offer?.legs[1], cause: 'ORIGINATOR_CANCEL' },
    ])
    t.equal(scene.rig.acd?.agentState(ids.agent('ann')), 'ringing')
  },
)

t.test('a phone that has no leg on the switch is detected by asking for it', async (t) => {
  const scene = await Scene.open(
    tenantSettings({ sales: { strategy: 'ringAll' } }, { ann: {}, bob: {} }),
  )
  scene.arrive('call')
  scene.offers()
  scene.wait(1_000)
  t.equal(scene.commands('seekLeg').length, 2)
  scene.link.answer('seekLeg', { ok: true })
  scene.link.answer('seekLeg', { ok: false, reason: 'noSuchLeg', message: '-ERR' })
  t.match(scene.published('call.offerEnded'), [{ agent: 'bob', outcome: 'unreachable' }])
  t.equal(scene.rig.acd?.agentState(ids.agent('ann')), 'ringing')
})

t.test(
  'a call overflows from a full queue, and the wait stays charged to that queue',
  async (t) => {
    const settings = tenantSettings(
      {
        sales: { capacity: 1, overflow: { full: toHelp }, serviceLevelMs: 30_000 },
        help: { serviceLevelMs: 1 },
      },
      { ann: { queues: ['help'], ...away } },
    )
    const scene = await Scene.open(settings)
    scene.arrive('first')
    scene.arrive('call')
    t.match(scene.published('call.overflowed'), [
      { callId: 'call', queue: 'sales', reason: 'full', toQueue: 'help' },
    ])
    t.match(
      scene.link
        .takeCommands()
        .flatMap((command) => (command.type === 'takeCall' ? [command] : []))
        .at(-1),
      { marks: { inQueue: 'help', chargedTo: 'sales' } },
    )
    scene.wait(20_000)
    scene.control.setStatus('ann', { type: 'available' })
    const [offer] = scene.offers()
    scene.emit(legsJoined('call', offer?.legs[0] ?? ''))
    t.match(scene.published('call.answered'), [
      { queue: 'help', chargedTo: 'sales', waitMs: 20_000, isWithinThreshold: true },
    ])

    // The next engine reads this from the channel.
    const adopted = { inQueue: 'help', chargedTo: 'sales', enqueuedAt: 1, enteredAt: 5 }
    const channel = { ...adopted, takenNumber: 'sales', state: 'waiting' } as const
    const left = parkedCaller('call', channel, { activity: 'playing' })
    const next = await Scene.open(settings, [left])
    t.match(next.published('call.queued'), [{ queue: 'help', chargedTo: 'sales', isAdopted: true }])
  },
)

t.test(
  'a call overflows at once from an unstaffed queue, and a loop of such queues ends it',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings(
        {
          sales: { joinUnstaffed: false, overflow: { unstaffed: toHelp } },
          help: {
            joinUnstaffed: false,
            overflow: { unstaffed: { type: 'queue', queueId: ids.queue('sales') } },
          },
        },
        { ann: away },
      ),
    )
    scene.arrive('call')
    t.match(scene.published('call.overflowed'), [
      { queue: 'sales', reason: 'joinUnstaffed', to: 'queue help' },
      { queue: 'help', reason: 'joinUnstaffed', to: 'hangup NORMAL_TEMPORARY_FAILURE' },
    ])
    t.match(scene.commands('hangUp'), [{ legId: 'call', cause: 'NORMAL_TEMPORARY_FAILURE' }])
  },
)

t.test('a call that is found waiting is not refused by a full queue', async (t) => {
  const channel = {
    inQueue: 'sales',
    enqueuedAt: 1,
    takenNumber: 'sales',
    state: 'waiting',
  } as const
  const waiting = (name: string) => parkedCaller(name, channel, { activity: 'playing' })
  const scene = await Scene.open(
    tenantSettings({ sales: { capacity: 1, overflow: { full: toHelp } }, help: {} }, { ann: away }),
    [waiting('a'), waiting('b')],
  )
  t.equal(scene.rig.acd?.depth(ids.queue('sales')).waiting, 2)
  t.strictSame(scene.published('call.overflowed'), [])
})

t.test(
  'a channel can have its own requirement and preferred agents; malformed ones are ignored',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings(
        { sales: { ringMs: 60_000 } },
        {
          ann: { skills: new Map([[skill('english'), 2]]) },
          bob: { skills: new Map([[skill('english'), 5]]) },
          cid: {},
        },
      ),
    )
    scene.arrive('a', { requires: parseRequirement('english:5') })
    scene.arrive('b', { requires: parseRequirement('english:5;30=english:1') })
    scene.arrive('c', { preferredAgents: [ids.agent('cid')], preferredHold: 'whileStaffed' })
    t.match(scene.offers(), [
      { callId: 'a', agents: [['bob', 0]] },
      { callId: 'c', agents: [['cid', 0]] },
    ])
    scene.wait(30_000)
    t.match(scene.offers(), [{ callId: 'b', agents: [['ann', 0]] }])
    scene.arrive('d', { unreadable: ['acd_require'] })
    t.equal(scene.rig.counts['malformed acd_require'], 1)
    t.strictSame(scene.rig.warnings, ['ignored a channel variable that could not be parsed'])
    t.equal(scene.rig.acd?.depth(ids.queue('sales')).waiting, 4)
  },
)

t.test(
  'a caller waits for preferred agents as long as the queue says, unless the channel says otherwise',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings({ sales: { stickyHold: 20_000 } }, { ann: {}, bob: {}, cid: away }),
    )
    const preferredAgents = [ids.agent('cid')]
    scene.arrive('a', { preferredAgents })
    scene.arrive('b', { preferredAgents, preferredHold: 5_000 })
    t.strictSame(scene.offers(), [])
    scene.wait(5_000)
    t.match(scene.offers(), [{ callId: 'b' }])
    scene.wait(14_999)
    t.strictSame(scene.offers(), [])
    scene.wait(1)
    t.match(scene.offers(), [{ callId: 'a' }])
  },
)

t.test('a timed action has the data of the configuration', async (t) => {
  const actions = [{ name: 'discount', afterMs: 60_000, everyMs: 30_000 }]
  const data = new Map([['discount', { code: 'SORRY10' }]])
  const settings = tenantSettings({ sales: {} }, { ann: away })
  const [[queueId, sales] = []] = settings.queues
  if (queueId === undefined || sales === undefined) {
    throw new Error('no queue')
  }
  const queue = { ...sales, actions: data, settings: { ...sales.settings, actions } }
  const scene = await Scene.open({ ...settings, queues: new Map([[queueId, queue]]) })
  scene.arrive('call')
  scene.wait(60_000)
  scene.wait(30_000)
  t.match(scene.published('call.actionDue'), [
    { name: 'discount', count: 1, waitMs: 60_000, data: { code: 'SORRY10' } },
    { name: 'discount', count: 2, waitMs: 90_000 },
  ])
})

t.test('`call.matched` explains an offer, at the configured rate', async (t) => {
  const scene = await Scene.open(
    tenantSettings({ sales: {} }, { ann: {}, bob: away }, { recordEvery: 1 }),
  )
  scene.arrive('call')
  const [matched] = scene.published('call.matched')
  t.match(matched, {
    agents: ['ann'],
    decision: { soughtBy: 'call', strategy: 'longestIdle', candidateCount: 1 },
  })
  t.equal(matched?.offerId, scene.published('call.offered')[0]?.offerId)
})

t.test('a failing strategy is counted each time and logged once a minute', async (t) => {
  const scorer = {
    name: 'odd',
    candidates: 5,
    scoreAgent: () => {
      throw new Error('no idea')
    },
  }
  const scene = await Scene.open(tenantSettings({ sales: { scorer } }, { ann: {}, bob: {} }))
  const serve = (name: string) => {
    scene.arrive(name)
    scene.leave(name)
  }
  serve('a')
  serve('b')
  const count = scene.rig.counts['strategy odd'] ?? 0
  t.ok(count >= 2)
  t.equal(scene.rig.warnings.length, 1)
  scene.wait(59_999)
  serve('late')
  t.equal(scene.rig.warnings.length, 1)
  scene.wait(1)
  serve('c')
  t.equal(scene.rig.warnings.length, 2)
})

t.test('`call.queued` has a position only for a call that has to wait', async (t) => {
  const scene = await Scene.open(tenantSettings({ sales: {} }, { ann: {} }))
  for (const name of ['a', 'b', 'c']) {
    scene.arrive(name)
  }
  t.strictSame(
    scene.published('call.queued').map(({ callId, position }) => [callId, position]),
    [
      ['a', undefined],
      ['b', 2],
      ['c', 3],
    ],
  )
  t.match([...scene.rig.engine.expectedWaits()], [{ tenant: 'acme', queue: 'sales' }])
})

t.test('a change of a waiting call counts at once, and is written on its channel', async (t) => {
  const scene = await Scene.open(
    tenantSettings(
      { sales: { requires: [{ afterMs: 0, anyOf: [[{ skill: skill('x'), minLevel: 1 }]] }] } },
      { ann: {} },
    ),
  )
  scene.arrive('call')
  t.strictSame(scene.offers(), [])
  const anyone = [{ afterMs: 0, anyOf: [[]] }]
  t.strictSame(scene.calls.changeCall('call', { priority: 3, requires: anyone }), { ok: true })
  const commands = scene.link.takeCommands()
  t.match(
    commands.find(({ type }) => type === 'markCall'),
    { marks: { priority: 3, requires: [{ afterMs: 0, anyOf: [[]] }] } },
  )
  t.ok(commands.some(({ type }) => type === 'offer'))
})

t.test('a call can be requeued while a phone rings for it', async (t) => {
  const scene = await Scene.open(
    tenantSettings(
      { sales: {}, help: {} },
      { ann: { queues: ['sales'] }, bob: { queues: ['help'] } },
    ),
  )
  scene.arrive('call')
  const [offer] = scene.offers()
  t.match(scene.calls.requeue('call', 'help'), { ok: true, queueId: 'help' })
  t.match(scene.link.takeCommands(), [
    { type: 'hangUp', legId: offer?.legs[0] },
    { type: 'takeCall', marks: { inQueue: 'help', chargedTo: null } },
  ])
  t.match(scene.published('call.requeued'), [{ queue: 'sales', toQueue: 'help' }])
  t.equal(scene.rig.acd?.agentState(ids.agent('ann')), 'idle')
  const offerId = scene.published('call.offered')[0]?.offerId ?? ''
  scene.emit(offerEnded('call', offerId, 'ORIGINATOR_CANCEL'))
  t.match(scene.offers(), [{ callId: 'call', agents: [['bob', 0]] }])
})

t.test('an invalid request is refused with its reason', async (t) => {
  const { control, calls, ...scene } = await Scene.open(
    tenantSettings({ sales: {} }, { ann: {} }),
  ).then((one) => ({ control: one.control, calls: one.calls, one }))
  const code = (answer: PlainReply) => (answer.ok ? 'ok' : answer.error.code)
  t.strictSame(
    [
      control.setStatus('eve', { type: 'available' }),
      control.setStatus('ann', { type: 'onBreak', reason: 'x'.repeat(201) }),
      control.setSkills('ann', new Map([['english', 6]])),
      control.setSkills('ann', new Map([['a b', 1]])),
      control.endWrapUp('ann'),
      control.prolongWrapUp('ann', 0.5),
      control.prolongWrapUp('ann', 1_000),
      calls.requeue('call', 'sales'),
      calls.requeue('call', 'nowhere'),
      calls.changeCall('call', {}),
      calls.changeCall('call', { priority: 0.5 }),
      calls.changeCall('call', { requires: [] }),
      calls.changeCall('call', { requires: [{ afterMs: 1_000, anyOf: [[]] }] }),
      calls.changeCall('call', { requires: [{ afterMs: 0, anyOf: [] }] }),
      calls.changeCall('call', { preferred: { agentIds: [ids.agent('a b')], hold: 0 } }),
      calls.changeCall('call', { preferred: { agentIds: [ids.agent('ann')], hold: 1 } }),
    ].map(code),
    [
      ...[
        'agentUnknown',
        'invalid',
        'invalid',
        'invalid',
        'agentNotInWrapUp',
        'invalid',
        'agentNotInWrapUp',
      ],
      ...['callUnknown', 'callUnknown', 'callUnknown'],
      ...['invalid', 'invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
    ],
  )
  scene.one.arrive('call')
  const [offer] = scene.one.offers()
  scene.one.emit(legsJoined('call', offer?.legs[0] ?? ''))
  t.equal(code(calls.requeue('call', 'nowhere')), 'queueUnknown')
  t.equal(code(calls.requeue('call', 'sales')), 'callNotWaiting')
})

t.test(
  'wrap-up can be ended and prolonged, skills can be set, and agents and queues are listed',
  async (t) => {
    const scene = await Scene.open(
      tenantSettings({ sales: { wrapUpMs: 10_000 } }, { ann: {}, bob: away }),
    )
    const { control } = scene
    scene.arrive('call')
    const [offer] = scene.offers()
    const legId = offer?.legs[0] ?? ''
    scene.emit(legsJoined('call', legId))
    scene.leave(legId)
    scene.leave('call')
    t.strictSame(control.prolongWrapUp('ann', 5_000), { ok: true })
    scene.wait(12_000)
    t.equal(scene.rig.acd?.agentState(ids.agent('ann')), 'wrapUp')
    t.strictSame(control.endWrapUp('ann'), { ok: true })
    t.strictSame(control.setSkills('ann', new Map([['english', 4]])), { ok: true })
    t.match(control.listAgents(), [
      { agentId: 'ann', state: 'idle', skills: new Map([['english', 4]]), queueIds: ['sales'] },
      { agentId: 'bob', state: 'off', status: { type: 'loggedOut' } },
    ])
    t.strictSame(control.listQueues(), [
      {
        queueId: 'sales',
        strategy: 'longestIdle',
        waiting: 0,
        oldestAt: undefined,
        staffed: 1,
        idle: 1,
      },
    ])
  },
)

t.test('a new configuration applies at once, and calls keep their places', async (t) => {
  const before = tenantSettings({ sales: { maxWaitMs: 90_000 }, gone: {} }, { ann: away })
  const scene = await Scene.open(before)
  scene.arrive('call')
  scene.arrive('orphan', { dialledNumber: 'gone' })
  scene.wait(5_000)
  const after = tenantSettings({ sales: { maxWaitMs: 90_000 }, new: {} }, { ann: away, bob: {} })
  t.strictSame(scene.rig.engine.reload([after]), { added: [], removed: [] })
  t.match(scene.offers(), [{ callId: 'call', agents: [['bob', 0]] }])
  t.match(scene.published('call.overflowed'), [
    { callId: 'orphan', queue: 'gone', reason: 'removed', to: 'hangup NORMAL_CLEARING' },
  ])
  scene.arrive('late', { dialledNumber: 'new' })
  t.equal(scene.published('call.queued').at(-1)?.queue, 'new')
  t.strictSame(scene.rig.engine.reload([{ ...after, tenantId: 'other' as never }]), {
    added: ['other'],
    removed: ['acme'],
  })
})

t.test(
  'wrap-up changes by at most an hour, and a break reason has at most 200 characters',
  async (t) => {
    const scene = await Scene.open(tenantSettings({ sales: {} }, { ann: {} }))
    const codeOf = (reply: PlainReply) => (reply.ok ? 'ok' : reply.error.code)
    for (const [byMs, code] of [
      [3_600_000, 'agentNotInWrapUp'],
      [-3_600_000, 'agentNotInWrapUp'],
      [3_600_001, 'invalid'],
      [-3_600_001, 'invalid'],
      [0.5, 'invalid'],
    ] as const) {
      t.equal(codeOf(scene.control.prolongWrapUp('ann', byMs)), code, `${byMs} ms`)
    }
    for (const [length, code] of [
      [200, 'ok'],
      [201, 'invalid'],
    ] as const) {
      const reason = 'x'.repeat(length)
      t.equal(codeOf(scene.control.setStatus('ann', { type: 'onBreak', reason })), code)
    }
  },
)
