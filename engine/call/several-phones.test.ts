import t from 'tap'
import { endedBy, hungUpBy } from '../rigs/endings.ts'
import { ids } from '../rigs/ids.ts'
import { callQueue, startCall } from '../rigs/start-call.ts'
import type { CallEffect, CallEvent, Offer } from './call-event.ts'
import type { LiveCall } from './live-call.ts'

const phone = (name: string, startAfterMs: number) => ({
  legId: ids.leg(`leg-${name}`),
  agentId: ids.agent(name),
  address: `user/${name}`,
  startAfterMs,
})
const legs = [phone('ann', 0), phone('bob', 5_000), phone('cid', 10_000)]
const offer = (id: string, ...names: string[]): Offer => ({
  offerId: ids.offer(id),
  legs: legs.filter(({ agentId }) => names.includes(agentId)),
  ringMs: 15_000,
  deadlineAt: 60_000,
  matchUs: 5,
})

/** A call that rings ann, bob and cid, after these events. */
function ringing(...events: CallEvent[]): LiveCall {
  const { call } = startCall({
    queue: { ...callQueue('sales'), music: undefined },
    enqueuedAt: 0,
    enteredAt: 0,
    wayOutTask: undefined,
    at: 0,
  })
  call.handle({ type: 'offered', offer: offer('o1', 'ann', 'bob', 'cid'), at: 0 })
  for (const event of events) {
    call.handle(event)
  }
  return call
}

const gone = (name: string, cause: string): CallEvent => ({
  type: 'agentLegGone',
  legId: ids.leg(`leg-${name}`),
  ...hungUpBy(cause),
  at: 1_000,
})
const withdrawn = (name: string, reason = 'agentUnavailable'): CallEvent => ({
  type: 'withdrawn',
  agentId: ids.agent(name),
  reason,
  at: 1_000,
})
const answered = (name: string): CallEvent => ({
  type: 'joined',
  legId: ids.leg(`leg-${name}`),
  at: 2_000,
})
const ended = (cause: string): CallEvent => ({
  type: 'offerEnded',
  offerId: ids.offer('o1'),
  ...endedBy(cause),
  isTransferred: false,
  isCallerGone: false,
  at: 3_000,
})
const missing = (name: string): CallEvent => ({
  type: 'legMissing',
  legId: ids.leg(`leg-${name}`),
  at: 1_000,
})

/** A summary of effects. */
function inShort(effects: readonly CallEffect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.type === 'send') {
      const { command } = effect
      return command.type === 'hangUp' ? [`hang up ${command.legId}`] : [command.type]
    }
    if (effect.type === 'notifyCore' && effect.event.type === 'offerFailed') {
      return [`${effect.event.agentId} failed: ${effect.event.outcome}`]
    }
    if (effect.type === 'publish' && effect.event.type === 'call.offerEnded') {
      const { agent, outcome, cause } = effect.event.data
      return [`${agent} ended: ${outcome} ${cause}`]
    }
    return [effect.type === 'notifyCore' ? effect.event.type : effect.type]
  })
}

t.test('each phone starts to ring at its own time', async (t) => {
  const call = ringing()
  t.strictSame([...call.legs.keys()], ['leg-ann', 'leg-bob', 'leg-cid'])
  const more = ringing(withdrawn('ann'), withdrawn('bob'), withdrawn('cid'))
  more.handle({ type: 'offered', offer: offer('o2', 'ann', 'cid'), at: 1_500 })
  const made = more.handle(ended('ORIGINATOR_CANCEL'))
  t.match(made[0], {
    command: { type: 'offer', offerId: 'o2', legs: [{}, { startAfterMs: 10_000 }] },
  })
  t.strictSame(
    made.flatMap((effect) =>
      effect.type === 'publish' && effect.event.type === 'call.offered'
        ? [[effect.event.data.agent, effect.event.data.startAfterMs]]
        : [],
    ),
    [
      ['ann', 0],
      ['cid', 10_000],
    ],
  )
})

t.test(
  'an agent who declines while others ring is released at once, and an answer there is refused',
  async (t) => {
    const call = ringing()
    t.strictSame(inShort(call.handle(gone('ann', 'CALL_REJECTED'))), [
      'ann ended: declined CALL_REJECTED',
      'ann failed: declined',
    ])
    t.strictSame(call.state, 'ringing')
    t.equal(call.wants(ids.leg('leg-ann')), false)
    t.equal(call.wants(ids.leg('leg-bob')), true)
    t.strictSame(inShort(call.handle(gone('bob', 'USER_BUSY'))), [
      'bob ended: busy USER_BUSY',
      'bob failed: busy',
    ])
    // The last one is reported when the offer ends: only then can the call be offered again.
    t.strictSame(inShort(call.handle(gone('cid', 'ALLOTTED_TIMEOUT'))), [])
    t.strictSame(inShort(call.handle(ended('USER_BUSY'))), [
      'cid ended: noAnswer ALLOTTED_TIMEOUT',
      'cid failed: noAnswer',
    ])
    t.equal(call.state, 'waiting')
  },
)

t.test(
  'a phone that fails before it rings is unreachable; for the last one, the cause is that of the offer',
  async (t) => {
    const call = ringing()
    t.strictSame(inShort(call.handle(gone('ann', 'NONE'))), [
      'ann ended: unreachable NONE',
      'ann failed: unreachable',
    ])
    call.handle(gone('bob', 'USER_BUSY'))
    call.handle(gone('cid', 'NONE'))
    t.strictSame(inShort(call.handle(ended('INVALID_GATEWAY'))), [
      'cid ended: unreachable INVALID_GATEWAY',
      'cid failed: unreachable',
    ])
  },
)

t.test('when all phones fail at once, each has its own cause if it is known', async (t) => {
  const call = ringing(gone('ann', 'CALL_REJECTED'))
  t.strictSame(inShort(call.handle(ended('NO_ANSWER'))), [
    'bob ended: noAnswer NO_ANSWER',
    'bob failed: noAnswer',
    'cid ended: noAnswer NO_ANSWER',
    'cid failed: noAnswer',
  ])
})

t.test('the phone of a withdrawn agent stops, and the others ring on', async (t) => {
  const call = ringing()
  t.strictSame(inShort(call.handle(withdrawn('bob'))), [
    'hang up leg-bob',
    'bob ended: withdrawn agentUnavailable',
  ])
  t.strictSame(inShort(call.handle(gone('bob', 'ORIGINATOR_CANCEL'))), [])
  t.strictSame([...call.legs.keys()], ['leg-ann', 'leg-cid'])
  t.equal(call.state, 'ringing')
  t.strictSame(inShort(call.handle(answered('cid'))), [
    'offerAccepted',
    'publish',
    'ann ended: withdrawn LOSE_RACE',
    'markCall',
  ])
})

t.test('an agent who lost the race is reported once, whichever event comes first', async (t) => {
  const call = ringing()
  t.strictSame(inShort(call.handle(gone('ann', 'LOSE_RACE'))), [])
  t.strictSame(inShort(call.handle(answered('bob'))), [
    'offerAccepted',
    'publish',
    'ann ended: withdrawn LOSE_RACE',
    'cid ended: withdrawn LOSE_RACE',
    'markCall',
  ])
  t.strictSame(inShort(call.handle(withdrawn('ann', 'lostRace'))), [])
  t.equal(call.state, 'talking')
})

t.test('after an answer that did not lead to a join, all agents count as failed', async (t) => {
  const call = ringing(gone('ann', 'LOSE_RACE'), gone('bob', 'NORMAL_CLEARING'))
  t.strictSame(inShort(call.handle(ended('SUCCESS'))), [
    'ann ended: failed SUCCESS',
    'ann failed: failed',
    'cid ended: failed SUCCESS',
    'cid failed: failed',
  ])
})

t.test(
  'an answer of a withdrawn agent is refused, and the other agents are released',
  async (t) => {
    const call = ringing(withdrawn('bob'))
    t.strictSame(inShort(call.handle(answered('bob'))), [
      'hang up leg-bob',
      'ann ended: withdrawn LOSE_RACE',
      'ann failed: withdrawn',
      'cid ended: withdrawn LOSE_RACE',
      'cid failed: withdrawn',
    ])
    call.handle({ type: 'offered', offer: offer('o2', 'ann'), at: 2_000 })
    t.strictSame(inShort(call.handle(ended('SUCCESS'))), ['offer', 'publish'])
  },
)

t.test('a caller who hangs up stops all ringing phones', async (t) => {
  const call = ringing(gone('ann', 'CALL_REJECTED'))
  t.strictSame(
    inShort(call.handle({ ...ended('ORIGINATOR_CANCEL'), isCallerGone: true } as CallEvent)),
    [],
  )
  t.strictSame(inShort(call.handle(gone('bob', 'ORIGINATOR_CANCEL'))), [])
  t.strictSame(
    inShort(call.handle({ type: 'callerGone', ...hungUpBy('NORMAL_CLEARING'), at: 4_000 })),
    [
      'bob ended: withdrawn ORIGINATOR_CANCEL',
      'cid ended: withdrawn ORIGINATOR_CANCEL',
      'publish',
      'callLeft',
    ],
  )
})

t.test('a leg that was never created is unreachable, and an answer there is refused', async (t) => {
  const call = ringing()
  t.strictSame(inShort(call.handle(missing('bob'))), [
    'bob ended: unreachable NO_ROUTE_DESTINATION',
    'bob failed: unreachable',
  ])
  t.strictSame(inShort(call.handle(answered('bob'))), ['hang up leg-bob'])
  t.strictSame(inShort(call.handle(missing('ann'))), [
    'ann ended: unreachable NO_ROUTE_DESTINATION',
    'ann failed: unreachable',
  ])
  // The last one is reported when the offer ends.
  t.strictSame(inShort(call.handle(missing('cid'))), [])
})

t.test('an offer that waits is made only to the agents who were not withdrawn', async (t) => {
  const all = [withdrawn('ann'), withdrawn('bob'), withdrawn('cid')]
  const call = ringing(...all)
  call.handle({ type: 'offered', offer: offer('o2', 'ann', 'bob'), at: 1_500 })
  t.strictSame(call.handle(withdrawn('ann')), [])
  t.match(call.handle(ended('ORIGINATOR_CANCEL')), [
    { command: { type: 'offer', offerId: 'o2', legs: [{ agentId: 'bob' }] } },
    {},
  ])
})

t.test('when the lease expires, each phone is hung up', async (t) => {
  const call = ringing()
  for (const name of ['ann', 'bob', 'cid']) {
    t.strictSame(inShort(call.handle(withdrawn(name, 'expired'))), [
      `hang up leg-${name}`,
      `${name} ended: expired expired`,
    ])
  }
  t.strictSame(inShort(call.handle(missing('ann'))), [])
  t.strictSame(inShort(call.handle(missing('bob'))), [])
  t.strictSame(inShort(call.handle(missing('cid'))), [])
  t.equal(call.state, 'waiting')
  t.strictSame([...call.legs.values()], [undefined, undefined, undefined])
})
