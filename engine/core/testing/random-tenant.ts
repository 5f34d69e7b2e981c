import type { AgentStatus } from '../../catalogue/agent.ts'
import type { AgentId, QueueId, SkillId } from '../../catalogue/ids.ts'
import type { Preferred, Requirement } from '../../catalogue/needs.ts'
import { plainAgent, plainQueue } from '../plain-settings.ts'
import type { Scorer } from '../scorer.ts'
import type { AcdSettings, AgentSettings, QueueSettings } from '../settings.ts'
import { type StrategyName, strategyNames } from '../strategies.ts'
import { pick, roll } from './roll.ts'

/** What a tenant is made from: a die for each part; undefined for a part that is absent. */
export interface TenantDice {
  readonly rules: number
  readonly queues: readonly (number | undefined)[]
  readonly agents: readonly (number | undefined)[]
}

const french = 'french' as SkillId
const german = 'german' as SkillId

export const statuses: readonly AgentStatus[] = [
  { type: 'available' },
  { type: 'available' },
  { type: 'available' },
  { type: 'available' },
  { type: 'onBreak', reason: 'lunch' },
  { type: 'loggedOut' },
]

/** What calls and queues ask for: some relax in steps, one does not. */
export const requirements: readonly Requirement[] = [
  [],
  [{ afterMs: 0, anyOf: [[{ skill: french, minLevel: 3 }]] }],
  [
    { afterMs: 0, anyOf: [[{ skill: french, minLevel: 4 }], [{ skill: german, minLevel: 2 }]] },
    { afterMs: 1_000, anyOf: [[{ skill: french, minLevel: 2 }]] },
    { afterMs: 2_500, anyOf: [[]] },
  ],
  [
    {
      afterMs: 0,
      anyOf: [
        [
          { skill: german, minLevel: 1 },
          { skill: french, minLevel: 2 },
        ],
      ],
    },
    { afterMs: 2_000, anyOf: [[{ skill: german, minLevel: 1 }]] },
  ],
  [
    { afterMs: 0, anyOf: [[]] },
    { afterMs: 1_500, anyOf: [[{ skill: german, minLevel: 5 }]] },
    { afterMs: 4_000, anyOf: [[{ skill: french, minLevel: 1 }]] },
  ],
]

const ringing: readonly StrategyName[] = ['ringAll', 'ringProgressively']

const scorers: readonly (Scorer | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  {
    name: 'weighs all it sees',
    candidates: 2,
    scoreAgent: (agent, call) =>
      ((agent.idleMs + agent.talkMs + agent.position) % 3) +
      agent.calls -
      agent.level +
      (agent.occupancy > 0.25 ? 1 : 0) +
      (agent.skills.get(french) ?? 0) * (call.step + 1) +
      agent.position * ((call.waitMs + Math.trunc(call.priority)) % 3),
    scoreCall: (call, agent) =>
      (call.waitMs % 3) + (call.priority % 2) + call.step - (agent.idleMs % 2),
  },
  {
    name: 'throws at times',
    candidates: 3,
    scoreAgent: ({ agentId, idleMs }) => {
      if (agentId === 'agent-1' || idleMs > 4_000) {
        throw new Error('no idea')
      }
      return idleMs % 4
    },
    scoreCall: ({ waitMs }) => {
      if (waitMs > 1_000) {
        throw new Error('too late')
      }
      return waitMs
    },
  },
  {
    name: 'gives no number',
    candidates: 4,
    scoreAgent: ({ idleMs }) => (idleMs % 2 === 0 ? Number.NaN : -1),
    scoreCall: ({ waitMs }) => (waitMs % 2 === 0 ? (undefined as unknown as number) : 1),
  },
  { name: 'of agents alone', candidates: 1, scoreAgent: ({ calls }) => -calls },
  {
    name: 'of calls alone',
    candidates: 2,
    scoreCall: ({ waitMs }) => (waitMs < 500 ? Number.POSITIVE_INFINITY : -waitMs),
  },
]

/**
 * The settings made from dice: plain where a die is 0. All spans are short, so that deadlines often
 * coincide.
 */
export function createTenant({ rules, queues, agents }: TenantDice): AcdSettings {
  // If everyone may serve every call, strategies have a choice.
  const isOpen = roll(rules, 4, 2) === 0
  const queueSettings = queues.flatMap((die, index) =>
    die === undefined ? [] : randomQueue(die, queueNamed(index), isOpen),
  )
  const inUse = queueSettings.map(({ queueId }) => queueId)
  const agentSettings = agents.flatMap((die, index) =>
    die === undefined ? [] : randomAgent(die, agentNamed(index), inUse, isOpen),
  )
  return {
    queues: queueSettings,
    agents: roll(rules, 0, 2) === 0 ? agentSettings : agentSettings.toReversed(),
    fairAfterMs: pick(rules, 1, [600_000, 3_000, 5_000, 12_000]),
    occupancyWindowMs: pick(rules, 2, [20_000, 20_000, 7_000]),
    seed: roll(rules, 3, 1_000),
    recordEvery: 0,
  }
}

export function queueNamed(index: number): QueueId {
  return `queue-${index}` as QueueId
}

export function agentNamed(index: number): AgentId {
  return `agent-${index}` as AgentId
}

/** Preferred agents as calls bring them. */
export function randomPreferred(die: number, agentIds: readonly AgentId[]): Preferred {
  const first = pick(die, 0, agentIds)
  const second = pick(die, 1, agentIds)
  return {
    agentIds: first === second ? [first] : [first, second],
    hold: pick(die, 2, [2_000, 'whileStaffed', 0, 1_500, 4_000] as const),
  }
}

function randomQueue(die: number, queueId: QueueId, isOpen: boolean): QueueSettings {
  return {
    ...plainQueue(queueId),
    strategy: pick(die, 0, [...strategyNames, ...ringing, ...ringing]),
    scorer: pick(die, 1, scorers),
    priority: pick(die, 2, [0, 0, 1, 2]),
    ageing: {
      perMinute: pick(die, 3, [0, 0, 7, 60, -30]),
      steps: pick(die, 4, [
        [],
        [{ afterMs: 2_000, points: 2 }],
        [
          { afterMs: 1_000, points: 1 },
          { afterMs: 3_000, points: -2 },
        ],
      ]),
    },
    requires: isOpen ? [] : pick(die, 5, requirements),
    tiers: {
      openAfterMs: pick(die, 6, [0, 1_000, 2_500]),
      skipUnstaffed: pick(die, 7, [true, true, false]),
    },
    ringMs: pick(die, 8, [2_000, 500, 3_000]),
    ringAtMost: pick(die, 9, [3, 2, 10, 2, 3, 1]),
    ringStepMs: pick(die, 10, [1_000, 500, 0]),
    wrapUpMs: pick(die, 11, [0, 1_500]),
    capacity: pick(die, 12, [undefined, undefined, undefined, undefined, undefined, 2, 4]),
    maxWaitMs: pick(die, 13, [undefined, undefined, undefined, 6_000, 6_000, 3_000, 0]),
    joinUnstaffed: roll(die, 14, 6) !== 1,
    maxUnstaffedMs: pick(die, 15, [undefined, undefined, undefined, 1_500, 2_000, 0]),
    actions: pick(die, 16, [
      [],
      [{ name: 'sorry', afterMs: 1_000, everyMs: 3_500 }],
      [
        { name: 'gift', afterMs: 2_500, everyMs: undefined },
        { name: 'hello', afterMs: 0, everyMs: 2_500 },
        { name: 'again', afterMs: 2_500, everyMs: 5_000 },
      ],
    ]),
    retryDeclinedMs: pick(die, 17, [3_000, 0, 1_000]),
  }
}

function randomAgent(
  die: number,
  agentId: AgentId,
  queueIds: readonly QueueId[],
  isOpen: boolean,
): AgentSettings {
  const inQueues = queueIds
    .filter((_, index) => isOpen || roll(die, 20 + index, 3) < 2)
    .map((queueId, index) => ({
      queueId,
      level: pick(die, 30 + index, isOpen ? [1, 1, 1, 1, 2] : [1, 1, 2, 3]),
      position: 1 + roll(die, 40 + index, 3),
      preference: 1 + roll(die, 50 + index, 2),
      wrapUpMs: pick(die, 60 + index, [undefined, undefined, 0, 500]),
    }))
  const levels = [
    [french, roll(die, 2, 6)],
    [german, roll(die, 3, 6)],
  ] as const
  return {
    ...plainAgent(agentId),
    queues: roll(die, 0, 2) === 0 ? inQueues : inQueues.toReversed(),
    skills: new Map(levels.filter(([, level]) => level > 0)),
    status: pick(die, 4, statuses),
    wrapUpMs: pick(die, 5, [undefined, undefined, 1_000]),
    maxMisses: pick(die, 6, [0, 1, 2]),
    maxOccupancy: pick(die, 7, [undefined, undefined, undefined, 0.2, 0.6]),
    restMs: {
      busy: pick(die, 8, [0, 1_000]),
      declined: pick(die, 9, [0, 500]),
      noAnswer: pick(die, 10, [0, 0, 2_000]),
      unreachable: pick(die, 11, [0, 4_000]),
    },
  }
}
