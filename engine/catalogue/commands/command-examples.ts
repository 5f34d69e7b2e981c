import type { CommandInput, CommandName, CommandOutput } from './commands.ts'

const callId = '6f4c1f0e-3a51-4bb0-9f1d-0c2b6a3d1e77'
const at = Date.UTC(2026, 10, 2, 9, 15)

type Examples = {
  readonly [N in CommandName]: {
    readonly input: CommandInput<N>
    readonly output: CommandOutput<N>
  }
}

/** One example of each command and its answer: for the documentation and for tests. */
export const commandExamples: Examples = {
  'call.classify': {
    input: {
      callId,
      requires: [
        { afterMs: 0, anyOf: [{ english: 5 }, { english: 3, sales: 4 }] },
        { afterMs: 30_000, anyOf: [{ english: 3 }] },
        { afterMs: 60_000, anyOf: [{}] },
      ],
      priority: 10,
      preferred: { agents: ['ann'], holdMs: 15_000 },
    },
    output: { isWaiting: true },
  },
  'call.setPriority': { input: { callId, priority: 50 }, output: {} },
  'call.requeue': {
    input: { callId, queue: 'sales', keepPlace: true },
    output: { queue: 'sales', enqueuedAt: at },
  },
  'call.transfer': {
    input: { callId, to: { type: 'number', number: '+4930123456' } },
    output: {},
  },
  'call.runFlow': {
    input: { callId, flow: { type: 'named', name: 'discount' }, values: { percent: '10' } },
    output: {},
  },
  'call.hangUp': { input: { callId, cause: 'NORMAL_CLEARING' }, output: {} },
  'call.originate': {
    input: {
      number: '+4930123456',
      ringMs: 30_000,
      onAnswer: {
        type: 'flow',
        flow: { type: 'named', name: 'survey' },
        values: { language: 'de' },
      },
    },
    output: { callId, isNew: true },
  },
  'agent.login': { input: { agent: 'ann' }, output: { state: 'idle' } },
  'agent.logout': { input: { agent: 'ann' }, output: { state: 'off' } },
  'agent.setStatus': {
    input: { agent: 'ann', status: 'onBreak', breakReason: 'lunch' },
    output: { state: 'off' },
  },
  'agent.setSkills': { input: { agent: 'ann', skills: { english: 5, sales: 3 } }, output: {} },
  'agent.endWrapUp': { input: { agent: 'ann' }, output: { state: 'idle' } },
  'agent.prolongWrapUp': {
    input: { agent: 'ann', byMs: 30_000 },
    output: { endsAt: at + 60_000 },
  },
  'callback.enqueue': {
    input: { number: '+4930123456', queue: 'sales', enqueuedAt: at, reason: 'abandoned', callId },
    output: { callbackId: 'cb-17', isNew: true },
  },
  'callback.cancel': {
    input: { which: { type: 'id', callbackId: 'cb-17' } },
    output: { isCancelled: true },
  },
  'callback.place': {
    input: { callId, number: '+4930123456', queue: 'sales', enqueuedAt: at, ringMs: 30_000 },
    output: { state: 'waiting', isNew: true },
  },
  'callback.withdraw': { input: { callId }, output: { state: 'withdrawn' } },
  'queue.list': {
    input: {},
    output: {
      queues: [{ queue: 'sales', waiting: 3, longestWaitMs: 41_000, staffed: 12, idle: 0 }],
    },
  },
  'agent.list': {
    input: { queue: 'sales' },
    output: {
      agents: [
        {
          agent: 'ann',
          status: 'available',
          state: 'talking',
          queues: ['sales'],
          skills: { english: 5 },
          callId,
        },
      ],
    },
  },
}
