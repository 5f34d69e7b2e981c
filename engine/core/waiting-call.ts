import type { Deadline } from './deadlines.ts'
import type { HeapItem } from './heap.ts'
import type { AgentId, CallId, EpochMs } from './ids.ts'
import type { Demand } from './match-index.ts'

/** A call that wants an agent. In its demand's heap exactly while it is on no offer. */
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

/** Priority, then the time of entering the queue, then arrival. */
export function isServedBefore(a: WaitingCall, b: WaitingCall): boolean {
  if (a.priority !== b.priority) {
    return a.priority > b.priority
  }
  return a.enqueuedAt === b.enqueuedAt ? a.sequence < b.sequence : a.enqueuedAt < b.enqueuedAt
}
