import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { AgentState } from '../catalogue/agent.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { histories, onRandomHistories, startAt } from '../rigs/random-histories.ts'
import { Acd } from './acd.ts'
import type { AcdEffect, AcdEvent } from './event.ts'
import type { Scorer } from './scorer.ts'
import type { AcdSettings } from './settings.ts'
import { Observer } from './testing/observer.ts'
import { play } from './testing/random-history.ts'
import { createTenant } from './testing/random-tenant.ts'
import { ReferenceAcd } from './testing/reference-acd.ts'
import { suits } from './testing/suits.ts'

/** Effects with instants counted from `at`. */
function comparable(effects: readonly AcdEffect[], at: EpochMs): readonly unknown[] {
  return effects.map((effect) =>
    effect.type === 'offer' ? { ...effect, deadlineAt: effect.deadlineAt - at } : effect,
  )
}

t.test('the indexed core gives the same effects as the plain rules', async () => {
  onRandomHistories('stalling', (acd, history, settings) => {
    const reference = new ReferenceAcd(settings, startAt)
    for (const { event, at, effects } of history) {
      assert.deepEqual(effects, reference.handle(event, at))
      assert.equal(acd.nextWakeAt(), reference.nextWakeAt())
    }
  })
})

t.test('the position that a caller is told counts the calls served before', async () => {
  onRandomHistories(
    'asWoken',
    (acd, history, settings) => {
      const reference = new ReferenceAcd(settings, startAt)
      const seen = new Observer(settings)
      for (const played of history) {
        seen.observe(played)
        reference.handle(played.event, played.at)
        for (const callId of seen.calls.keys()) {
          const position = reference.position(callId)
          if (position !== undefined) {
            assert.equal(acd.outlook(callId)?.position, position)
          }
        }
      }
    },
    0.1,
  )
})

t.test('a clock set back changes nothing but the instants', async () => {
  onRandomHistories(
    'backAndForth',
    (acd, history, settings) => {
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
    },
    0.25,
  )
})

function shift(event: AcdEvent, byMs: number): AcdEvent {
  if (event.type === 'callChanged' && event.enqueuedAt !== undefined) {
    return { ...event, enqueuedAt: event.enqueuedAt + byMs }
  }
  return event.type === 'callQueued'
    ? {
        ...event,
        enqueuedAt: event.enqueuedAt + byMs,
        ...(event.enteredAt === undefined ? {} : { enteredAt: event.enteredAt + byMs }),
      }
    : event
}

t.test(
  'the same history gives the same effects, also on a core restored from snapshots',
  async () => {
    onRandomHistories('backAndForth', (acd, history, settings) => {
      let current = settings
      let copy = new Acd(settings, startAt)
      let step = 0
      for (const { event, at, effects } of history) {
        current = event.type === 'settingsChanged' ? event.settings : current
        assert.deepEqual(copy.handle(event, at), effects)
        assert.equal(copy.nextWakeAt(), acd.nextWakeAt())
        step += 1
        if (step % 5 === 0) {
          copy = Acd.restore(current, JSON.parse(JSON.stringify(copy.snapshot())))
          assert.equal(copy.nextWakeAt(), acd.nextWakeAt())
        }
      }
    })
  },
)

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
  const scoredBy =
    (scorerOf: (index: number) => Scorer | undefined) => (settings: AcdSettings) => ({
      ...settings,
      queues: settings.queues.map((queue, index) => ({ ...queue, scorer: scorerOf(index) })),
    })
  const plainly = scoredBy(() => undefined)
  const failing = scoredBy((index) => scorers[index % scorers.length])
  onRandomHistories(
    'stalling',
    (_acd, history, settings) => {
      const plain = new Acd(plainly(settings), startAt)
      const scored = new Acd(failing(settings), startAt)
      for (const { event, at } of history) {
        assert.deepEqual(
          scored
            .handle(withSettings(event, failing), at)
            .filter(({ type }) => type !== 'scorerFailed'),
          plain.handle(withSettings(event, plainly), at),
        )
      }
    },
    0.1,
  )
})

/** An event for a tenant with other settings. */
function withSettings(event: AcdEvent, change: (settings: AcdSettings) => AcdSettings): AcdEvent {
  return event.type === 'settingsChanged' ? { ...event, settings: change(event.settings) } : event
}

t.test('a decision record names who could have been asked, and changes nothing', async () => {
  const recorded = (settings: AcdSettings) => ({ ...settings, recordEvery: 1 })
  onRandomHistories(
    'punctual',
    (_acd, history, settings) => {
      const acd = new Acd(recorded(settings), startAt)
      const seen = new Observer(settings)
      for (const { event, at, effects } of history) {
        const recordedEffects = acd.handle(withSettings(event, recorded), at)
        assert.deepEqual(recordedEffects.map(withoutDecision), effects)
        seen.observe({ event, at, effects: recordedEffects }, (effect) => {
          if (effect.type === 'offer') {
            assertNames(effect, seen, at)
          }
        })
      }
    },
    0.1,
  )
})

function withoutDecision(effect: AcdEffect): AcdEffect {
  if (effect.type !== 'offer') {
    return effect
  }
  const { decision, ...offer } = effect
  return offer
}

function assertNames(
  { callId, queueId, agentIds, decision }: Extract<AcdEffect, { type: 'offer' }>,
  seen: Observer,
  at: EpochMs,
): void {
  const call = seen.calls.get(callId)
  assert.ok(decision !== undefined && call !== undefined)
  const named = decision.candidates.map(({ agentId }) => agentId)
  const among = (untilAt: EpochMs) =>
    seen.settings.agents
      .filter(({ queues }) => queues.some((membership) => membership.queueId === queueId))
      .map(({ agentId }) => agentId)
      .filter(
        (agentId) => suits(seen, agentId, call, at) && !seen.areApart(callId, agentId, untilAt),
      )
  // A deadline at this very instant may be reached after this offer.
  const ready = among(at - 1).filter((agentId) => seen.isReady(agentId, at - 1))
  assert.deepEqual(
    [...agentIds, ...ready].filter((agentId) => !named.includes(agentId)),
    [],
  )
  const mayBeReady = among(at).filter((agentId) => seen.mayBeReady(agentId, at))
  assert.deepEqual(
    named.filter((agentId) => !mayBeReady.includes(agentId)),
    [],
  )
}

t.test('settings that have not changed have no effect', async () => {
  onRandomHistories(
    'asWoken',
    (acd, history, settings) => {
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
    },
    0.1,
  )
})

t.test('the counts of agents by state and the depths are right', async () => {
  onRandomHistories(
    'asWoken',
    (acd, history, settings) => {
      const seen = new Observer(settings)
      for (const played of history) {
        seen.observe(played)
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
    },
    0.1,
  )
})

t.test('the random histories reach everything that the rules mention', async (t) => {
  const reached = new Set<string>()
  for (const dice of fc.sample(histories, { seed: 1, numRuns: 400 })) {
    const acd = new Acd(createTenant(dice.tenant), startAt)
    for (const { event, effects } of play(acd, dice, startAt, 'stalling')) {
      reached.add(event.type)
      for (const effect of effects) {
        if (effect.type === 'agentChanged') {
          reached.add(`is ${effect.state}`)
          if (effect.status.type === 'onBreak') {
            reached.add(effect.status.reason)
          }
        } else if (effect.type === 'offer') {
          reached.add(
            effect.agentIds.length > 1 ? `offer to several, ${effect.stepMs}` : 'offer to one',
          )
        } else {
          reached.add('reason' in effect ? `${effect.type} ${effect.reason}` : effect.type)
        }
      }
    }
  }
  const states: readonly AgentState[] = ['idle', 'off', 'reserved', 'ringing', 'talking', 'wrapUp']
  t.strictSame(
    reached,
    new Set([
      ...['callQueued', 'callChanged', 'callLeft', 'offerAccepted', 'offerFailed', 'talkFound'],
      ...[
        'talkEnded',
        'wrapUpEnded',
        'wrapUpProlonged',
        'statusChosen',
        'skillsSet',
        'callReached',
      ],
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
})
