import { z } from 'zod'
import { type AgentChange, agentStates, agentStatuses } from '../agent.ts'
import type { EpochMs } from '../ids.ts'
import { agent, at } from './fields.ts'

const state = z.enum(agentStates)

/** Events of an agent. */
export const agentEvents = {
  'agent.stateChanged': z
    .object({
      tenant: z.string().describe('the tenant of the agent'),
      agent,
      at,
      state: state.describe('the state of the agent now; `off`: logged out or on break'),
      previous: state.describe('the state before'),
      status: z.enum(agentStatuses).describe('the status that the agent, or a supervisor, chose'),
      breakReason: z.string().optional().describe('the reason; only with `onBreak`'),
      callId: z.string().optional().describe('the call that occupies the agent, if any'),
    })
    .describe('The state of an agent has changed.'),
} as const

interface AgentEvent {
  readonly type: 'agent.stateChanged'
  readonly data: z.infer<(typeof agentEvents)['agent.stateChanged']>
}

/** The event that reports a change in an agent. */
export function agentEvent(
  tenant: string,
  { agentId: agent, state, previous, status, callId }: AgentChange,
  at: EpochMs,
): AgentEvent {
  return {
    type: 'agent.stateChanged',
    data: {
      tenant,
      agent,
      at,
      state,
      previous,
      status: status.type,
      ...(status.type === 'onBreak' ? { breakReason: status.reason } : {}),
      ...(callId === undefined ? {} : { callId }),
    },
  }
}
