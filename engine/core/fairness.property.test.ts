import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Acd } from './acd.ts'
import type { AgentId, CallId, EpochMs } from './ids.ts'
import { plainAgent, plainMembership, plainQueue, plainTenant } from './plain-settings.ts'
import type { AcdSettings } from './settings.ts'
import { Observer, type Played, type SeenCall } from './testing/observer.ts'
import { type HistoryDice, type Pace, play } from './testing/random-history.ts'
import { agentNamed, createTenant, queueNamed } from './testing/random-tenant.ts'
import { suits } from './testing/suits.ts'

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

t.test('only a ready agent is offered, once, and only a call that waits', async () => {
  always('asWoken', (_acd, history, settings) => {
    const seen = new Observer(settings)
    for (const played of history) {
      seen.hear(played, (effect) => {
        if (effect.type === 'offer') {
          const { callId, agentIds } = effect
          assert.ok(seen.isWaiting(callId), `${callId} does not wait`)
          assert.equal(new Set(agentIds).size, agentIds.length)
          assert.deepEqual(
            agentIds.filter((agentId) => !seen.isReady(agentId, played.at)),
            [],
          )
        }
      })
      const reserved = [...seen.states].filter(([, state]) => isReserved(state))
      const offered = [...seen.offers.values()].flatMap(({ agentIds }) => agentIds)
      assert.deepEqual(reserved.map(([agentId]) => agentId).toSorted(), offered.toSorted())
    }
  })
})

function isReserved(state: string): boolean {
  return state === 'ringing' || state === 'reserved'
}

t.test('of all who ring, the first to answer has the call, and the others are freed', async () => {
  always('asWoken', (_acd, history, settings) => {
    const seen = new Observer(settings)
    for (const played of history) {
      const { event, effects } = played
      const offer = event.type === 'offerAccepted' ? seen.offers.get(event.callId) : undefined
      seen.hear(played)
      if (event.type !== 'offerAccepted' || offer?.agentIds.includes(event.agentId) !== true) {
        continue
      }
      const { callId, agentId } = event
      assert.equal(seen.states.get(agentId), 'talking')
      assert.deepEqual(
        effects.filter((effect) => effect.type === 'withdraw'),
        offer.agentIds
          .filter((other) => other !== agentId)
          .map((other) => ({ type: 'withdraw', callId, agentId: other, reason: 'lostRace' })),
      )
    }
  })
})

t.test('every offer has ended by its deadline', async () => {
  always('asWoken', (acd, history, settings) => {
    const seen = new Observer(settings)
    for (const played of history) {
      seen.hear(played)
      for (const { deadlineAt } of seen.offers.values()) {
        assert.ok(deadlineAt > played.at)
        assert.ok((acd.nextWakeAt() ?? Number.POSITIVE_INFINITY) <= deadlineAt)
      }
    }
  })
})

t.test('no ready agent stands idle beside a waiting call that suits', async () => {
  always('asWoken', (_acd, history, settings) => {
    const seen = new Observer(settings)
    for (const played of history) {
      seen.hear(played)
      const { at } = played
      const ready = seen.settings.agents.filter(
        ({ agentId, maxOccupancy }) => maxOccupancy === undefined && seen.isReady(agentId, at),
      )
      const missed = [...seen.calls.values()]
        .filter(({ callId }) => seen.isWaiting(callId))
        .flatMap((call) =>
          ready
            .filter(({ agentId }) => mayMeet(seen, agentId, call, at))
            .map(({ agentId }) => `${agentId} idle beside ${call.callId}`),
        )
      assert.deepEqual(missed, [])
    }
  })
})

function mayMeet(seen: Observer, agentId: AgentId, call: SeenCall, at: EpochMs): boolean {
  return suits(seen, agentId, call, at) && !seen.areApart(call.callId, agentId, at)
}

/**
 * Hears a step, and gives each offer in it to `check` with the calls that were
 * there for the agent before the step and still are: those it was chosen over.
 */
function weighOffers(
  seen: Observer,
  played: Played,
  lastAt: EpochMs,
  check: (call: SeenCall, others: readonly SeenCall[]) => void,
): void {
  const beforeAt = Math.max(lastAt, played.at - 1)
  const agentIds = [...seen.states.keys()]
  const before = new Map(
    agentIds.map((agentId) => [
      agentId,
      [...seen.calls.values()].filter(
        (call) => seen.isWaiting(call.callId) && mayMeet(seen, agentId, call, beforeAt),
      ),
    ]),
  )
  const offered = new Set<CallId>()
  seen.hear(played, (effect) => {
    if (effect.type !== 'offer') {
      return
    }
    const call = seen.calls.get(effect.callId)
    offered.add(effect.callId)
    for (const agentId of effect.agentIds) {
      const others = (before.get(agentId) ?? []).flatMap(({ callId }) => {
        const other = seen.calls.get(callId)
        const isThere = other !== undefined && seen.isWaiting(callId) && !offered.has(callId)
        return isThere && mayMeet(seen, agentId, other, played.at) ? [other] : []
      })
      if (call !== undefined) {
        check(call, others)
      }
    }
  })
}

t.test('equal calls are served in the order of their places', async () => {
  always('punctual', (_acd, history, settings) => {
    const seen = new Observer(settings)
    let lastAt = startAt
    for (const played of history) {
      weighOffers(seen, played, lastAt, (call, others) => {
        const queue = seen.settings.queues.find(({ queueId }) => queueId === call.queueId)
        const isByPlace =
          queue !== undefined &&
          queue.scorer?.scoreCall === undefined &&
          queue.ageing.perMinute >= 0 &&
          queue.ageing.steps.every(({ points }) => points >= 0)
        const overtaken = others.filter(
          (other) => isAlike(other, call) && other.enqueuedAt < call.enqueuedAt,
        )
        assert.deepEqual(isByPlace ? overtaken : [], [])
      })
      lastAt = played.at
    }
  })
})

function isAlike(a: SeenCall, b: SeenCall): boolean {
  return (
    a.queueId === b.queueId &&
    a.priority === b.priority &&
    a.requires === b.requires &&
    a.preferred === undefined &&
    b.preferred === undefined
  )
}

t.test('who has waited past the bound of fairness is overtaken by nobody', async () => {
  always('punctual', (_acd, history, settings) => {
    const seen = new Observer(settings)
    let lastAt = startAt
    for (const played of history) {
      weighOffers(seen, played, lastAt, (call, others) => {
        const { fairAfterMs } = seen.settings
        const overtaken = others.filter(
          ({ enqueuedAt }) => played.at - enqueuedAt >= fairAfterMs && enqueuedAt < call.enqueuedAt,
        )
        assert.deepEqual(overtaken, [])
      })
      lastAt = played.at
    }
  })
})

t.test('lots fall evenly on agents alike', async () => {
  const [draws, size] = [6_000, 6]
  const settings: AcdSettings = {
    ...plainTenant,
    queues: [{ ...plainQueue(queueNamed(0)), strategy: 'random' }],
    agents: Array.from({ length: size }, (_, index) => ({
      ...plainAgent(agentNamed(index)),
      queues: [plainMembership(queueNamed(0))],
    })),
  }
  const acd = new Acd(settings, startAt)
  const drawn = new Map<AgentId, number>()
  const pairs = new Map<string, number>()
  let last: AgentId | undefined
  for (let index = 0; index < draws; index += 1) {
    const at = startAt + index * 1_000
    const callId = `call-${index}` as CallId
    const [offer] = acd.handle(
      { type: 'callQueued', callId, queueId: queueNamed(0), enqueuedAt: at, priority: 0 },
      at,
    )
    assert.ok(offer?.type === 'offer')
    const [agentId] = offer.agentIds as [AgentId]
    drawn.set(agentId, (drawn.get(agentId) ?? 0) + 1)
    if (last !== undefined) {
      pairs.set(`${last} ${agentId}`, (pairs.get(`${last} ${agentId}`) ?? 0) + 1)
    }
    last = agentId
    acd.handle({ type: 'offerAccepted', callId, agentId }, at)
    acd.handle({ type: 'talkEnded', agentId }, at)
  }
  // At the level of 0.001, with 5 and with 35 degrees of freedom.
  assert.ok(chiSquare([...drawn.values()], size) < 20.5)
  assert.ok(chiSquare([...pairs.values()], size ** 2) < 66.6)
})

/** How far counts are from even. */
function chiSquare(counts: readonly number[], cells: number): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / cells
  const missing = (cells - counts.length) * expected
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, missing)
}
