import type { AgentId, DurationMs } from '../catalogue/ids.ts'
import { type Agent, isStaffed, type WaitingCall } from './groups.ts'
import { basePointsOf } from './precedence.ts'
import { groupOf } from './queue-state.ts'
import { stepAfter } from './requirement.ts'
import { levelByTime } from './schedule.ts'
import type { Shared } from './shared.ts'
import { mayBeOffered } from './waiting-call.ts'

interface ListingPorts {
  readonly shared: Shared
  findAgent(agentId: AgentId): Agent | undefined
}

/** Keeps each waiting call where the agents who may have it now find it. */
export class Listing {
  readonly #ports: ListingPorts
  readonly #shared: Shared

  constructor(ports: ListingPorts) {
    this.#ports = ports
    this.#shared = ports.shared
  }

  /**
   * Lets agents find a call as it stands now: those it prefers, and, unless it is held for them,
   * all who suit.
   */
  enlist(call: WaitingCall): void {
    this.#judge(call)
    if (!mayBeOffered(call)) {
      return
    }
    for (const agent of this.#preferredAgents(call)) {
      agent.preferredBy.add(call)
    }
    if (!call.isHeld) {
      this.#shared.index.addWaiting(call)
    }
  }

  /** Keeps agents from finding a call, as while it is on offer. */
  delist(call: WaitingCall): void {
    if (call.heapIndex >= 0) {
      this.#shared.index.removeWaiting(call)
    }
    for (const agentId of call.preferred?.agentIds ?? []) {
      this.#ports.findAgent(agentId)?.preferredBy.delete(call)
    }
  }

  /** Lists a call anew after something that it depends on has changed. */
  relist(call: WaitingCall): void {
    this.delist(call)
    this.enlist(call)
  }

  /** Works out how a call stands at this instant: overdue or held, its base points, its group. */
  #judge(call: WaitingCall): void {
    const { time, rules } = this.#shared
    const { queue, requirement, enqueuedAt } = call
    const waitedMs = time.now - enqueuedAt
    call.isOverdue = waitedMs >= rules.fairAfterMs
    call.isHeld = !call.isOverdue && this.#isHeld(call, waitedMs)
    call.basePoints = basePointsOf(call, time.now)
    const step = stepAfter(requirement.steps, waitedMs)
    call.group = groupOf(queue, requirement, step, levelByTime(queue, waitedMs))
  }

  #isHeld(call: WaitingCall, waitedMs: DurationMs): boolean {
    const hold = call.preferred?.hold
    if (hold === 'whileStaffed') {
      return this.#preferredAgents(call).some(isStaffed)
    }
    return hold !== undefined && waitedMs < hold
  }

  /** The agents that a call prefers, as far as they are of its queue. */
  #preferredAgents({ preferred, queue }: WaitingCall): readonly Agent[] {
    if (preferred === undefined) {
      return []
    }
    return preferred.agentIds.flatMap((agentId) => {
      const agent = this.#ports.findAgent(agentId)
      return agent?.memberships.has(queue.settings.queueId) === true ? [agent] : []
    })
  }
}
