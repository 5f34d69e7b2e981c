import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Alternative, CallNeeds, Requirement } from '../catalogue/needs.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { AgentFigures, AgentOrder } from './agent-order.ts'
import type { Deadline } from './deadlines.ts'
import type { Dial } from './event.ts'
import type { Heap, HeapItem } from './heap.ts'
import type { AgentSettings, Membership, QueueSettings } from './settings.ts'
import type { Strategy } from './strategies.ts'
import type { Workload } from './workload.ts'

/** One agent in the core. */
export interface Agent extends AgentFigures {
  readonly agentId: AgentId
  settings: AgentSettings
  index: number
  memberships: ReadonlyMap<QueueId, Membership>
  skills: ReadonlyMap<SkillId, number>
  profile: Profile
  /** One in each of the profile's heaps. They are in the heaps while the agent is ready. */
  places: readonly Place[]
  status: AgentStatus
  state: AgentState
  /** Whether a call may be offered now: idle, and not resting. */
  isReady: boolean
  /**
   * An offer that others ended (the caller left, another agent won) does not count as an
   * occupation.
   */
  idleSinceAt: EpochMs
  /** Offers not answered in a row. */
  misses: number
  /** The call that this agent is rung for or talks to. */
  callId: CallId | undefined
  queueId: QueueId | undefined
  /**
   * The end of wrap-up, of the rest after a failed offer, or of the time until their phone rings.
   */
  deadline: Deadline | undefined
  talkSince: EpochMs | undefined
  talkMs: DurationMs
  calls: number
  turn: number
  draw: number
  work: Workload
  /** Right only while they are free. */
  loadKey: number
  /** Calls that may be offered now and prefer this agent. */
  readonly preferredBy: Set<WaitingCall>
}

/** Ready agents in one order. */
export interface OrderedHeap {
  readonly order: AgentOrder
  readonly heap: Heap<Place>
}

/** An agent in one heap of the profile. */
export interface Place extends HeapItem {
  readonly agent: Agent
  readonly heap: Heap<Place>
  readonly order: AgentOrder
  /**
   * What the order compares, read when the agent became ready. It does not change until they no
   * longer are.
   */
  key: number
}

/**
 * Agents with the same queues, levels, preferences and skills: whatever suits one of them suits
 * all.
 */
export interface Profile {
  readonly key: string
  readonly skills: ReadonlyMap<SkillId, number>
  /** One heap of ready agents for each order that a queue of theirs uses. */
  readonly heaps: readonly OrderedHeap[]
  readonly pools: readonly Pool[]
  /** Whether the strategy of one of their queues draws. */
  readonly isDrawn: boolean
  /** How many agents have it. */
  agents: number
}

/** The agents of one profile in one of its queues. */
export interface Pool {
  readonly profile: Profile
  readonly queue: QueueState
  readonly level: number
  readonly preference: number
  /** The profile's heap in the order of this queue. */
  readonly ready: Heap<Place>
  /** Its index in the queue's `pools` while somebody is ready, else -1. */
  index: number
}

/** A queue, with the agents who are ready for it and the calls that wait in it. */
export interface QueueState {
  readonly settings: QueueSettings
  readonly strategy: Strategy
  readonly order: AgentOrder
  /** All its agents, in the order of the settings. */
  readonly members: Agent[]
  /** The highest level of any member. */
  topLevel: number
  /** How many are staffed, by level. Index 0 holds the sum. */
  readonly staffed: number[]
  /** Pools with ready agents, in no order. */
  readonly pools: Pool[]
  /**
   * Of each of these pools: its level, what is compared of its first agent, and since when that
   * agent has been idle. Kept side by side so that scanning all of them is cheap.
   */
  readonly levels: number[]
  readonly keys: number[]
  readonly idles: number[]
  /** Pools whose agents have a skill, at any level, ready or not. */
  readonly skilled: Map<SkillId, Set<Pool>>
  /** All calls in the queue, in the order they came. */
  readonly calls: Set<WaitingCall>
  /** Groups with calls that may be offered, in no order. */
  readonly groups: CallGroup[]
  /** The requirements that its calls have, by their content. */
  readonly requirements: Map<string, SharedRequirement>
  /** All groups of its calls, by what they ask for and their level. */
  readonly groupsByKey: Map<string, CallGroup>
  readonly ownRequirement: SharedRequirement
}

/** A requirement that calls of one queue have in common. */
export interface SharedRequirement {
  readonly key: string
  readonly steps: Requirement
  /** Whether the first step asks for a skill. */
  readonly asksForSkills: boolean
  /** The groups that its calls have been in, by step and level. */
  readonly groups: Map<number, CallGroup>
  /** How many calls have it. */
  calls: number
}

/**
 * Calls of one queue that suit the same agents now: they ask for the same skills, and the same
 * levels are open to them. Different requirements that have relaxed to the same step share a group.
 */
export interface CallGroup {
  readonly key: string
  readonly queue: QueueState
  /** The highest level that waiting has opened. */
  readonly level: number
  /** What is asked for now; undefined for nothing. */
  readonly anyOf: readonly Alternative[] | undefined
  /** For each alternative and each of its skills, the queue's set of pools that have the skill. */
  readonly skilled: readonly (readonly ReadonlySet<Pool>[])[]
  /** How many requirements lead to it. */
  requirements: number
  /** Calls that may be offered now to anyone who suits. */
  readonly waiting: Heap<WaitingCall>
  /** The base points of the first of them. */
  basePoints: number
  /** Its index in the queue's `groups` while a call waits in it, else -1. */
  index: number
}

/** What a call brings, each field present; undefined where it brings nothing. */
type BroughtNeeds = { -readonly [Key in keyof CallNeeds]-?: CallNeeds[Key] | undefined }

/**
 * A call that wants an agent. It is in its group's heap exactly while it may be offered to anyone
 * who suits, and in `preferredBy` of the agents it prefers exactly while it may be offered at all.
 */
export interface WaitingCall extends BroughtNeeds, HeapItem {
  readonly callId: CallId
  queue: QueueState
  priority: number
  /** What holds for it: its own requirement, or the queue's. */
  requirement: SharedRequirement
  group: CallGroup
  enqueuedAt: EpochMs
  enteredAt: EpochMs
  /** Undefined once somebody is on the line. */
  dial: Dial | undefined
  /** Settles equal places by the order in which calls came. */
  readonly sequence: number
  /** Waits for the agents it prefers alone. */
  isHeld: boolean
  /** Has waited to the bound of fairness. */
  isOverdue: boolean
  /** What orders the calls of its queue, the highest first: see `precedence.ts`. */
  basePoints: number
  /** Agents now rung for this call. */
  offeredTo: readonly AgentId[]
  /** When the present offer ends, whatever else was lost. */
  lease: Deadline | undefined
  maxWait: Deadline | undefined
  unstaffed: Deadline | undefined
  change: Deadline | undefined
  /** Up to when changes by time have been taken in. */
  changedAt: EpochMs
  /** Why its queue has given it up. */
  overflow: OverflowReason | undefined
  /** Agents who refused this call and are kept from it for a while; undefined until one does. */
  refusedBy: Map<AgentId, Deadline> | undefined
}

/** Whether the agent wants calls, whatever they are doing now. */
export function isStaffed(agent: Agent): boolean {
  return agent.status.type === 'available'
}

/** Whether an agent is rung for a call, or about to be. */
export function isOffered(agent: Agent): boolean {
  return agent.state === 'ringing' || agent.state === 'reserved'
}
