import type { AgentId, CallId } from './ids.ts'

/**
 * What we see of an agent. `reserved`: a call is theirs and their phone does not ring yet, because
 * others ring first or the customer is being dialled. `off`: neither available nor occupied.
 */
export const agentStates = ['idle', 'reserved', 'ringing', 'talking', 'wrapUp', 'off'] as const
export type AgentState = (typeof agentStates)[number]

/** What the agent, or a supervisor for them, chose. */
export const agentStatuses = ['loggedOut', 'available', 'onBreak'] as const
export type AgentStatusType = (typeof agentStatuses)[number]

/** An agent's choice. An agent is staffed while `available`, whatever they are doing. */
export type AgentStatus =
  | { readonly type: Exclude<AgentStatusType, 'onBreak'> }
  | { readonly type: 'onBreak'; readonly reason: string }

/** A change in what we see of an agent. */
export interface AgentChange {
  readonly agentId: AgentId
  readonly state: AgentState
  readonly previous: AgentState
  readonly status: AgentStatus
  readonly callId: CallId | undefined
}
