import type { EventData, EventType } from './events.ts'

const call = {
  tenant: 'acme',
  callId: '6f4c1f0e-3a51-4bb0-9f1d-0c2b6a3d1e77',
}
const queued = { ...call, queue: 'sales', chargedTo: 'sales' }
const offered = { ...queued, agent: 'ann', offerId: '0b7f6a52-9c7e-4d0b-8f57-1f2a3b4c5d6e' }
const arrivedAt = Date.UTC(2026, 10, 2, 9, 15)

/** One example of each event, of one call and one agent: for the documentation and for tests. */
export const eventExamples: { readonly [T in EventType]: EventData<T> } = {
  'call.arrived': {
    ...call,
    at: arrivedAt,
    switch: 'fs1',
    dialledNumber: '0800100200',
    callerNumber: '+4930123456',
    callerName: 'Erika Mustermann',
  },
  'call.queued': {
    ...queued,
    at: arrivedAt + 20,
    enqueuedAt: arrivedAt + 20,
    queueWaitMs: 0,
    priority: 0,
    isAdopted: false,
  },
  'call.offered': {
    ...offered,
    at: arrivedAt + 4_020,
    waitMs: 4_000,
    startAfterMs: 0,
    deadlineAt: arrivedAt + 20_020,
    matchUs: 38,
  },
  'call.matched': {
    ...queued,
    at: arrivedAt + 4_020,
    agents: ['ann'],
    offerId: offered.offerId,
    matchUs: 38,
    decision: {
      soughtBy: 'agent',
      strategy: 'longestIdle',
      step: 0,
      candidates: [{ agentId: 'ann', level: 1, key: 95_000 }],
      candidateCount: 1,
      excluded: [{ agentId: 'bob', why: 'skill' }],
      excludedCount: { skill: 1 },
      calls: [{ callId: call.callId, queueId: 'sales', points: 300_000, waitMs: 4_000 }],
    },
  },
  'call.actionDue': {
    ...queued,
    at: arrivedAt + 60_020,
    name: 'discount',
    count: 1,
    waitMs: 60_000,
    queueWaitMs: 60_000,
    data: { code: 'SORRY10' },
  },
  'call.offerEnded': {
    ...offered,
    at: arrivedAt + 19_020,
    outcome: 'noAnswer',
    cause: 'NO_ANSWER',
  },
  'call.answered': {
    ...offered,
    at: arrivedAt + 7_020,
    waitMs: 7_000,
    queueWaitMs: 7_000,
    isWithinThreshold: true,
  },
  'call.held': { ...queued, at: arrivedAt + 60_000, agent: 'ann' },
  'call.resumed': { ...queued, at: arrivedAt + 75_000, agent: 'ann', holdMs: 15_000 },
  'call.abandoned': {
    ...queued,
    at: arrivedAt + 42_020,
    waitMs: 42_000,
    queueWaitMs: 42_000,
    wasRinging: false,
  },
  'call.overflowed': {
    ...queued,
    at: arrivedAt + 120_020,
    waitMs: 120_000,
    queueWaitMs: 120_000,
    reason: 'maxWait',
    to: 'queue federal',
    toQueue: 'federal',
  },
  'call.transferred': { ...queued, at: arrivedAt + 90_000, agent: 'ann', talkMs: 82_980 },
  'call.completed': {
    ...queued,
    at: arrivedAt + 187_020,
    agent: 'ann',
    waitMs: 7_000,
    talkMs: 180_000,
    holdMs: 15_000,
    endedBy: 'caller',
  },
  'call.rejected': { ...call, at: arrivedAt + 10, reason: 'noRoute' },
  'call.lost': {
    ...call,
    at: arrivedAt + 30_000,
    queue: 'sales',
    chargedTo: 'sales',
    reason: 'switchRestarted',
  },
  'agent.stateChanged': {
    tenant: 'acme',
    agent: 'ann',
    at: arrivedAt + 4_020,
    state: 'reserved',
    previous: 'idle',
    status: 'available',
    callId: call.callId,
  },
}
