import { type AgentState, countsByState } from '../catalogue/agent.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

interface Agent {
  state: AgentState
  sinceAt: EpochMs
}

/** The agents of one tenant: the state each is in, and the time spent in each state. */
export interface AgentLedger {
  /** Agents now in each state. */
  readonly counts: Readonly<Record<AgentState, number>>
  /** The agent is in `state` from `at` on. Returns the state before, and how long it lasted. */
  change(
    agentId: string,
    state: AgentState,
    at: EpochMs,
  ): { readonly state: AgentState; readonly lastedMs: DurationMs } | undefined
  /** Time spent in each state by all agents, up to `now`. */
  spentMs(now: EpochMs): Record<AgentState, DurationMs>
}

export function createAgentLedger(): AgentLedger {
  const agents = new Map<string, Agent>()
  const counts = countsByState()
  const spent = countsByState()

  return {
    counts,
    change(agentId, state, at) {
      const agent = agents.get(agentId)
      counts[state]++
      if (agent === undefined) {
        agents.set(agentId, { state, sinceAt: at })
        return undefined
      }
      const before = { state: agent.state, lastedMs: Math.max(0, at - agent.sinceAt) }
      counts[before.state]--
      spent[before.state] += before.lastedMs
      agent.state = state
      agent.sinceAt = at
      return before
    },
    spentMs(now) {
      const total = { ...spent }
      for (const { state, sinceAt } of agents.values()) {
        total[state] += Math.max(0, now - sinceAt)
      }
      return total
    },
  }
}
