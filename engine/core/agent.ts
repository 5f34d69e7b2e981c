import type { Deadline } from './deadlines.ts'
import type { AgentState } from './event.ts'
import type { HeapItem } from './heap.ts'
import type { AgentId, CallId, EpochMs, QueueId } from './ids.ts'
import type { Profile } from './match-index.ts'
import type { AgentSettings, AgentStatus } from './settings.ts'

/** One agent in the core. In its profile's heap exactly while it may be offered a call. */
export interface Agent extends HeapItem {
  readonly agentId: AgentId
  readonly settings: AgentSettings
  readonly profile: Profile
  status: AgentStatus
  state: AgentState
  /** When the last occupation ended: the longest idle is offered first. */
  idleSinceAt: EpochMs
  /** Offers not answered in a row. */
  misses: number
  /** The call this agent is ringing for or talking to. */
  callId: CallId | undefined
  queueId: QueueId | undefined
  /** End of wrap-up, or of the rest after a failed offer. */
  deadline: Deadline | undefined
}

export function isAvailable(agent: Agent): boolean {
  return agent.status.type === 'available'
}

/** The longest idle first; equal times are settled by id, the same on every node. */
export function isOfferedBefore(a: Agent, b: Agent): boolean {
  return a.idleSinceAt === b.idleSinceAt ? a.agentId < b.agentId : a.idleSinceAt < b.idleSinceAt
}
