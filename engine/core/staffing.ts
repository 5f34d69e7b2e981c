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

/** Counts an agent who came to be staffed (`by` 1) or no longer is (`by` -1). */
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
  /** Who is staffed decides whether the call is held. */
  relist(call: WaitingCall): void
  serveAgent(agent: Agent): void
  serveCall(call: WaitingCall): void
}

/** A queue as it was staffed before. */
interface Before {
  readonly queue: QueueState
  readonly count: number
  readonly lowest: number
}

/** Who is there for which queue, and what follows when that changes. */
export class Staffing {
  readonly #ports: StaffingPorts
  #before: readonly Before[] | undefined

  constructor(ports: StaffingPorts) {
    this.#ports = ports
  }

  /** Changes an agent's status. What it means for others is worked out by {@link settle}, after what it means for them. */
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

  /** Works out what follows for others from the change of an agent's status, if it was one. */
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

  /** Agents of the levels that open because nobody is left before them look for calls. */
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

/** Calls that wait for an agent as long as one they prefer is staffed, by admission. */
function heldWhileStaffed({ preferredBy }: Agent): readonly WaitingCall[] {
  return [...preferredBy]
    .filter(({ preferred }) => preferred?.hold === 'whileStaffed')
    .sort((a, b) => a.sequence - b.sequence)
}
