import type { AcdEffect } from '../core/event.ts'
import type { EpochMs } from '../core/ids.ts'
import type { EngineEvent } from './events.ts'

/** What the world is told of a change in an agent. */
export function agentEvent(
  tenant: string,
  effect: Extract<AcdEffect, { type: 'agentChanged' }>,
  at: EpochMs,
): EngineEvent {
  const { agentId: agent, state, previous, status, callId } = effect
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
