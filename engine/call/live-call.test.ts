import t from 'tap'
import type { SkillId } from '../catalogue/ids.ts'
import { endedBy, hungUpBy } from '../rigs/endings.ts'
import { ids } from '../rigs/ids.ts'
import { callId, callQueue, startCall } from '../rigs/start-call.ts'
import type { MarkChange } from '../switch/marks.ts'
import type { CallEffect, CallEvent, CallInput, Offer } from './call-event.ts'
import type { LiveCall } from './live-call.ts'

const queue = callQueue('sales')
const about = { tenant: 'acme', callId, queue: 'sales', chargedTo: 'sales' }
const phone = (name: string) => ({
  legId: ids.leg(`leg-${name}`),
  agentId: ids.agent(name),
  address: `user/${name}`,
  startAfterMs: 0,
})
const ann = phone('ann')
const bob = phone('bob')

function offer(id: string, ...legs: Offer['legs']): Offer {
  return { offerId: ids.offer(id), legs, ringMs: 15_000, deadlineAt: 30_000, matchUs: 5 }
}

/** A call after these events; other tests check the effects on the way. */
function after(...events: CallEvent[]): LiveCall {
  const { call } = startCall()
  for (const event of events) {
    call.handle(event)
  }
  return call
}

const offered = (one = offer('o1', ann), at = 2_000): CallEvent => ({
  type: 'offered',
  offer: one,
  at,
})
const joined: CallEvent = { type: 'joined', legId: ann.legId, at: 5_000 }
const callerGone: CallEvent = { type: 'callerGone', ...hungUpBy('NORMAL_CLEARING'), at: 9_000 }
const legGone = (leg: typeof ann, cause: string, at = 8_900): CallEvent => ({
  type: 'agentLegGone',
  legId: leg.legId,
  ...hungUpBy(cause),
  at,
})
const annGone = legGone(ann, 'NORMAL_CLEARING')
const ended = (cause: string, over: object = {}): CallEvent => ({
  type: 'offerEnded',
  offerId: ids.offer('o1'),
  ...endedBy(cause),
  isTransferred: false,
  isCallerGone: false,
  at: 8_000,
  ...over,
})
const withdrawn = (reason: string, agentId = ann.agentId): CallEvent => ({
  type: 'withdrawn',
  agentId,
  reason,
  at: 7_000,
})
const hangUp = (legId: string, cause: string): CallEffect => ({
  type: 'send',
  command: { type: 'hangUp', legId: ids.leg(legId), cause },
})
const offerEnded = (agent: string, outcome: string, cause: string, at: number): CallEffect =>
  ({
    type: 'publish',
    event: {
      type: 'call.offerEnded',
      data: { ...about, at, agent, offerId: 'o1', outcome, cause },
    },
  }) as CallEffect
const returning = {
  type: 'notifyCore',
  event: {
    type: 'callQueued',
    callId,
    queueId: 'sales',
    enqueuedAt: 1_000,
    enteredAt: 1_000,
    priority: 0,
    isReturning: true,
  },
}
const mark = (change: MarkChange): CallEffect => ({
  type: 'send',
  command: { type: 'markCall', callId, marks: change },
})
const take = (all: MarkChange, wayOutTask?: string): CallEffect => ({
  type: 'send',
  command: { type: 'takeCall', callId, marks: all, ringback: undefined, wayOutTask },
})
const marks: MarkChange = {
  tenant: 'acme',
  inQueue: 'sales',
  takenNumber: '1000',
  enqueuedAt: 1_000,
  enteredAt: 1_000,
  chargedTo: null,
  priority: 0,
  state: 'waiting',
}
const marksOfTalk = { state: 'talking', agentId: ann.agentId, answeredAt: 5_000 } as const
const callLeft: CallEffect = { type: 'notifyCore', event: { type: 'callLeft', callId } }
const abandoned = (at: number, wasRinging: boolean): CallEffect => ({
  type: 'publish',
  event: {
    type: 'call.abandoned',
    data: { ...about, at, waitMs: at - 1_000, queueWaitMs: at - 1_000, wasRinging },
  },
})
const transferred = (over: object): CallEffect => ({
  type: 'publish',
  event: { type: 'call.transferred', data: { ...about, at: 8_000, talkMs: 0, ...over } },
})
const completed = (over: object): CallEffect => ({
  type: 'publish',
  event: {
    type: 'call.completed',
    data: {
      ...about,
      at: 9_000,
      agent: 'ann',
      waitMs: 4_000,
      talkMs: 4_000,
      holdMs: 0,
      endedBy: 'switch',
      ...over,
    },
  },
})

t.test(
  'a new call is marked on its channel, its way out is cancelled, and it is queued at its place',
  async (t) => {
    t.strictSame(startCall().first, [
      take(marks, '7'),
      {
        type: 'notifyCore',
        event: {
          type: 'callQueued',
          callId,
          queueId: 'sales',
          enqueuedAt: 1_000,
          enteredAt: 1_000,
          priority: 0,
        },
      },
      {
        type: 'publish',
        event: {
          type: 'call.queued',
          data: {
            ...about,
            at: 1_000,
            enqueuedAt: 1_000,
            queueWaitMs: 0,
            priority: 0,
            isAdopted: false,
          },
        },
      },
    ])
  },
)

t.test(
  '`call.queued` has the requirement and preferred agents of the call, in the form of the commands',
  async (t) => {
    const needsOf = (over: Partial<CallInput>) =>
      startCall(over).first.flatMap((effect) =>
        effect.type === 'publish' && effect.event.type === 'call.queued'
          ? [[effect.event.data.requires, effect.event.data.preferred]]
          : [],
      )
    const english = (minLevel: number) => ({ skill: 'english' as SkillId, minLevel })
    const requires = [
      { afterMs: 0, anyOf: [[english(3), english(5), { skill: 'sales' as SkillId, minLevel: 2 }]] },
      { afterMs: 30_000, anyOf: [[english(3)], []] },
    ]
    const agentIds = [ann.agentId, bob.agentId]
    t.strictSame(needsOf({ requires, preferred: { agentIds, hold: 20_000 } }), [
      [
        [
          { afterMs: 0, anyOf: [{ english: 5, sales: 2 }] },
          { afterMs: 30_000, anyOf: [{ english: 3 }, {}] },
        ],
        { agents: ['ann', 'bob'], holdMs: 20_000 },
      ],
    ])
    t.strictSame(needsOf({ preferred: { agentIds, hold: 'whileStaffed' } }), [
      [undefined, { agents: ['ann', 'bob'], isWhileStaffed: true }],
    ])
  },
)

t.test('a caller whom no agent can serve hears music, started once', async (t) => {
  const { call } = startCall()
  const music = { type: 'send', command: { type: 'playMusic', callId, source: 'moh' } }
  t.strictSame(call.handle({ type: 'notOffered', at: 1_000 }), [music])
  t.strictSame(call.handle({ type: 'notOffered', at: 2_000 }), [])
  const silent = startCall({ queue: { ...queue, music: undefined } }).call
  t.strictSame(silent.handle({ type: 'notOffered', at: 1_000 }), [])
})

t.test('an offer is one command, and the agent who answers it talks to the caller', async (t) => {
  const { call } = startCall()
  const one = offer('o1', ann, bob)
  const { legs } = one
  const command = { type: 'offer', tenant: 'acme', callId, offerId: 'o1', legs, ringMs: 15_000 }
  const offeredTo = (agent: string) => ({
    type: 'publish',
    event: {
      type: 'call.offered',
      data: {
        ...about,
        at: 2_000,
        agent,
        offerId: 'o1',
        waitMs: 1_000,
        startAfterMs: 0,
        deadlineAt: 30_000,
        matchUs: 5,
      },
    },
  })
  t.strictSame(call.handle(offered(one)), [
    { type: 'send', command },
    offeredTo('ann'),
    offeredTo('bob'),
  ])
  t.equal(call.state, 'ringing')
  t.strictSame(
    [...call.legs],
    [
      ['leg-ann', 'ann'],
      ['leg-bob', 'bob'],
    ],
  )
  t.strictSame(call.handle(joined), [
    { type: 'notifyCore', event: { type: 'offerAccepted', callId, agentId: 'ann' } },
    {
      type: 'publish',
      event: {
        type: 'call.answered',
        data: {
          ...about,
          at: 5_000,
          agent: 'ann',
          offerId: 'o1',
          waitMs: 4_000,
          queueWaitMs: 4_000,
          isWithinThreshold: true,
        },
      },
    },
    offerEnded('bob', 'withdrawn', 'LOSE_RACE', 5_000),
    mark(marksOfTalk),
  ])
  t.equal(call.state, 'talking')
  t.strictSame([...call.legs], [['leg-ann', 'ann']])
  t.strictSame(call.handle(withdrawn('lostRace', bob.agentId)), [])
})

t.test('an offer that fails is passed to the core with its outcome', async (t) => {
  for (const [cause, outcome] of [
    ['USER_BUSY', 'busy'],
    ['CALL_REJECTED', 'declined'],
    ['ALLOTTED_TIMEOUT', 'noAnswer'],
    ['SUBSCRIBER_ABSENT', 'unreachable'],
    ['USER_NOT_REGISTERED', 'unreachable'],
    ['MEDIA_TIMEOUT', 'failed'],
    // The agent answered, and was gone before the join.
    ['SUCCESS', 'failed'],
  ] as const) {
    const call = after(offered())
    t.strictSame(call.handle(ended(cause)), [
      offerEnded('ann', outcome, cause, 8_000),
      { type: 'notifyCore', event: { type: 'offerFailed', callId, agentId: 'ann', outcome } },
    ])
    t.equal(call.state, 'waiting')
    t.equal(call.legs.size, 0)
  }
})

t.test('an offer that the switch refuses has failed', async (t) => {
  const call = after(offered())
  const refused = {
    type: 'offerRefused',
    offerId: ids.offer('o1'),
    cause: '-ERR',
    at: 8_000,
  } as const
  t.strictSame(call.handle(refused), [
    offerEnded('ann', 'failed', '-ERR', 8_000),
    {
      type: 'notifyCore',
      event: { type: 'offerFailed', callId, agentId: 'ann', outcome: 'failed' },
    },
  ])
})

t.test('the end of another offer changes nothing', async (t) => {
  const call = after(offered())
  t.strictSame(call.handle(ended('USER_BUSY', { offerId: ids.offer('o0') })), [
    { type: 'ignore', event: 'offerEnded' },
  ])
  t.equal(call.state, 'ringing')
})

t.test('a caller who hangs up while a phone rings is not offered to another agent', async (t) => {
  const call = after(offered())
  t.strictSame(call.handle(ended('ORIGINATOR_CANCEL', { isCallerGone: true })), [])
  t.strictSame(call.handle(annGone), [])
  t.strictSame(call.handle(callerGone), [
    offerEnded('ann', 'withdrawn', 'ORIGINATOR_CANCEL', 9_000),
    abandoned(9_000, true),
    callLeft,
  ])
  t.equal(call.isOver, true)
})

t.test('a caller who hangs up between answer and join has abandoned', async (t) => {
  const call = after(offered(), ended('SUCCESS', { isCallerGone: true }), annGone)
  t.strictSame(call.handle(callerGone), [
    offerEnded('ann', 'withdrawn', 'ORIGINATOR_CANCEL', 9_000),
    abandoned(9_000, true),
    callLeft,
  ])
})

t.test(
  'a waiting caller who hangs up has abandoned; one whom the switch drops is lost',
  async (t) => {
    t.strictSame(after().handle(callerGone), [abandoned(9_000, false), callLeft])
    t.strictSame(after().handle({ ...callerGone, ...hungUpBy('SYSTEM_SHUTDOWN') }), [
      {
        type: 'publish',
        event: { type: 'call.lost', data: { ...about, at: 9_000, reason: 'SYSTEM_SHUTDOWN' } },
      },
      callLeft,
    ])
  },
)

t.test(
  'after an offer was cancelled by somebody else, the state of the switch decides',
  async (t) => {
    const call = after(offered())
    t.strictSame(call.handle(ended('ORIGINATOR_CANCEL')), [{ type: 'reconcile' }])
    t.equal(call.state, 'ringing')
    t.strictSame(call.handle({ type: 'offerVanished', at: 9_000 }), [
      offerEnded('ann', 'failed', 'UNHEARD', 9_000),
      {
        type: 'notifyCore',
        event: { type: 'offerFailed', callId, agentId: 'ann', outcome: 'failed' },
      },
    ])
    // The switch was only slow: the phone rings after all.
    t.strictSame(call.handle(joined), [hangUp('leg-ann', 'ORIGINATOR_CANCEL')])
    t.strictSame(call.handle(annGone), [])
    t.equal(call.legs.size, 0)
  },
)

t.test(
  'a withdrawn phone is hung up, and an answer that arrives at the same time is refused',
  async (t) => {
    const call = after(offered())
    t.strictSame(call.handle(withdrawn('expired')), [
      hangUp('leg-ann', 'ORIGINATOR_CANCEL'),
      offerEnded('ann', 'expired', 'expired', 7_000),
    ])
    t.equal(call.wants(ann.legId), false)
    t.strictSame(call.handle(withdrawn('expired')), [])
    t.strictSame(call.handle(joined), [hangUp('leg-ann', 'ORIGINATOR_CANCEL')])
    t.strictSame(
      call.handle({ type: 'parted', legId: ann.legId, isCallerGone: false, at: 7_500 }),
      [],
    )
    t.strictSame(call.handle(ended('SUCCESS')), [
      { type: 'send', command: { type: 'playMusic', callId, source: 'moh' } },
    ])
    t.equal(call.state, 'waiting')
  },
)

t.test('a new offer waits until the switch has ended the previous one', async (t) => {
  const call = after(offered(), withdrawn('agentUnavailable'))
  t.strictSame(call.handle(offered(offer('o2', bob))), [])
  t.match(call.handle(ended('ORIGINATOR_CANCEL')), [
    { type: 'send', command: { type: 'offer', offerId: 'o2' } },
    { type: 'publish', event: { type: 'call.offered', data: { agent: 'bob' } } },
  ])
  t.strictSame([...call.legs.keys()], ['leg-bob'])
})

t.test('an offer that is withdrawn while it waits is never made', async (t) => {
  const call = after(offered(), withdrawn('agentUnavailable'), offered(offer('o2', bob)))
  t.strictSame(call.handle(withdrawn('agentUnavailable', bob.agentId)), [])
  t.strictSame([...call.legs.keys()], ['leg-ann'])
  t.match(call.handle(ended('ORIGINATOR_CANCEL')), [{ command: { type: 'playMusic' } }])
})

t.test(
  'when the end of an offer is missed for a whole lease, the next offer is made without it',
  async (t) => {
    const call = after(offered(), withdrawn('expired'), offered(offer('o2', bob)))
    t.match(call.handle(withdrawn('expired', bob.agentId)), [{ command: { type: 'playMusic' } }])
    t.match(call.handle(offered(offer('o3', bob))), [{ command: { offerId: 'o3' } }, {}])
    t.strictSame(call.handle(joined), [hangUp('leg-ann', 'ORIGINATOR_CANCEL')])
    t.strictSame(
      [...call.legs],
      [
        ['leg-ann', undefined],
        ['leg-bob', 'bob'],
      ],
    )
    t.strictSame(call.handle({ type: 'legMissing', legId: ann.legId, at: 9_000 }), [])
    t.strictSame([...call.legs], [['leg-bob', 'bob']])
  },
)

t.test(
  'a withdrawn leg that does not exist on the switch makes way for the next offer',
  async (t) => {
    const call = after(offered(), withdrawn('expired'), offered(offer('o2', bob)))
    t.match(call.handle({ type: 'legMissing', legId: ann.legId, at: 9_000 }), [
      { command: { offerId: 'o2' } },
      {},
    ])
  },
)

t.test('when the agent hangs up first, the agent is free and the caller is hung up', async (t) => {
  const call = after(offered(), joined)
  t.strictSame(
    call.handle({ type: 'parted', legId: ann.legId, isCallerGone: false, at: 8_000 }),
    [],
  )
  t.strictSame(call.handle(ended('SUCCESS')), [hangUp('caller', 'NORMAL_CLEARING')])
  t.strictSame(call.handle(annGone), [
    { type: 'notifyCore', event: { type: 'talkEnded', agentId: 'ann' } },
  ])
  t.strictSame(call.handle(callerGone), [completed({ endedBy: 'agent' })])
  t.equal(call.isOver, true)
})

t.test('when the caller hangs up first, no hang-up is sent', async (t) => {
  const call = after(offered(), joined)
  t.strictSame(call.handle(annGone), [
    { type: 'notifyCore', event: { type: 'talkEnded', agentId: 'ann' } },
  ])
  t.strictSame(call.handle({ type: 'parted', legId: ann.legId, isCallerGone: true, at: 8_900 }), [])
  t.strictSame(call.handle(ended('SUCCESS', { isCallerGone: true })), [])
  t.strictSame(call.handle(callerGone), [completed({ endedBy: 'caller' })])
})

t.test('an agent is not free while their leg exists, although the caller is gone', async (t) => {
  const call = after(offered(), joined)
  t.strictSame(call.handle(callerGone), [hangUp('leg-ann', 'NORMAL_CLEARING'), completed({})])
  t.equal(call.state, 'agentStays')
  t.strictSame(call.handle({ type: 'legMissing', legId: ann.legId, at: 9_100 }), [
    { type: 'notifyCore', event: { type: 'talkEnded', agentId: 'ann' } },
  ])
  t.equal(call.isOver, true)
})

t.test('each hold is counted once, and an open hold ends with the call', async (t) => {
  const call = after(offered(), joined)
  const held = {
    type: 'publish',
    event: { type: 'call.held', data: { ...about, at: 6_000, agent: 'ann' } },
  }
  t.strictSame(call.handle({ type: 'held', at: 6_000 }), [held])
  t.strictSame(call.handle({ type: 'held', at: 6_100 }), [])
  t.strictSame(call.handle({ type: 'unheld', at: 6_500 }), [
    {
      type: 'publish',
      event: { type: 'call.resumed', data: { ...about, at: 6_500, agent: 'ann', holdMs: 500 } },
    },
  ])
  t.strictSame(call.handle({ type: 'unheld', at: 6_600 }), [])
  call.handle({ type: 'held', at: 8_000 })
  call.handle(annGone)
  t.strictSame(call.handle(callerGone), [completed({ holdMs: 1_500 })])
})

t.test('a caller who is transferred out of a conversation is released, not hung up', async (t) => {
  const call = after(offered(), joined)
  call.handle(annGone)
  call.handle({ type: 'parted', legId: ann.legId, isCallerGone: false, at: 8_000 })
  t.strictSame(call.handle(ended('SUCCESS', { isTransferred: true })), [
    transferred({ agent: 'ann', talkMs: 3_000 }),
    mark({ state: 'served' }),
  ])
  t.equal(call.isOver, true)
})

t.test(
  'a caller who is joined to somebody else is released; the agent is free once their leg is gone',
  async (t) => {
    const call = after(offered(), joined)
    t.strictSame(call.handle({ type: 'joined', legId: ids.leg('other'), at: 8_000 }), [
      transferred({ agent: 'ann', talkMs: 3_000 }),
      mark({ state: 'served' }),
    ])
    t.equal(call.state, 'agentStays')
    t.strictSame(call.handle(annGone), [
      { type: 'notifyCore', event: { type: 'talkEnded', agentId: 'ann' } },
    ])
    t.equal(call.isOver, true)
  },
)

t.test(
  'a caller whom the dialplan moves while a phone rings is released, and the phone is hung up',
  async (t) => {
    const call = after(offered())
    t.strictSame(call.handle({ type: 'leftPark', at: 8_000 }), [
      hangUp('leg-ann', 'ORIGINATOR_CANCEL'),
      offerEnded('ann', 'withdrawn', 'transferred', 8_000),
      transferred({}),
      callLeft,
      mark({ state: 'left' }),
    ])
    t.equal(call.isOver, true)
  },
)

t.test(
  'overflow to a queue keeps the place, and the limit of the new queue counts from then',
  async (t) => {
    const help = { ...queue, queueId: ids.queue('help') }
    const to = {
      type: 'givenUp',
      reason: 'maxWait',
      overflow: { type: 'queue', queue: help },
      at: 9_000,
    } as const
    const inHelp = { ...about, queue: 'help', at: 9_000 }
    t.strictSame(after().handle(to), [
      callLeft,
      {
        type: 'publish',
        event: {
          type: 'call.overflowed',
          data: {
            ...about,
            at: 9_000,
            waitMs: 8_000,
            queueWaitMs: 8_000,
            reason: 'maxWait',
            to: 'queue help',
            toQueue: 'help',
          },
        },
      },
      take({ ...marks, inQueue: 'help', enteredAt: 9_000, chargedTo: 'sales' }),
      {
        type: 'notifyCore',
        event: {
          type: 'callQueued',
          callId,
          queueId: 'help',
          enqueuedAt: 1_000,
          enteredAt: 9_000,
          priority: 0,
        },
      },
      {
        type: 'publish',
        event: {
          type: 'call.queued',
          data: { ...inHelp, enqueuedAt: 1_000, queueWaitMs: 0, priority: 0, isAdopted: false },
        },
      },
    ])
  },
)

t.test('an overflowed caller who is still there is sent away again', async (t) => {
  const transfer = { type: 'transfer', extension: '9', dialplan: 'XML', context: 'public' } as const
  const call = after()
  const sent = { type: 'send', command: { ...transfer, callId } }
  t.strictSame(
    call.handle({ type: 'givenUp', reason: 'maxWait', overflow: transfer, at: 9_000 }).slice(2),
    [mark({ state: 'left' }), sent],
  )
  t.equal(call.state, 'leaving')
  t.strictSame(call.handle({ type: 'restored', at: 12_000 }), [sent])
  t.strictSame(call.handle({ type: 'leftPark', at: 12_100 }), [])
  t.equal(call.isOver, true)

  const dropped = after()
  const cause = 'NO_USER_RESPONSE'
  t.match(
    dropped.handle({
      type: 'givenUp',
      reason: 'maxWait',
      overflow: { type: 'hangUp', cause },
      at: 9_000,
    }),
    [
      callLeft,
      { event: { type: 'call.overflowed', data: { to: 'hangup NO_USER_RESPONSE' } } },
      hangUp('caller', cause),
    ],
  )
  t.strictSame(dropped.handle(callerGone), [])
  t.equal(dropped.isOver, true)
})

t.test(
  'a call holds no agent while its switch is disconnected, and returns to its old place',
  async (t) => {
    const call = after(offered())
    t.strictSame(call.handle({ type: 'cutOff', at: 6_000 }), [
      offerEnded('ann', 'withdrawn', 'SWITCH_AWAY', 6_000),
      callLeft,
    ])
    t.equal(call.state, 'cutOff')
    t.strictSame(call.handle(withdrawn('callLeft')), [])
    t.strictSame(call.handle({ type: 'restored', at: 8_000 }), [
      hangUp('leg-ann', 'ORIGINATOR_CANCEL'),
      returning,
    ])
    t.strictSame(call.handle(joined), [hangUp('leg-ann', 'ORIGINATOR_CANCEL')])
  },
)

t.test('an answer while the switch was disconnected is found as a conversation', async (t) => {
  const call = after(offered(), { type: 'cutOff', at: 4_000 })
  t.strictSame(call.handle(joined)[0], {
    type: 'notifyCore',
    event: { type: 'talkFound', callId, agentId: 'ann', queueId: 'sales' },
  })
  t.equal(call.state, 'talking')
})

t.test('an end that happened while the switch was disconnected counts', async (t) => {
  const away = () => after(offered(), { type: 'cutOff', at: 4_000 })
  t.strictSame(away().handle(callerGone), [abandoned(9_000, false), callLeft])
  const vanished = away()
  t.strictSame(vanished.handle({ type: 'offerVanished', at: 5_000 }), [])
  t.strictSame(vanished.handle({ type: 'restored', at: 8_000 }), [returning])
  const failed = away()
  t.strictSame(failed.handle(ended('USER_BUSY')), [])
  t.equal(failed.legs.size, 0)
  t.match(away().handle({ type: 'leftPark', at: 8_000 })[1], {
    event: { type: 'call.transferred' },
  })
})

t.test('a conversation that is found on the switch continues normally', async (t) => {
  const talk = { agentId: ann.agentId, legId: ann.legId, since: 5_000 }
  const found = { isMusicOn: false, talk, strays: [] }
  const { call, first } = startCall({ found, at: 7_000 })
  t.strictSame(first, [
    take({ ...marks, ...marksOfTalk }, '7'),
    { type: 'notifyCore', event: { type: 'talkFound', callId, agentId: 'ann', queueId: 'sales' } },
  ])
  call.handle(annGone)
  t.strictSame(call.handle(callerGone), [completed({})])
})

t.test(
  'a call that is found waiting is adopted with its music, and a phone of an earlier offer is refused',
  async (t) => {
    const found = { isMusicOn: true, talk: undefined, strays: [ann.legId] }
    const { call, first } = startCall({ found, at: 7_000 })
    t.match(first[2], {
      event: { type: 'call.queued', data: { isAdopted: true, enqueuedAt: 1_000 } },
    })
    t.strictSame(call.handle({ type: 'notOffered', at: 7_000 }), [])
    t.strictSame(call.handle(joined), [hangUp('leg-ann', 'ORIGINATOR_CANCEL')])
  },
)

t.test('marks that did not reach the channel are written again', async (t) => {
  const remarked = startCall().first.slice(0, 1)
  t.strictSame(after().handle({ type: 'foundUnmarked', at: 4_000 }), remarked)
})

t.test(
  'an event without meaning in the present state is ignored, also after the end',
  async (t) => {
    const call = after()
    t.strictSame(call.handle({ type: 'held', at: 2_000 }), [{ type: 'ignore', event: 'held' }])
    call.handle(callerGone)
    t.strictSame(call.handle(callerGone), [{ type: 'ignore', event: 'callerGone' }])
  },
)

t.test('an error in a step is thrown by `handle`, and ends the call', async (t) => {
  const call = after()
  t.throws(() => call.handle({ type: 'offered', at: 2_000 } as CallEvent), TypeError)
  t.equal(call.state, 'gone')
})

t.test(
  'a call is not sent back, at the same instant, to a queue that it overflowed from',
  async (t) => {
    const to = (name: string, at: number) =>
      ({
        type: 'givenUp',
        reason: 'full',
        overflow: { type: 'queue', queue: { ...queue, queueId: ids.queue(name) } },
        at,
      }) as const
    const call = after(to('help', 5_000))
    t.match(call.handle(to('sales', 5_000)).slice(1), [
      { event: { type: 'call.overflowed', data: { to: 'hangup NORMAL_TEMPORARY_FAILURE' } } },
      hangUp('caller', 'NORMAL_TEMPORARY_FAILURE'),
    ])
    t.equal(call.state, 'leaving')
    t.equal(after(to('sales', 5_000)).state, 'leaving', 'nor to its own queue')
    const later = after(to('help', 5_000))
    t.match(later.handle(to('sales', 5_001))[1], {
      event: { data: { queue: 'help', chargedTo: 'sales', toQueue: 'sales', queueWaitMs: 1 } },
    })
    t.equal(later.state, 'waiting')
  },
)

t.test('after an overflow the wait counts against the threshold of the first queue', async (t) => {
  const help = { ...queue, queueId: ids.queue('help'), serviceLevelMs: 1 }
  const call = after({
    type: 'givenUp',
    reason: 'unstaffed',
    overflow: { type: 'queue', queue: help },
    at: 4_000,
  })
  call.handle(offered())
  t.match(call.handle(joined)[1], {
    event: {
      type: 'call.answered',
      data: {
        queue: 'help',
        chargedTo: 'sales',
        waitMs: 4_000,
        queueWaitMs: 1_000,
        isWithinThreshold: true,
      },
    },
  })
})

t.test('a timed action that is due is published with its data', async (t) => {
  const due = {
    type: 'actionDue',
    name: 'sorry',
    count: 2,
    data: { code: 'X' },
    at: 9_000,
  } as const
  t.strictSame(after().handle(due), [
    {
      type: 'publish',
      event: {
        type: 'call.actionDue',
        data: {
          ...about,
          at: 9_000,
          name: 'sorry',
          count: 2,
          waitMs: 8_000,
          queueWaitMs: 8_000,
          data: { code: 'X' },
        },
      },
    },
  ])
})

t.test('a caller who is joined to somebody else after a conversation is not hung up', async (t) => {
  const call = after(offered(), joined)
  t.strictSame(call.handle(ended('SUCCESS', { joinedTo: ids.leg('colleague') })), [
    transferred({ agent: 'ann', talkMs: 3_000 }),
    mark({ state: 'served' }),
  ])
  t.equal(call.state, 'agentStays')
  t.strictSame(call.handle(annGone), [
    { type: 'notifyCore', event: { type: 'talkEnded', agentId: 'ann' } },
  ])
  const other = after(offered(), joined)
  t.strictSame(other.handle(ended('SUCCESS', { joinedTo: ann.legId })), [
    hangUp('caller', 'NORMAL_CLEARING'),
  ])
})
