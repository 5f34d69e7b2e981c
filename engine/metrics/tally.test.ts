import t from 'tap'
import type { AgentState } from '../catalogue/agent.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, QueueId, TenantId } from '../catalogue/ids.ts'
import { containmentOf, summarise } from './figures.ts'
import { createTally, type Tally } from './tally.ts'

const acme = 'acme' as TenantId
const sales = 'sales' as QueueId

const base = { tenant: 'acme', queue: 'sales', chargedTo: 'sales', at: 0 }
const offer = { agent: 'ann', offerId: 'offer-1' }

function queued(callId: string, enqueuedAt: number, isAdopted = false): EngineEvent {
  return {
    type: 'call.queued',
    data: { ...base, callId, enqueuedAt, queueWaitMs: 0, priority: 0, isAdopted },
  }
}

function answered(callId: string, waitMs: number, isWithinThreshold: boolean): EngineEvent {
  return {
    type: 'call.answered',
    data: { ...base, ...offer, callId, waitMs, queueWaitMs: waitMs, isWithinThreshold },
  }
}

function completed(callId: string, talkMs: number, holdMs: number): EngineEvent {
  return {
    type: 'call.completed',
    data: { ...base, callId, agent: 'ann', waitMs: 0, talkMs, holdMs, endedBy: 'caller' },
  }
}

function abandoned(callId: string, waitMs: number): EngineEvent {
  return {
    type: 'call.abandoned',
    data: { ...base, callId, waitMs, queueWaitMs: waitMs, wasRinging: false },
  }
}

function stateChanged(state: AgentState, previous: AgentState, at: number): EngineEvent {
  return {
    type: 'agent.stateChanged',
    data: { tenant: 'acme', agent: 'ann', at, state, previous, status: 'available' },
  }
}

function tallyOf(...events: readonly EngineEvent[]): Tally {
  const tally = createTally()
  tally.addQueue(acme, sales, 5_000)
  tally.addAgent(acme, 'ann' as AgentId, 'idle', 0)
  for (const event of events) {
    tally.record(event)
  }
  return tally
}

function salesOf(tally: Tally, now: number) {
  const queue = tally.tenants.get('acme')?.queues.get('sales')
  return queue === undefined ? undefined : summarise(queue, now)
}

t.test('a queue shows with zeros before its first call', async (t) => {
  t.strictSame(salesOf(tallyOf(), 1_000), {
    tenant: 'acme',
    queue: 'sales',
    waiting: 0,
    longestWaitMs: 0,
    talking: 0,
    offered: 0,
    answered: 0,
    abandoned: 0,
    shortAbandoned: 0,
    overflowed: 0,
    transferred: 0,
    lost: 0,
    serviceLevel: undefined,
    abandonment: undefined,
    asaMs: undefined,
    ahtMs: undefined,
    waitMs: { p50: undefined, p99: undefined },
  })
})

t.test('every ending of a call is counted in its place', async (t) => {
  const tally = tallyOf(
    queued('a', 1_000),
    queued('b', 2_000),
    queued('c', 3_000),
    queued('d', 4_000),
    queued('e', 5_000),
    queued('f', 6_000),
    queued('g', 7_000),
    queued('h', 8_000),
    answered('a', 2_000, true),
    answered('b', 100, false),
    completed('b', 60_000, 10_000),
    abandoned('c', 4_999),
    abandoned('d', 5_000),
    {
      type: 'call.overflowed',
      data: { ...base, callId: 'e', waitMs: 9, queueWaitMs: 9, reason: 'maxWait', to: 'hangup X' },
    },
    { type: 'call.lost', data: { ...base, callId: 'f', reason: 'switch gone' } },
    { type: 'call.transferred', data: { ...base, callId: 'g', talkMs: 0 } },
  )
  t.strictSame(salesOf(tally, 10_000), {
    tenant: 'acme',
    queue: 'sales',
    waiting: 1,
    longestWaitMs: 2_000,
    talking: 1,
    offered: 8,
    answered: 2,
    abandoned: 2,
    shortAbandoned: 1,
    overflowed: 1,
    transferred: 1,
    lost: 1,
    serviceLevel: 1 / 5,
    abandonment: 1 / 5,
    asaMs: 1_050,
    ahtMs: 60_000,
    waitMs: { p50: 100, p99: 2_007.5 },
  })
})

t.test('an adopted call waits again at its old place and is not offered twice', async (t) => {
  const tally = tallyOf(queued('a', 1_000), queued('a', 1_000, true), queued('b', 500, true))
  t.match(salesOf(tally, 2_000), { offered: 1, waiting: 2, longestWaitMs: 1_500 })
})

t.test('a transfer out of a conversation ends it; wrap-up goes to its queue', async (t) => {
  const tally = tallyOf(
    queued('a', 0),
    answered('a', 0, true),
    stateChanged('talking', 'idle', 1_000),
    { type: 'call.transferred', data: { ...base, callId: 'a', agent: 'ann', talkMs: 4_000 } },
    stateChanged('wrapUp', 'talking', 5_000),
    stateChanged('idle', 'wrapUp', 8_000),
  )
  t.match(salesOf(tally, 9_000), { talking: 0, transferred: 0, ahtMs: 7_000 })
  t.strictSame(tally.agentTime('acme', 10_000), {
    spentMs: { idle: 3_000, reserved: 0, ringing: 0, talking: 4_000, wrapUp: 3_000, off: 0 },
    occupancy: 0.7,
  })
  t.strictSame(tally.tenants.get('acme')?.agents, {
    idle: 1,
    reserved: 0,
    ringing: 0,
    talking: 0,
    wrapUp: 0,
    off: 0,
  })
})

t.test('rejected and lost calls, expired leases and match times are kept', async (t) => {
  const call = { tenant: 'acme', callId: 'x', at: 0 }
  const tally = tallyOf(
    { type: 'call.rejected', data: { ...call, reason: 'noRoute' } },
    { type: 'call.rejected', data: { ...call, reason: 'unknownQueue' } },
    { type: 'call.rejected', data: { ...call, reason: 'unknownQueue' } },
    { type: 'call.lost', data: { ...call, reason: 'no queue yet' } },
    {
      type: 'call.offered',
      data: {
        ...base,
        ...offer,
        callId: 'y',
        waitMs: 0,
        startAfterMs: 0,
        deadlineAt: 9,
        matchUs: 12.34,
      },
    },
    {
      type: 'call.offerEnded',
      data: { ...base, ...offer, callId: 'y', outcome: 'expired', cause: '' },
    },
    {
      type: 'call.offerEnded',
      data: { ...base, ...offer, callId: 'y', outcome: 'busy', cause: 'USER_BUSY' },
    },
  )
  const figures = tally.tenants.get('acme')
  t.strictSame(figures?.rejected, { noRoute: 1, unknownQueue: 2 })
  t.equal(figures?.queues.get('sales')?.leasesExpired, 1)
  t.equal(figures?.queues.get('')?.lost, 1)
  t.ok(Math.abs((tally.matchUs.quantile(0.5) ?? 0) - 12.34) <= 12.34 / 128 + 0.005)
})

t.test('a wait is charged to the queue that gave the call up first', async (t) => {
  const inHelp = { ...base, queue: 'help', chargedTo: 'sales' }
  const tally = tallyOf(
    queued('a', 0),
    {
      type: 'call.overflowed',
      data: {
        ...{ ...base, callId: 'a', waitMs: 9_000, queueWaitMs: 9_000 },
        ...{ reason: 'full', to: 'queue help', toQueue: 'help' },
      },
    },
    {
      type: 'call.queued',
      data: {
        ...{ ...inHelp, callId: 'a', enqueuedAt: 0, queueWaitMs: 0 },
        ...{ priority: 0, isAdopted: false },
      },
    },
    {
      type: 'call.answered',
      data: {
        ...{ ...inHelp, ...offer, callId: 'a', waitMs: 12_000, queueWaitMs: 3_000 },
        isWithinThreshold: true,
      },
    },
  )
  const help = tally.tenants.get('acme')?.queues.get('help')
  t.match(salesOf(tally, 12_000), {
    ...{ offered: 1, waiting: 0, talking: 0, answered: 1, overflowed: 1 },
    ...{ serviceLevel: 1, asaMs: 12_000 },
  })
  t.match(help, { offered: 1, answered: 0, waiting: new Map(), talking: new Set(['a']) })
})

t.test('an action is counted with the outcome of the waits in which it fell due', async (t) => {
  const due = (callId: string, count: number): EngineEvent => ({
    type: 'call.actionDue',
    data: {
      ...{ ...base, callId, name: 'discount', count, data: {} },
      ...{ waitMs: 60_000, queueWaitMs: 60_000 },
    },
  })
  const tally = tallyOf(
    ...[queued('a', 0), queued('b', 0), queued('c', 0), queued('d', 0)],
    ...[due('a', 1), due('a', 2), due('b', 1), due('d', 1)],
    ...[answered('a', 1, true), abandoned('b', 9_000), answered('c', 1, true)],
    { type: 'call.transferred', data: { ...base, callId: 'd', talkMs: 0 } },
    abandoned('d', 9_000),
  )
  t.strictSame(
    [...(tally.tenants.get('acme')?.queues.get('sales')?.actions ?? [])],
    [['discount', { due: 4, answered: 1, abandoned: 1 }]],
  )
})

t.test(
  'a call that a flow ends counts as contained, or for the queue that gave it up',
  async (t) => {
    const contained = (callId: string, flow: string): EngineEvent => ({
      type: 'call.contained',
      data: { tenant: 'acme', callId, at: 0, flow, endedBy: 'flow', durationMs: 9_000 },
    })
    const overflowed = (callId: string): EngineEvent => ({
      type: 'call.overflowed',
      data: {
        ...{ ...base, callId, waitMs: 60_000, queueWaitMs: 60_000 },
        ...{ reason: 'maxWait', to: 'flow sorry', toFlow: 'sorry' },
      },
    })
    const sentAway = (callId: string, over: object = {}): EngineEvent => ({
      type: 'call.sentAway',
      data: { tenant: 'acme', callId, at: 0, flow: 'sorry', end: 'hangup', ...over },
    })
    const none = tallyOf().tenants.get('acme')
    t.equal(none === undefined ? 0 : containmentOf(none), undefined)
    const tally = tallyOf(
      ...[contained('a', 'menu'), contained('b', 'menu'), contained('c', 'hours')],
      ...[queued('d', 0), overflowed('d')],
      ...[queued('e', 0), overflowed('e'), queued('e', 0), answered('e', 1, true)],
      sentAway('f'),
    )
    const acme = tally.tenants.get('acme')
    t.match(acme?.queues.get('sales'), { answered: 1, sentAway: 0 }, 'd has not ended yet')
    tally.record(sentAway('d', { queue: 'sales', chargedTo: 'sales', waitMs: 60_000 }))
    t.match(acme?.queues.get('sales'), { answered: 1, sentAway: 1, overflowed: { maxWait: 2 } })
    t.strictSame(
      [...(acme?.contained ?? [])],
      [
        ['menu', 2],
        ['hours', 1],
      ],
    )
    t.equal(acme === undefined ? 0 : containmentOf(acme), 0.5, 'three of six')
  },
)
