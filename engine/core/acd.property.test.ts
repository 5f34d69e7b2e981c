import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Acd } from './acd.ts'
import type { AcdEffect, AcdEvent, AgentState } from './event.ts'
import type { CallId, EpochMs } from './ids.ts'
import type { Scorer } from './scorer.ts'
import type { AcdSettings } from './settings.ts'
import { Observer, type Played } from './testing/observer.ts'
import { type HistoryDice, type Pace, play } from './testing/random-history.ts'
import { createTenant } from './testing/random-tenant.ts'
import { ReferenceAcd } from './testing/reference-acd.ts'

const startAt = 1_700_000_000_000
/** Histories for each property: CORE_RUNS raises it where there is time. CORE_SEED and CORE_PATH play one again. */
const { CORE_RUNS = '200', CORE_SEED, CORE_PATH } = process.env
const replay = CORE_SEED === undefined ? {} : { seed: Number(CORE_SEED), path: CORE_PATH ?? '' }

const die = fc.noBias(fc.nat(0x7fffffff))
const histories: fc.Arbitrary<HistoryDice> = fc.record({
  tenant: fc.record({
    rules: die,
    queues: fc.noBias(fc.array(die, { minLength: 1, maxLength: 3, size: 'max' })),
    agents: fc.noBias(fc.array(die, { minLength: 1, maxLength: 6, size: 'max' })),
  }),
  steps: fc.noBias(fc.array(die, { minLength: 1, maxLength: 60, size: 'max' })),
})

/** Checks a rule on every random history, played on a core that is given to `check`. */
function always(
  pace: Pace,
  check: (acd: Acd, history: Iterable<Played>, settings: AcdSettings) => void,
): void {
  fc.assert(
    fc.property(histories, (dice) => {
      const settings = createTenant(dice.tenant)
      const acd = new Acd(settings, startAt)
      check(acd, play(acd, dice, startAt, pace), settings)
    }),
    { numRuns: Number(CORE_RUNS), ...replay },
  )
}

/** Effects with instants counted from `at`. */
function comparable(effects: readonly AcdEffect[], at: EpochMs): readonly unknown[] {
  return effects.map((effect) =>
    effect.type === 'offer' ? { ...effect, deadlineAt: effect.deadlineAt - at } : effect,
  )
}

t.test('the indexed core wishes for what the plain rules wish for', async () => {
  always('stalling', (acd, history, settings) => {
    const reference = new ReferenceAcd(settings, startAt)
    for (const { event, at, effects } of history) {
      assert.deepEqual(effects, reference.handle(event, at))
      assert.equal(acd.nextWakeAt(), reference.nextWakeAt())
    }
  })
})

t.test('a clock set back changes nothing but the instants', async () => {
  always('backAndForth', (acd, history, settings) => {
    const reference = new ReferenceAcd(settings, startAt)
    let [wallAt, steadyAt] = [startAt, startAt]
    for (const { event, at, effects } of history) {
      steadyAt += Math.max(0, at - wallAt)
      wallAt = at
      const expected = reference.handle(shift(event, steadyAt - wallAt), steadyAt)
      assert.deepEqual(comparable(effects, wallAt), comparable(expected, steadyAt))
      assert.equal(
        (acd.nextWakeAt() ?? Number.POSITIVE_INFINITY) - wallAt,
        (reference.nextWakeAt() ?? Number.POSITIVE_INFINITY) - steadyAt,
      )
    }
  })
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

t.test('the same history gives the same wishes', async () => {
  always('stalling', (_acd, history, settings) => {
    const again = new Acd(settings, startAt)
    for (const { event, at, effects } of history) {
      assert.deepEqual(again.handle(event, at), effects)
    }
  })
})

t.test('scorers that fail, however they do, leave the order of the strategies', async () => {
  const scorers: readonly Scorer[] = [
    {
      name: 'throws',
      candidates: 3,
      scoreAgent: () => {
        throw new Error('no idea')
      },
      scoreCall: () => {
        throw new Error('no idea')
      },
    },
    {
      name: 'gives no number',
      candidates: 2,
      scoreAgent: () => Number.NaN,
      scoreCall: () => 'many' as unknown as number,
    },
  ]
  const withScorers = (settings: AcdSettings, scorerOf: (index: number) => Scorer | undefined) => ({
    ...settings,
    queues: settings.queues.map((queue, index) => ({ ...queue, scorer: scorerOf(index) })),
  })
  always('stalling', (_acd, history, settings) => {
    const none = () => undefined
    const failing = (index: number) => scorers[index % scorers.length]
    const plain = new Acd(withScorers(settings, none), startAt)
    const scored = new Acd(withScorers(settings, failing), startAt)
    for (const { event, at } of history) {
      const [a, b] =
        event.type === 'settingsChanged'
          ? [none, failing].map((scorerOf) => ({
              ...event,
              settings: withScorers(event.settings, scorerOf),
            }))
          : [event, event]
      assert.deepEqual(
        scored.handle(b ?? event, at).filter(({ type }) => type !== 'scorerFailed'),
        plain.handle(a ?? event, at),
      )
    }
  })
})

t.test('settings that stay the same are no news', async () => {
  always('asWoken', (acd, history, settings) => {
    let current = settings
    for (const { event, at } of history) {
      current = event.type === 'settingsChanged' ? event.settings : current
      acd.handle({ type: 'timePassed' }, at)
      const wakeAt = acd.nextWakeAt()
      assert.deepEqual(acd.handle({ type: 'settingsChanged', settings: { ...current } }, at), [])
      if (current.queues.every(({ maxUnstaffedMs }) => maxUnstaffedMs === undefined)) {
        assert.equal(acd.nextWakeAt(), wakeAt)
      }
    }
  })
})

t.test('every call ends once, and the end leaves nothing behind', async () => {
  always('asWoken', (acd, history, settings) => {
    const seen = new Observer(settings)
    const [came, ended, givenUp] = [new Set<CallId>(), new Set<CallId>(), new Set<CallId>()]
    let now = startAt
    const hear = (played: Played) => {
      now = played.at
      seen.hear(played, (effect) => {
        if (effect.type === 'offer' || effect.type === 'actionDue' || effect.type === 'overflow') {
          assert.ok(!ended.has(effect.callId), `${effect.type} of a call that has ended`)
          assert.ok(!givenUp.has(effect.callId), `${effect.type} of a call given up`)
        }
        if (effect.type === 'overflow') {
          givenUp.add(effect.callId)
        }
      })
      for (const callId of seen.calls.keys()) {
        assert.ok(!ended.has(callId), 'a call that has ended is back')
        came.add(callId)
      }
      for (const callId of came) {
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
      seen.settings.queues.map(({ queueId }) => acd.depth(queueId)),
      seen.settings.queues.map(() => ({ waiting: 0, oldestAt: undefined })),
    )
    const { idle, off, ...occupied } = acd.agentsByState()
    assert.equal(idle + off, seen.settings.agents.length)
    assert.deepEqual(occupied, { reserved: 0, ringing: 0, talking: 0, wrapUp: 0 })
  })
})

t.test('the counts of agents by state, and the depths, are the truth', async () => {
  always('asWoken', (acd, history, settings) => {
    const seen = new Observer(settings)
    for (const played of history) {
      seen.hear(played)
      const counts = { idle: 0, reserved: 0, ringing: 0, talking: 0, wrapUp: 0, off: 0 }
      for (const [agentId, state] of seen.states) {
        counts[state] += 1
        assert.equal(acd.agentState(agentId), state)
      }
      assert.deepEqual(acd.agentsByState(), counts)
      for (const { queueId } of seen.settings.queues) {
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
  const reached = new Map<string, number>()
  const count = (what: string) => reached.set(what, (reached.get(what) ?? 0) + 1)
  always('stalling', (_acd, history) => {
    for (const { event, effects } of history) {
      count(event.type)
      for (const effect of effects) {
        if (effect.type === 'agentChanged') {
          count(`is ${effect.state}`)
          if (effect.status.type === 'onBreak') {
            count(effect.status.reason)
          }
        } else if (effect.type === 'offer') {
          count(effect.agentIds.length > 1 ? `offer to several, ${effect.stepMs}` : 'offer to one')
        } else {
          count('reason' in effect ? `${effect.type} ${effect.reason}` : effect.type)
        }
      }
    }
  })
  const states: readonly AgentState[] = ['idle', 'off', 'reserved', 'ringing', 'talking', 'wrapUp']
  t.strictSame(
    new Set(reached.keys()),
    new Set([
      ...['callQueued', 'callChanged', 'callLeft', 'offerAccepted', 'offerFailed', 'talkFound'],
      ...['talkEnded', 'wrapUpEnded', 'wrapUpProlonged', 'statusChosen', 'skillsSet'],
      ...['settingsChanged', 'timePassed', 'actionDue', 'scorerFailed', 'lunch', 'missedCalls'],
      ...states.map((state) => `is ${state}`),
      ...['offer to one', ...[0, 500, 1_000].map((stepMs) => `offer to several, ${stepMs}`)],
      ...['maxWait', 'full', 'joinUnstaffed', 'unstaffed', 'removed'].map(
        (reason) => `overflow ${reason}`,
      ),
      ...['callLeft', 'expired', 'agentUnavailable', 'lostRace', 'late'].map(
        (reason) => `withdraw ${reason}`,
      ),
    ]),
  )
  for (const [what, times] of reached) {
    t.comment(`${what}: ${times}`)
  }
})
