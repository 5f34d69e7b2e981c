import type { AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import { missedCallsBreak } from '../core/agent-rest.ts'
import type { PhoneResponse, StatusChange } from './world.ts'

/** What agents did on a recorded day by their own choice, not because of the rules. */
export interface RecordedAgents {
  /** The status of each agent in the recording before their first change. */
  readonly first: ReadonlyMap<AgentId, AgentStatus>
  /** The changes of status that they, or their supervisors, chose. */
  readonly changes: readonly StatusChange[]
  /** How their phones were answered. */
  readonly responses: ReadonlyMap<AgentId, readonly PhoneResponse[]>
  /** The mean length of breaks for missed calls; undefined if no agent came back from one. */
  readonly missedBreakMs: DurationMs | undefined
}

/** The fields read from `agent.stateChanged`. */
interface Change {
  readonly agent: string
  readonly at: EpochMs
  readonly previous: string
  readonly status: AgentStatus['type']
  readonly breakReason?: string | undefined
}

const available: AgentStatus = { type: 'available' }

/** Collects what agents did during a recorded day. */
export class AgentHistory {
  readonly #first = new Map<AgentId, AgentStatus>()
  readonly #last = new Map<AgentId, AgentStatus>()
  readonly #changes: StatusChange[] = []
  readonly #responses = new Map<AgentId, PhoneResponse[]>()
  readonly #missedSince = new Map<AgentId, EpochMs>()
  readonly #missedBreaks: DurationMs[] = []

  take({ agent, at, previous, status: type, breakReason = '' }: Change): void {
    const agentId = agent as AgentId
    const isMissed = type === 'onBreak' && breakReason === missedCallsBreak
    this.#noteMissed(agentId, isMissed, at)
    // The recorded rules put the agent on that break. The rules to try may not.
    const status: AgentStatus =
      type === 'onBreak' && !isMissed
        ? { type, reason: breakReason }
        : type === 'loggedOut'
          ? { type }
          : available
    let last = this.#last.get(agentId)
    if (last === undefined) {
      last = previous === 'off' ? { type: 'loggedOut' } : available
      this.#first.set(agentId, last)
    }
    this.#last.set(agentId, status)
    if (describe(last) !== describe(status)) {
      this.#changes.push({ at, agentId, status })
    }
  }

  responded(agentId: AgentId, response: PhoneResponse): void {
    const before = this.#responses.get(agentId)
    if (before === undefined) {
      this.#responses.set(agentId, [response])
    } else {
      before.push(response)
    }
  }

  end(): RecordedAgents {
    const breaks = this.#missedBreaks
    return {
      first: this.#first,
      changes: this.#changes,
      responses: this.#responses,
      missedBreakMs:
        breaks.length === 0
          ? undefined
          : Math.round(breaks.reduce((sum, ms) => sum + ms, 0) / breaks.length),
    }
  }

  #noteMissed(agentId: AgentId, isMissed: boolean, at: EpochMs): void {
    const since = this.#missedSince.get(agentId)
    if (isMissed && since === undefined) {
      this.#missedSince.set(agentId, at)
    } else if (!isMissed && since !== undefined) {
      this.#missedSince.delete(agentId)
      this.#missedBreaks.push(at - since)
    }
  }
}

function describe(status: AgentStatus): string {
  return status.type === 'onBreak' ? `onBreak ${status.reason}` : status.type
}
