import type { AgentStatus } from '../catalogue/agent.ts'
import { type Agent, isStaffed, type QueueState, type WaitingCall } from './groups.ts'
import type { MatchIndex } from './match-index.ts'

/** How many of a queue's agents are staffed. */
export function staffedIn({ staffed }: QueueState): number {
  return staffed[0] ?? 0
}

/** The lowest level of a queue in which somebody is staffed. */
export function lowestStaffed({ staffed }: QueueState): number | undefined {
  for (let level = 1; level < staffed.length; level += 1) {
    if ((staffed[level] ?? 0) > 0) {
      return level
    }
  }
  return undefined
}

/** Counts an agent who is staffed now (`by` 1) or no longer is (`by` -1). */
export function countStaffed({ profile }: Agent, by: 1 | -1): void {
  for (const { queue, level } of profile.pools) {
    for (const index of [0, level]) {
      queue.staffed[index] = (queue.staffed[index] ?? 0) + by
    }
  }
}

interface StaffingPorts {
  readonly index: MatchIndex
  /** Nobody is staffed in a queue any more. */
  onDeserted(queue: QueueState): void
  /** Somebody is staffed in a queue again. */
  onStaffed(queue: QueueState): void
  /** Called for a call that is held, or no longer held, by the change. */
  relist(call: WaitingCall): void
  serveAgent(agent: Agent): void
  serveCall(call: WaitingCall): void
}

/** How a queue was staffed before a change. */
interface Before {
  readonly queue: QueueState
  readonly count: number
  readonly lowest: number
}

/** Which queues have staffed agents, and what happens when that changes. */
export class Staffing {
  readonly #ports: StaffingPorts
  #before: readonly Before[] | undefined

  constructor(ports: StaffingPorts) {
    this.#ports = ports
  }

  /** Changes an agent's status. Call {@link settle} once the agent's own state has followed. */
  setStatus(agent: Agent, status: AgentStatus): void {
    const wasStaffed = isStaffed(agent)
    agent.status = status
    if (wasStaffed === isStaffed(agent)) {
      return
    }
    this.#before = agent.settings.queues.flatMap(({ queueId }) => {
      const queue = this.#ports.index.queue(queueId)
      return queue === undefined
        ? []
        : [{ queue, count: staffedIn(queue), lowest: lowestStaffed(queue) ?? 0 }]
    })
    countStaffed(agent, wasStaffed ? -1 : 1)
    for (const call of heldWhileStaffed(agent)) {
      this.#ports.relist(call)
    }
  }

  /**
   * Does what a change of an agent's status means for queues, calls and other agents, if there was
   * a change.
   */
  settle(agent: Agent): void {
    const before = this.#before ?? []
    this.#before = undefined
    for (const { queue, count, lowest } of before) {
      const isDeserted = staffedIn(queue) === 0
      if (isDeserted) {
        this.#ports.onDeserted(queue)
      } else if (count === 0) {
        this.#ports.onStaffed(queue)
      }
      this.#openLevels(queue, lowest)
    }
    if (before.length > 0) {
      for (const call of heldWhileStaffed(agent)) {
        this.#ports.serveCall(call)
      }
    }
  }

  /**
   * Lets agents look for calls whose level opens because nobody in the levels before it is staffed
   * any more.
   */
  #openLevels(queue: QueueState, before: number): void {
    const { skipUnstaffed, openAfterMs } = queue.settings.tiers
    const lowest = lowestStaffed(queue) ?? 0
    if (!skipUnstaffed || openAfterMs === 0 || lowest <= before) {
      return
    }
    for (const agent of queue.members) {
      const level = agent.memberships.get(queue.settings.queueId)?.level ?? 0
      if (agent.isReady && level > before && level <= lowest) {
        this.#ports.serveAgent(agent)
      }
    }
  }
}

/** Calls held for an agent while staffed, in the order they came. */
function heldWhileStaffed({ preferredBy }: Agent): readonly WaitingCall[] {
  return [...preferredBy]
    .filter(({ preferred }) => preferred?.hold === 'whileStaffed')
    .sort((a, b) => a.sequence - b.sequence)
}
