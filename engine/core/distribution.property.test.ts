import assert from 'node:assert/strict'
import t from 'tap'
import type { AgentId, CallId, EpochMs } from '../catalogue/ids.ts'
import { onRandomHistories, startAt } from '../rigs/random-histories.ts'
import { Acd } from './acd.ts'
import type { AcdEffect, AcdEvent } from './event.ts'
import { plainAgent, plainMembership, plainQueue, plainTenant } from './plain-settings.ts'
import type { AcdSettings } from './settings.ts'
import { Observer, type Played, type SeenCall } from './testing/observer.ts'
import type { Pace } from './testing/random-history.ts'
import { agentNamed, queueNamed } from './testing/random-tenant.ts'
import { suits } from './testing/suits.ts'

/** What a rule checks while a history is observed. It throws what it finds. */
interface Watch {
  /** Called before the observer takes an effect in. */
  readonly before?: (played: Played) => void
  readonly effect?: (effect: AcdEffect, played: Played) => void
  /** Called after the observer has taken a step in. */
  readonly after?: (played: Played) => void
}

type Rule = (seen: Observer, acd: Acd) => Watch

/**
 * Checks rules, by name, on every random history. At its end all calls leave and all conversations
 * end.
 */
function always(pace: Pace, rules: Readonly<Record<string, Rule>>): void {
  onRandomHistories(pace, (acd, history, settings) => {
    const seen = new Observer(settings)
    const watches = Object.entries(rules).map(([rule, watch]) => [rule, watch(seen, acd)] as const)
    for (const played of toTheEnd(acd, history, seen)) {
      each(watches, ({ before }) => before?.(played))
      seen.observe(played, (effect) => each(watches, (watch) => watch.effect?.(effect, played)))
      each(watches, ({ after }) => after?.(played))
    }
  })
}

function each(watches: readonly (readonly [string, Watch])[], check: (watch: Watch) => void): void {
  for (const [rule, watch] of watches) {
    try {
      check(watch)
    } catch (error) {
      throw new Error(`broken: ${rule}`, { cause: error })
    }
  }
}

function* toTheEnd(acd: Acd, history: Iterable<Played>, seen: Observer): Generator<Played> {
  let now = startAt
  const tell = (event: AcdEvent, at: EpochMs) => ({ event, at, effects: acd.handle(event, at) })
  for (const played of history) {
    now = played.at
    yield played
  }
  yield tell({ type: 'timePassed' }, now)
  for (const callId of [...seen.calls.keys()]) {
    yield tell({ type: 'callLeft', callId }, now)
  }
  for (const agentId of [...seen.states.keys()]) {
    yield tell({ type: 'talkEnded', agentId }, now)
  }
  for (let at = acd.nextWakeAt(); at !== undefined; at = acd.nextWakeAt()) {
    yield tell({ type: 'timePassed' }, Math.max(now, at))
  }
}

const atAnyMoment: Readonly<Record<string, Rule>> = {
  'only a ready agent is offered, and only a call that waits': (seen) => ({
    effect: (effect, { at }) => {
      if (effect.type === 'offer') {
        const { callId, agentIds } = effect
        assert.ok(seen.isWaiting(callId), `${callId} does not wait`)
        assert.equal(new Set(agentIds).size, agentIds.length)
        assert.deepEqual(
          agentIds.filter((agentId) => !seen.mayBeReady(agentId, at)),
          [],
        )
      }
    },
  }),

  'an agent is reserved exactly while one call is on offer to them': (seen) => ({
    after: () => {
      const offered = [...seen.offers.values()].flatMap(({ agentIds }) => agentIds)
      const reserved = [...seen.states].filter(
        ([, state]) => state === 'ringing' || state === 'reserved',
      )
      assert.equal(offered.length, reserved.length)
      assert.deepEqual(new Set(offered), new Set(reserved.map(([agentId]) => agentId)))
    },
  }),

  'of all agents rung, the first to answer has the call, and the others are freed': (seen) => {
    let offered: readonly AgentId[] = []
    return {
      before: ({ event }) => {
        offered =
          event.type === 'offerAccepted' ? (seen.offers.get(event.callId)?.agentIds ?? []) : []
      },
      after: ({ event, effects }) => {
        if (event.type === 'offerAccepted' && offered.includes(event.agentId)) {
          const { callId, agentId } = event
          assert.equal(seen.states.get(agentId), 'talking')
          assert.deepEqual(
            effects.filter(({ type }) => type === 'withdraw'),
            offered
              .filter((other) => other !== agentId)
              .map((other) => ({ type: 'withdraw', callId, agentId: other, reason: 'lostRace' })),
          )
        }
      },
    }
  },

  'every offer has ended by its deadline': (seen, acd) => ({
    after: ({ at }) => {
      for (const { deadlineAt } of seen.offers.values()) {
        assert.ok(deadlineAt > at)
        assert.ok((acd.nextWakeAt() ?? Number.POSITIVE_INFINITY) <= deadlineAt)
      }
    },
  }),

  'no ready agent stands idle beside a waiting call that suits': (seen) => ({
    after: ({ at }) => {
      const ready = [...seen.states.keys()].filter((agentId) => seen.isReady(agentId, at))
      const missed = [...seen.calls.values()]
        .filter(({ callId }) => seen.isWaiting(callId))
        .flatMap((call) =>
          ready
            .filter((agentId) => mayMeet(seen, agentId, call, at))
            .map((agentId) => `${agentId} idle beside ${call.callId}`),
        )
      assert.deepEqual(missed, [])
    },
  }),

  'every call ends once, and has no effect afterwards': (seen) => {
    const ended = new Set<CallId>()
    const givenUp = new Set<CallId>()
    let before: readonly CallId[] = []
    return {
      before: () => {
        before = [...seen.calls.keys()]
      },
      effect: (effect) => {
        if (effect.type === 'offer' || effect.type === 'actionDue' || effect.type === 'overflow') {
          assert.ok(!ended.has(effect.callId), `${effect.type} of a call that has ended`)
          assert.ok(!givenUp.has(effect.callId), `${effect.type} of a call given up`)
        }
        if (effect.type === 'overflow') {
          givenUp.add(effect.callId)
        }
      },
      after: ({ event }) => {
        for (const callId of before) {
          if (!seen.calls.has(callId)) {
            ended.add(callId)
          }
        }
        if (event.type === 'callQueued' && !seen.calls.has(event.callId)) {
          ended.add(event.callId)
        }
      },
    }
  },

  'once all calls have left and all conversations have ended, nothing is left behind': (
    seen,
    acd,
  ) => ({
    after: () => {
      if (acd.nextWakeAt() === undefined && seen.calls.size === 0) {
        const { queues, agents } = seen.settings
        assert.deepEqual(
          queues.map(({ queueId }) => acd.depth(queueId)),
          queues.map(() => ({ waiting: 0, oldestAt: undefined })),
        )
        const { idle, off, talking, ...occupied } = acd.agentsByState()
        assert.equal(idle + off + talking, agents.length)
        assert.deepEqual(occupied, { reserved: 0, ringing: 0, wrapUp: 0 })
      }
    },
  }),
}

t.test('whenever deadlines are reached, late or not', async (t) => {
  always('asWoken', atAnyMoment)
  for (const rule of Object.keys(atAnyMoment)) {
    t.pass(rule)
  }
})

function mayMeet(seen: Observer, agentId: AgentId, call: SeenCall, at: EpochMs): boolean {
  return suits(seen, agentId, call, at) && !seen.areApart(call.callId, agentId, at)
}

/**
 * Calls `check` with each offer and the calls that it was chosen over: those that the agent could
 * have had before the step and still could.
 */
function weighOffers(
  seen: Observer,
  check: (call: SeenCall, others: readonly SeenCall[], at: EpochMs) => void,
): Watch {
  let lastAt = startAt
  let before = new Map<AgentId, readonly SeenCall[]>()
  let offered = new Set<CallId>()
  return {
    before: ({ at }) => {
      const beforeAt = Math.max(lastAt, at - 1)
      lastAt = at
      offered = new Set()
      const waiting = [...seen.calls.values()].filter(({ callId }) => seen.isWaiting(callId))
      before = new Map(
        [...seen.states.keys()].map((agentId) => [
          agentId,
          waiting.filter((call) => mayMeet(seen, agentId, call, beforeAt)),
        ]),
      )
    },
    effect: (effect, { at }) => {
      if (effect.type !== 'offer') {
        return
      }
      const call = seen.calls.get(effect.callId)
      offered.add(effect.callId)
      for (const agentId of effect.agentIds) {
        const others = (before.get(agentId) ?? []).flatMap(({ callId }) => {
          const other = seen.calls.get(callId)
          const isThere = other !== undefined && seen.isWaiting(callId) && !offered.has(callId)
          return isThere && mayMeet(seen, agentId, other, at) ? [other] : []
        })
        if (call !== undefined) {
          check(call, others, at)
        }
      }
    },
  }
}

const inOrder: Readonly<Record<string, Rule>> = {
  'equal calls are served in the order of their places': (seen) =>
    weighOffers(seen, (call, others) => {
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
    }),

  'nobody overtakes a call that has waited past the bound of fairness': (seen) =>
    weighOffers(seen, (call, others, at) => {
      const { fairAfterMs } = seen.settings
      const overtaken = others.filter(
        ({ enqueuedAt }) => at - enqueuedAt >= fairAfterMs && enqueuedAt < call.enqueuedAt,
      )
      assert.deepEqual(overtaken, [])
    }),
}

t.test('when each deadline is reached at its instant', async (t) => {
  always('punctual', inOrder)
  for (const rule of Object.keys(inOrder)) {
    t.pass(rule)
  }
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

t.test('random draws fall evenly on agents who are alike', async () => {
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
