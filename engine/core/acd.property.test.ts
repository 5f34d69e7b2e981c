import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Acd } from './acd.ts'
import type { AcdEffect, AcdEvent, AgentState } from './event.ts'
import type { AgentId, CallId, EpochMs } from './ids.ts'
import { note, observe, type Played, Quarrels } from './testing/observer.ts'
import { type Dice, play, queueIds, smallTenant } from './testing/random-history.ts'
import { ReferenceAcd } from './testing/reference-acd.ts'

const startAt = 1_700_000_000_000
/** Histories for each property: CORE_RUNS raises it where there is time. */
const numRuns = Number(process.env['CORE_RUNS'] ?? 200)

const forward = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 1_500 }),
  fc.integer({ min: 0, max: 9_000 }),
)
const backAndForth = fc.oneof(forward, fc.integer({ min: -20_000, max: -1 }))

function histories(gapMs: fc.Arbitrary<number>): fc.Arbitrary<Dice[]> {
  const number = fc.nat(59)
  const die = fc.record({ kind: fc.nat(19), who: number, what: number, how: number, gapMs })
  return fc.array(die, { minLength: 1, maxLength: 120, size: 'max' })
}

/** Checks a rule on every random history. `check` is given a fresh core and what is played on it. */
function always(check: (acd: Acd, history: Iterable<Played>) => void): void {
  fc.assert(
    fc.property(histories(forward), (dice) => {
      const acd = new Acd(smallTenant, startAt)
      check(acd, play(acd, dice, startAt))
    }),
    { numRuns },
  )
}

/** Effects with instants counted from `at`, and without how many groups the index looked at. */
function comparable(effects: readonly AcdEffect[], at: EpochMs): readonly unknown[] {
  return effects.map((effect) =>
    effect.type === 'offer'
      ? {
          ...effect,
          deadlineAt: effect.deadlineAt - at,
          match: { idleSinceAt: effect.match.idleSinceAt - at },
        }
      : effect,
  )
}

t.test('the indexed core wishes for what the plain rules wish for', async () => {
  always((acd, history) => {
    const reference = new ReferenceAcd(smallTenant, startAt)
    for (const { event, at, effects } of history) {
      assert.deepEqual(comparable(effects, at), comparable(reference.handle(event, at), at))
      assert.equal(acd.nextWakeAt(), reference.nextWakeAt())
    }
  })
})

t.test('a clock set back changes nothing but the instants', async () => {
  fc.assert(
    fc.property(histories(backAndForth), (dice) => {
      const acd = new Acd(smallTenant, startAt)
      const reference = new ReferenceAcd(smallTenant, startAt)
      let [wallAt, steadyAt] = [startAt, startAt]
      for (const { event, at, effects } of play(acd, dice, startAt)) {
        steadyAt += Math.max(0, at - wallAt)
        wallAt = at
        const shifted = shift(event, steadyAt - wallAt)
        const expected = reference.handle(shifted, steadyAt)
        assert.deepEqual(comparable(effects, wallAt), comparable(expected, steadyAt))
        assert.equal(
          (acd.nextWakeAt() ?? Infinity) - wallAt,
          (reference.nextWakeAt() ?? Infinity) - steadyAt,
        )
      }
    }),
    { numRuns },
  )
})

function shift(event: AcdEvent, byMs: number): AcdEvent {
  return event.type === 'callQueued'
    ? {
        ...event,
        enqueuedAt: event.enqueuedAt + byMs,
        ...(event.enteredAt === undefined ? {} : { enteredAt: event.enteredAt + byMs }),
      }
    : event
}

t.test('only an idle agent is offered, and only a waiting call', async () => {
  always((_acd, history) => {
    const seen = observe(smallTenant)
    for (const { event, effects } of history) {
      note(seen, event, effects, (effect) => {
        if (effect.type === 'offer') {
          assert.deepEqual(
            effect.agentIds.map((agentId) => seen.states.get(agentId)),
            ['idle'],
          )
          assert.ok(seen.calls.has(effect.callId), 'an offer of a call that has ended')
          assert.ok(!seen.offers.has(effect.callId), 'two offers of one call')
        }
      })
      const ringing = [...seen.states].filter(([, state]) => state === 'ringing')
      const offered = [...seen.offers.values()].flatMap(({ agentIds }) => agentIds)
      assert.deepEqual(new Set(ringing.map(([agentId]) => agentId)), new Set(offered))
    }
  })
})

t.test('every offer has ended by its deadline', async () => {
  always((_acd, history) => {
    const seen = observe(smallTenant)
    for (const { event, at, effects } of history) {
      note(seen, event, effects)
      for (const { deadlineAt } of seen.offers.values()) {
        assert.ok(deadlineAt > at)
      }
    }
  })
})

function suits(agentId: AgentId, call: Extract<AcdEvent, { type: 'callQueued' }>): boolean {
  const agent = smallTenant.agents.find((candidate) => candidate.agentId === agentId)
  const queue = smallTenant.queues.find(({ queueId }) => queueId === call.queueId)
  const requires = call.requires ?? queue?.requires ?? []
  return (
    agent?.queues.includes(call.queueId) === true &&
    requires.every(({ skill, minLevel }) => (agent.skills.get(skill) ?? 0) >= minLevel)
  )
}

t.test('no ready agent stands idle beside a waiting call that suits', async () => {
  always((_acd, history) => {
    const seen = observe(smallTenant)
    const quarrels = new Quarrels()
    const overdue = new Set<CallId>()
    for (const played of history) {
      quarrels.note(seen, played)
      for (const effect of played.effects) {
        if (effect.type === 'maxWaitReached') {
          overdue.add(effect.callId)
        }
      }
      const idle = [...seen.states].filter(([, state]) => state === 'idle')
      const waiting = [...seen.calls.values()].filter(
        ({ callId }) => !seen.offers.has(callId) && !overdue.has(callId),
      )
      for (const call of waiting) {
        for (const [agentId] of idle) {
          const isMissed = suits(agentId, call) && quarrels.areOver(call.callId, agentId, played.at)
          assert.ok(!isMissed, `${agentId} idle beside ${call.callId}`)
        }
      }
    }
  })
})

t.test('equal calls are served in the order of their places', async () => {
  always((_acd, history) => {
    const seen = observe(smallTenant)
    const quarrels = new Quarrels()
    const overdue = new Set<CallId>()
    for (const played of history) {
      const before = new Map(seen.calls)
      const offeredBefore = new Set(seen.offers.keys())
      quarrels.note(seen, played)
      for (const effect of played.effects) {
        if (effect.type === 'maxWaitReached') {
          overdue.add(effect.callId)
        }
      }
      const offer = played.effects.find((effect) => effect.type === 'offer')
      const call = offer === undefined ? undefined : before.get(offer.callId)
      if (offer === undefined || call === undefined) {
        continue
      }
      const [agentId] = offer.agentIds as [AgentId]
      const passedOver = [...before.values()].filter(
        (other) =>
          seen.calls.has(other.callId) &&
          !seen.offers.has(other.callId) &&
          !offeredBefore.has(other.callId) &&
          !overdue.has(other.callId) &&
          !quarrels.hadAny(other.callId, agentId) &&
          isAlike(other, call) &&
          other.enqueuedAt < call.enqueuedAt,
      )
      // Past its limit on waiting, a call is not offered any more.
      assert.deepEqual(
        passedOver.filter(({ queueId }) => queueId !== 'sales'),
        [],
      )
    }
  })
})

function isAlike(
  a: Extract<AcdEvent, { type: 'callQueued' }>,
  b: Extract<AcdEvent, { type: 'callQueued' }>,
): boolean {
  return a.queueId === b.queueId && a.priority === b.priority && a.requires === b.requires
}

t.test('every call ends once, and the end leaves nothing behind', async () => {
  always((acd, history) => {
    const seen = observe(smallTenant)
    const ended = new Set<CallId>()
    const overdue = new Set<CallId>()
    let now = startAt
    const hear = ({ event, at, effects }: Played) => {
      now = at
      const before = new Set(seen.calls.keys())
      note(seen, event, effects, (effect) => {
        if (effect.type === 'offer' || effect.type === 'maxWaitReached') {
          assert.ok(!ended.has(effect.callId), 'a wish for a call that has ended')
        }
        if (effect.type === 'maxWaitReached') {
          assert.ok(!overdue.has(effect.callId), 'told twice that the wait is over')
          overdue.add(effect.callId)
        }
      })
      for (const callId of before) {
        if (!seen.calls.has(callId)) {
          ended.add(callId)
        }
      }
    }
    const tell = (event: AcdEvent, at: EpochMs) =>
      hear({ event, at, effects: acd.handle(event, at) })
    for (const played of history) {
      hear(played)
    }
    for (const callId of seen.calls.keys()) {
      tell({ type: 'callLeft', callId }, now)
    }
    for (const agentId of seen.states.keys()) {
      tell({ type: 'talkEnded', agentId }, now)
    }
    for (let at = acd.nextWakeAt(); at !== undefined; at = acd.nextWakeAt()) {
      tell({ type: 'timePassed' }, at)
    }
    assert.deepEqual([seen.calls.size, seen.offers.size], [0, 0])
    assert.deepEqual(
      queueIds.map((queueId) => acd.depth(queueId)),
      queueIds.map(() => ({ waiting: 0, oldestAt: undefined })),
    )
    const { idle, off, ...occupied } = acd.agentsByState()
    assert.equal(idle + off, smallTenant.agents.length)
    assert.deepEqual(occupied, { reserved: 0, ringing: 0, talking: 0, wrapUp: 0 })
  })
})

t.test('the same history gives the same wishes', async () => {
  always((_acd, history) => {
    const again = new Acd(smallTenant, startAt)
    for (const { event, at, effects } of history) {
      assert.deepEqual(again.handle(event, at), effects)
    }
  })
})

t.test('the counts of agents by state, and the depths, are the truth', async () => {
  always((acd, history) => {
    const seen = observe(smallTenant)
    for (const { event, effects } of history) {
      note(seen, event, effects)
      const counts = { idle: 0, reserved: 0, ringing: 0, talking: 0, wrapUp: 0, off: 0 }
      for (const [agentId, state] of seen.states) {
        counts[state] += 1
        assert.equal(acd.agentState(agentId), state)
      }
      assert.deepEqual(acd.agentsByState(), counts)
      for (const queueId of queueIds) {
        const calls = [...seen.calls.values()].filter((call) => call.queueId === queueId)
        const places = calls.map(({ enqueuedAt }) => enqueuedAt)
        const oldestAt = places.length === 0 ? undefined : Math.min(...places)
        assert.deepEqual(acd.depth(queueId), { waiting: calls.length, oldestAt })
      }
      for (const callId of seen.calls.keys()) {
        assert.equal(acd.isUnserved(callId), !seen.offers.has(callId))
      }
    }
  })
})

t.test('the random histories reach what the rules speak of', async (t) => {
  const reached = new Set<string>()
  const states = new Set<AgentState>()
  always((_acd, history) => {
    for (const { effects } of history) {
      for (const effect of effects) {
        reached.add(effect.type === 'withdraw' ? `withdraw ${effect.reason}` : effect.type)
        if (effect.type === 'agentChanged') {
          states.add(effect.state)
          reached.add(effect.status.type === 'onBreak' ? effect.status.reason : effect.type)
        }
      }
    }
  })
  t.strictSame(
    reached,
    new Set([
      'agentChanged',
      'lunch',
      'maxWaitReached',
      'missedCalls',
      'offer',
      'withdraw agentUnavailable',
      'withdraw callLeft',
      'withdraw expired',
      'withdraw late',
    ]),
  )
  t.strictSame(states, new Set<AgentState>(['idle', 'off', 'ringing', 'talking', 'wrapUp']))
})
