import type { AgentId, CallId } from './ids.ts'

/** How the time that an agent spends in a state counts towards occupancy. Time that is `off` does not count. */
export type Occupation = 'busy' | 'free' | 'off'

/**
 * What the engine sees of an agent, and how time in that state counts. `reserved`: kept for a call, but the
 * phone does not ring yet, because others ring first or the customer is being dialled. `off`: neither
 * available nor occupied.
 */
export const occupationIn = {
  idle: 'free',
  reserved: 'free',
  ringing: 'free',
  talking: 'busy',
  wrapUp: 'busy',
  off: 'off',
} as const satisfies Record<string, Occupation>

export type AgentState = keyof typeof occupationIn
export const agentStates = Object.keys(occupationIn) as readonly AgentState[]

/** A count for each state, 0 at first. */
export function countsByState(): Record<AgentState, number> {
  return Object.fromEntries(agentStates.map((state) => [state, 0])) as Record<AgentState, number>
}

/** What the agent, or a supervisor, chose. */
export const agentStatuses = ['loggedOut', 'available', 'onBreak'] as const
export type AgentStatusType = (typeof agentStatuses)[number]

/** An agent's choice. An agent is staffed while `available`, whatever they are doing. */
export type AgentStatus =
  | { readonly type: Exclude<AgentStatusType, 'onBreak'> }
  | { readonly type: 'onBreak'; readonly reason: string }

/** A change in the state of an agent. */
export interface AgentChange {
  readonly agentId: AgentId
  readonly state: AgentState
  readonly previous: AgentState
  readonly status: AgentStatus
  readonly callId: CallId | undefined
}
