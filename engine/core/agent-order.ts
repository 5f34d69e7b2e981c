import type { AgentId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { Workload } from './workload.ts'

/** What a strategy may compare of an agent. Nothing of it changes while the agent is ready. */
export interface AgentFigures {
  readonly agentId: AgentId
  /** The agent's place among the agents of the settings, from 0. */
  readonly index: number
  /** When the last occupation ended. */
  readonly idleSinceAt: EpochMs
  /** Since the agent logged in. */
  readonly talkMs: DurationMs
  readonly calls: number
  /** When the agent last had a turn, counted in turns of all agents. */
  readonly turn: number
  /** A number drawn when the agent became ready; 0 while no queue of theirs needs one. */
  readonly draw: number
  /** Occupancy, by its logarithm: see `workload.ts`. */
  readonly loadKey: number
  readonly work: Workload
  readonly skills: ReadonlyMap<SkillId, number>
  readonly memberships: ReadonlyMap<QueueId, { readonly position: number }>
}

/** The order of a queue's agents. What it compares does not change while an agent is ready. */
export interface AgentOrder {
  /** Orders with the same name are the same: queues share the heaps of ready agents by it. */
  readonly name: string
  /** What is compared; the least comes first. */
  key(agent: AgentFigures): number
  isBefore(a: AgentFigures, b: AgentFigures): boolean
}

/** The order by one number, the least first; equals by {@link isLongerIdle}. */
export function orderBy(name: string, key: (agent: AgentFigures) => number): AgentOrder {
  return {
    name,
    key,
    isBefore(a, b) {
      const one = key(a)
      const other = key(b)
      return one === other ? isLongerIdle(a, b) : one < other
    },
  }
}

/**
 * Settles equals of any order: the longest idle first, then by id, so that every engine decides
 * alike.
 */
export function isLongerIdle(a: AgentFigures, b: AgentFigures): boolean {
  return a.idleSinceAt === b.idleSinceAt ? a.agentId < b.agentId : a.idleSinceAt < b.idleSinceAt
}
