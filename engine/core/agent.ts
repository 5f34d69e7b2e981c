import type { AgentStatus } from '../catalogue/agent.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { saveDeadline } from './deadlines.ts'
import type { Agent } from './groups.ts'
import { noProfile } from './match-index.ts'
import type { AgentSettings } from './settings.ts'
import type { SavedAgent } from './snapshot.ts'

/** An agent as the settings have them, without a profile yet. */
export function createAgent(settings: AgentSettings, index: number, now: EpochMs): Agent {
  return {
    agentId: settings.agentId,
    settings,
    index,
    memberships: membershipsOf(settings),
    skills: settings.skills,
    profile: noProfile,
    places: [],
    status: settings.status,
    state: settings.status.type === 'available' ? 'idle' : 'off',
    isReady: false,
    idleSinceAt: now,
    misses: 0,
    callId: undefined,
    queueId: undefined,
    deadline: undefined,
    talkSince: undefined,
    talkMs: 0,
    calls: 0,
    turn: 0,
    draw: 0,
    work: { load: 0, at: now },
    loadKey: Number.NEGATIVE_INFINITY,
    preferredBy: new Set(),
  }
}

/** What a snapshot keeps of an agent. */
export function saveAgent(agent: Agent): SavedAgent {
  const { agentId, status, state, isReady, idleSinceAt, misses, callId, queueId } = agent
  const { talkSince, talkMs, calls, turn, draw, work, deadline, skills } = agent
  return {
    ...{ agentId, status, state, isReady, idleSinceAt, misses, callId, queueId },
    ...{ talkSince, talkMs, calls, turn, draw, work },
    skills: [...skills],
    deadline: saveDeadline(deadline),
    loadKey: Number.isFinite(agent.loadKey) ? agent.loadKey : null,
  }
}

/** Brings an agent to the state of a snapshot, except for the deadline. */
export function restoreAgent(agent: Agent, saved: SavedAgent): void {
  const { skills, deadline: _, loadKey, ...rest } = saved
  Object.assign(agent, rest)
  agent.skills = new Map(skills)
  agent.loadKey = loadKey ?? Number.NEGATIVE_INFINITY
}

/** An agent's memberships, by queue. */
export function membershipsOf({ queues }: AgentSettings): Agent['memberships'] {
  return new Map(queues.map((membership) => [membership.queueId, membership]))
}

export function isSameStatus(a: AgentStatus, b: AgentStatus): boolean {
  return a.type === 'onBreak' && b.type === 'onBreak' ? a.reason === b.reason : a.type === b.type
}

export function areSameSkills(a: AgentSettings['skills'], b: AgentSettings['skills']): boolean {
  return a.size === b.size && [...a].every(([skill, level]) => b.get(skill) === level)
}
