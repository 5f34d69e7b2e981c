import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { SavedDeadline } from './deadlines.ts'
import type { SavedDraws } from './draws.ts'
import type { Dial } from './event.ts'
import type { BroughtNeeds } from './groups.ts'
import type { Pace } from './outlook.ts'
import type { Workload } from './workload.ts'

/** The whole state of a core, as plain data that survives JSON. */
export interface AcdSnapshot {
  readonly wallAt: EpochMs
  readonly aheadMs: DurationMs
  readonly roster: RosterSnapshot
  readonly room: RoomSnapshot
  readonly paces: readonly (readonly [QueueId, Pace])[]
  /** How many offers were made. */
  readonly offers: number
}

export interface RosterSnapshot {
  readonly turns: number
  readonly draws: SavedDraws
  readonly agents: readonly SavedAgent[]
}

export interface RoomSnapshot {
  readonly sequence: number
  readonly calls: readonly SavedCall[]
}

export interface SavedAgent {
  readonly agentId: AgentId
  readonly skills: readonly (readonly [SkillId, number])[]
  readonly status: AgentStatus
  readonly state: AgentState
  readonly isReady: boolean
  readonly idleSinceAt: EpochMs
  readonly misses: number
  readonly callId: CallId | undefined
  readonly queueId: QueueId | undefined
  readonly deadline: SavedDeadline | undefined
  readonly talkSince: EpochMs | undefined
  readonly talkMs: DurationMs
  readonly calls: number
  readonly turn: number
  readonly draw: number
  readonly work: Workload
  /** Null stands for minus infinity, which JSON cannot hold. */
  readonly loadKey: number | null
}

export interface SavedCall extends Readonly<BroughtNeeds> {
  readonly callId: CallId
  readonly queueId: QueueId
  readonly enqueuedAt: EpochMs
  readonly enteredAt: EpochMs
  readonly dial: Dial | undefined
  readonly priority: number
  readonly sequence: number
  readonly offeredTo: readonly AgentId[]
  readonly lease: SavedDeadline | undefined
  readonly maxWait: SavedDeadline | undefined
  readonly unstaffed: SavedDeadline | undefined
  readonly change: SavedDeadline | undefined
  readonly changedAt: EpochMs
  readonly overflow: OverflowReason | undefined
  readonly refusedBy: readonly (readonly [AgentId, SavedDeadline])[]
}
