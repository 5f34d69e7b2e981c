import type { AgentId, CallId } from './ids.ts'

/**
 * What the engine sees of an agent. `reserved`: kept for a call, but the phone does not ring yet, because
 * others ring first or the customer is being dialled. `off`: neither available nor occupied.
 */
export const agentStates = ['idle', 'reserved', 'ringing', 'talking', 'wrapUp', 'off'] as const
export type AgentState = (typeof agentStates)[number]

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
