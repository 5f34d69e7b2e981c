import type { Deadline } from './deadlines.ts'
import type { AgentState } from './event.ts'
import type { Heap, HeapItem } from './heap.ts'
import type { AgentId, CallId, EpochMs, QueueId, SkillId } from './ids.ts'
import type { AgentSettings, AgentStatus, QueueSettings, Requirement } from './settings.ts'

/** One agent in the core. In its profile's heap exactly while it may be offered a call. */
export interface Agent extends HeapItem {
  readonly agentId: AgentId
  readonly settings: AgentSettings
  readonly profile: Profile
  status: AgentStatus
  state: AgentState
  /** When the last occupation ended, offers that others ended not counted. */
  idleSinceAt: EpochMs
  /** Offers not answered in a row. */
  misses: number
  /** The call this agent is ringing for or talking to. */
  callId: CallId | undefined
  queueId: QueueId | undefined
  /** End of wrap-up, or of the rest after a failed offer. */
  deadline: Deadline | undefined
}

/** Agents alike in queues and skills: whoever suits one of them suits all. */
export interface Profile {
  readonly queues: ReadonlySet<QueueId>
  readonly skills: ReadonlyMap<SkillId, number>
  /** Those who may be offered a call now. */
  readonly idle: Heap<Agent>
  /** What these agents can serve. */
  readonly demands: Set<Demand>
}

/**
 * A call that wants an agent. In its demand's heap exactly while it may be
 * offered: on no offer, and not past its limit on waiting.
 */
export interface WaitingCall extends HeapItem {
  readonly callId: CallId
  readonly demand: Demand
  readonly enqueuedAt: EpochMs
  readonly priority: number
  /** Settles equal places by arrival. */
  readonly sequence: number
  /** Agents now rung for this call. */
  offeredTo: readonly AgentId[]
  /** The lease: when the standing offer is given back, whatever was lost. */
  lease: Deadline | undefined
  maxWait: Deadline | undefined
  hasReachedMaxWait: boolean
  /** Agents who refused this call, kept from it for a while. */
  readonly refusedBy: Map<AgentId, Deadline>
}

/** Calls alike in queue and requirement: whoever can serve one can serve all. */
export interface Demand {
  readonly queue: QueueSettings
  readonly requires: Requirement
  /** Those that may be offered now. */
  readonly waiting: Heap<WaitingCall>
  /** Who can serve it. */
  readonly profiles: Set<Profile>
  /** Calls that have it, on offer or not. */
  calls: number
}

/** Whether the human wants calls, whatever they are doing now. */
export function isAvailable(agent: Agent): boolean {
  return agent.status.type === 'available'
}

/** The longest idle first; equal times are settled by id, the same on every node. */
export function isOfferedBefore(a: Agent, b: Agent): boolean {
  return a.idleSinceAt === b.idleSinceAt ? a.agentId < b.agentId : a.idleSinceAt < b.idleSinceAt
}

/** Priority, then the time of entering the queue, then arrival. */
export function isServedBefore(a: WaitingCall, b: WaitingCall): boolean {
  if (a.priority !== b.priority) {
    return a.priority > b.priority
  }
  return a.enqueuedAt === b.enqueuedAt ? a.sequence < b.sequence : a.enqueuedAt < b.enqueuedAt
}
