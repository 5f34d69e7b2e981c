import type { AgentId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { SavedDeadline } from './deadlines.ts'
import type { SavedDraws } from './draws.ts'
import type { Agent, WaitingCall } from './groups.ts'
import type { Pace } from './outlook.ts'

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

/** The fields of an agent that change, as plain data. */
export interface SavedAgent
  extends Readonly<
    Pick<
      Agent,
      | 'agentId'
      | 'status'
      | 'state'
      | 'isReady'
      | 'idleSinceAt'
      | 'misses'
      | 'callId'
      | 'queueId'
      | 'talkSince'
      | 'talkMs'
      | 'calls'
      | 'turn'
      | 'draw'
      | 'work'
    >
  > {
  readonly skills: readonly (readonly [SkillId, number])[]
  readonly deadline: SavedDeadline | undefined
  /** Null stands for minus infinity, which JSON cannot hold. */
  readonly loadKey: number | null
}

/** A waiting call as plain data. */
export interface SavedCall
  extends Readonly<
    Pick<
      WaitingCall,
      | 'callId'
      | 'enqueuedAt'
      | 'enteredAt'
      | 'dial'
      | 'sequence'
      | 'offeredTo'
      | 'changedAt'
      | 'overflow'
      | 'priority'
      | 'requires'
      | 'preferred'
    >
  > {
  readonly queueId: QueueId
  readonly lease: SavedDeadline | undefined
  readonly maxWait: SavedDeadline | undefined
  readonly unstaffed: SavedDeadline | undefined
  readonly change: SavedDeadline | undefined
  readonly refusedBy: readonly (readonly [AgentId, SavedDeadline])[]
}
