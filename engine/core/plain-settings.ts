import type { AgentId, QueueId } from '../catalogue/ids.ts'
import type { AcdSettings, AgentSettings, Membership, QueueSettings } from './settings.ts'

/** A queue with no rules of its own: the longest idle agent, no skills, no limits. */
export function plainQueue(queueId: QueueId): QueueSettings {
  return {
    queueId,
    strategy: 'longestIdle',
    scorer: undefined,
    priority: 0,
    ageing: { perMinute: 0, steps: [] },
    requires: [],
    tiers: { openAfterMs: 0, skipUnstaffed: true },
    ringMs: 20_000,
    ringAtMost: 10,
    ringStepMs: 5_000,
    wrapUpMs: 0,
    capacity: undefined,
    maxWaitMs: undefined,
    joinUnstaffed: true,
    maxUnstaffedMs: undefined,
    actions: [],
    retryDeclinedMs: 60_000,
  }
}

/** A membership in the first level of a queue. */
export function plainMembership(queueId: QueueId): Membership {
  return { queueId, level: 1, position: 1, preference: 1, wrapUpMs: undefined }
}

/** An agent with no rules of their own: available, in no queue, without skills, never resting. */
export function plainAgent(agentId: AgentId): AgentSettings {
  return {
    agentId,
    queues: [],
    skills: new Map(),
    status: { type: 'available' },
    wrapUpMs: undefined,
    maxMisses: 0,
    maxOccupancy: undefined,
    restMs: { busy: 0, declined: 0, noAnswer: 0, unreachable: 0 },
  }
}

/** The rules of a tenant that sets none. */
export const plainTenant: Omit<AcdSettings, 'queues' | 'agents'> = {
  fairAfterMs: 10 * 60_000,
  occupancyWindowMs: 30 * 60_000,
  seed: 1,
  recordEvery: 0,
}
