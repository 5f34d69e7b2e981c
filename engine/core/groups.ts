import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Alternative, Preferred, Requirement } from '../catalogue/needs.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { AgentOrder } from './agent-order.ts'
import type { Deadline } from './deadlines.ts'
import type { Dial } from './event.ts'
import type { Heap, HeapItem } from './heap.ts'
import type { AgentSettings, Membership, QueueSettings } from './settings.ts'
import type { Strategy } from './strategies.ts'
import type { Workload } from './workload.ts'

/** One agent in the core. */
export interface Agent {
  readonly agentId: AgentId
  settings: AgentSettings
  /** Their place among the agents of the settings. */
  index: number
  memberships: ReadonlyMap<QueueId, Membership>
  skills: ReadonlyMap<SkillId, number>
  profile: Profile
  /** One in each of the profile's heaps while ready. */
  places: readonly Place[]
  status: AgentStatus
  state: AgentState
  /** Whether a call may be offered now: idle, and not resting. */
  isReady: boolean
  /** When the last occupation ended, offers that others ended not counted. */
  idleSinceAt: EpochMs
  /** Offers not answered in a row. */
  misses: number
  /** The call this agent is rung for or talks to. */
  callId: CallId | undefined
  queueId: QueueId | undefined
  /** End of wrap-up, of the rest after a failed offer, or of the time until their phone rings. */
  deadline: Deadline | undefined
  talkSince: EpochMs | undefined
  /** Since they logged in. */
  talkMs: DurationMs
  calls: number
  /** When they last had a turn, counted in turns of all agents. */
  turn: number
  /** What `random` compares; drawn anew whenever they become ready. */
  draw: number
  work: Workload
  /** What `leastOccupied` compares, true while they are free. */
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
  /** What the order compares of the agent, taken when they became ready: it stands still until they are not. */
  key: number
}

/** Agents alike in queues, levels, preferences and skills: whoever suits one of them suits all. */
export interface Profile {
  readonly key: string
  readonly skills: ReadonlyMap<SkillId, number>
  /** One heap of those who are ready for each order that a queue of theirs asks for. */
  readonly heaps: readonly OrderedHeap[]
  readonly pools: readonly Pool[]
  /** Whether a queue of theirs draws lots. */
  readonly isDrawn: boolean
  /** Agents that have it. */
  agents: number
}

/** A profile in one of its queues. */
export interface Pool {
  readonly profile: Profile
  readonly queue: QueueState
  readonly level: number
  readonly preference: number
  /** The profile's heap in the order of this queue. */
  readonly ready: Heap<Place>
  /** Among the line's seats while somebody is ready; -1 else. */
  index: number
}

/** A queue, with all that meets in it. */
export interface QueueState {
  readonly settings: QueueSettings
  readonly strategy: Strategy
  readonly order: AgentOrder
  /** As the settings name them. */
  readonly members: Agent[]
  /** The highest level of any member. */
  topLevel: number
  /** How many are staffed in each level; the sum is at 0. */
  readonly staffed: number[]
  /** Seats with ready agents, in no order. */
  readonly pools: Pool[]
  /**
   * Of each of them its level, and of its first agent what is compared and since when they
   * are idle: side by side, so that a look at all is cheap.
   */
  readonly levels: number[]
  readonly keys: number[]
  readonly idles: number[]
  /** Seats whose agents have a skill, at any level, ready or not. */
  readonly skilled: Map<SkillId, Set<Pool>>
  /** All calls of the queue, by admission. */
  readonly calls: Set<WaitingCall>
  /** Demands with calls that may be offered, in no order. */
  readonly groups: CallGroup[]
  /** What calls of this queue need, by what it says. */
  readonly requirements: Map<string, SharedRequirement>
  /** What they ask for now, by what it says. */
  readonly groupsByKey: Map<string, CallGroup>
  readonly ownRequirement: SharedRequirement
}

/** A requirement as calls of one queue have it. */
export interface SharedRequirement {
  readonly key: string
  readonly steps: Requirement
  /** Whether any skill was asked for at first. */
  readonly asksForSkills: boolean
  /** The demands its calls have come to have, by step and level. */
  readonly groups: Map<number, CallGroup>
  /** Calls that have it. */
  calls: number
}

/**
 * Calls alike in queue, in what they ask for now and in the level that is open to them:
 * whoever can serve one can serve all. Requirements that have relaxed to the same share one.
 */
export interface CallGroup {
  readonly key: string
  readonly queue: QueueState
  /** The highest level that waiting has opened. */
  readonly level: number
  /** What is asked for now; undefined is nothing. */
  readonly anyOf: readonly Alternative[] | undefined
  /** For each alternative, where the line keeps the seats of those with each of its skills. */
  readonly skilled: readonly (readonly ReadonlySet<Pool>[])[]
  /** Requirements that have come to it. */
  requirements: number
  /** Those that may be offered now, to anyone who suits. */
  readonly waiting: Heap<WaitingCall>
  /** The standing of the first of them. */
  basePoints: number
  /** Among the line's demands while somebody waits; -1 else. */
  index: number
}

/**
 * A call that wants an agent. In its demand's heap exactly while it may be
 * offered to anyone who suits; in `wantedBy` of those it prefers exactly while it
 * may be offered.
 */
export interface WaitingCall extends HeapItem {
  readonly callId: CallId
  queue: QueueState
  /** Its own requirement; undefined is the queue's. */
  requires: Requirement | undefined
  /** What it needs by that. */
  requirement: SharedRequirement
  group: CallGroup
  enqueuedAt: EpochMs
  enteredAt: EpochMs
  /** Undefined while somebody is on the line. */
  dial: Dial | undefined
  /** Its own, without the queue's. */
  priority: number
  preferred: Preferred | undefined
  /** Settles equal places by arrival. */
  readonly sequence: number
  /** Waits for those it prefers alone. */
  isHeld: boolean
  /** Has waited to the bound of fairness. */
  isOverdue: boolean
  /** Its standing among the calls of its queue: higher is served first. */
  basePoints: number
  /** Agents now rung for this call. */
  offeredTo: readonly AgentId[]
  /** The lease: when the standing offer is given back, whatever was lost. */
  lease: Deadline | undefined
  maxWait: Deadline | undefined
  unstaffed: Deadline | undefined
  change: Deadline | undefined
  /** Up to when what changes with time has been told. */
  changedAt: EpochMs
  /** Why its queue has given it up. */
  overflow: OverflowReason | undefined
  /** Agents who refused this call, kept from it for a while; undefined until one does. */
  refusedBy: Map<AgentId, Deadline> | undefined
}

/** Whether the human wants calls, whatever they are doing now. */
export function isStaffed(agent: Agent): boolean {
  return agent.status.type === 'available'
}

/** Whether an agent is rung for a call, or about to be. */
export function isOffered(agent: Agent): boolean {
  return agent.state === 'ringing' || agent.state === 'reserved'
}
