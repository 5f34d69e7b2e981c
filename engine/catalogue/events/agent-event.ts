import type { AgentChange } from '../agent.ts'
import type { EpochMs } from '../ids.ts'
import type { EngineEvent } from './events.ts'

/** The event that reports a change in an agent. */
export function agentEvent(
  tenant: string,
  { agentId: agent, state, previous, status, callId }: AgentChange,
  at: EpochMs,
): EngineEvent {
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
