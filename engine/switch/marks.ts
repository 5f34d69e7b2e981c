import type { AgentId, EpochMs } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import { dialReasons, type FlowReason } from '../catalogue/outcomes.ts'

/**
 * Why the engine dialled: for a callback, or by a command. `agentFirst`: the channel is that of an
 * agent who is rung before the customer of a callback.
 */
export const callOrigins = [...dialReasons, 'agentFirst'] as const
export type CallOrigin = (typeof callOrigins)[number]

/**
 * The last known state of a caller. `left`: the dialplan moved the caller while waiting. `served`: it
 * moved the caller during a conversation. After either, the channel is not ours until it parks again.
 */
export const callerStates = ['waiting', 'inFlow', 'talking', 'left', 'served'] as const
export type CallerState = (typeof callerStates)[number]

/**
 * The state of a call that the switch stores on the caller's channel, so that another engine can
 * continue the call. The dialplan may set some marks beforehand (`tenant`, `queue`, `priority`, the
 * requirements).
 */
export interface CallMarks {
  /** Never empty. A channel without it is not ours. */
  readonly tenant: string
  /**
   * The queue that the dialplan chose, or the command that dialled the customer. It applies to each
   * park of the channel.
   */
  readonly queue: string
  /** The queue that an engine put the call in. */
  readonly inQueue: string
  /** The dialled number when an engine took the call; a later transfer changes the channel's own. */
  readonly takenNumber: string
  /** Its place in the queue. */
  readonly enqueuedAt: EpochMs
  /** When it entered its present queue, also by overflow. */
  readonly enteredAt: EpochMs
  /** The first queue that the call overflowed from. */
  readonly chargedTo: string
  /** An integer. */
  readonly priority: number
  /** The requirement on agents, in steps of whole seconds. */
  readonly requires: Requirement
  /** The preferred agents. */
  readonly preferredAgents: readonly AgentId[]
  /** How long to wait for the preferred agents only: whole seconds, or while one of them is staffed. */
  readonly preferredHold: Preferred['hold']
  /** Why the engine dialled; absent for an inbound call. */
  readonly origin: CallOrigin
  /**
   * The number that the engine dialled. The other numbers of an outbound channel depend on the switch:
   * after the answer, FreeSWITCH reports the far end as the caller.
   */
  readonly customerNumber: string
  /** Absent until an engine has taken the call. */
  readonly state: CallerState
  /** The agent in the conversation. */
  readonly agentId: AgentId
  /** When that agent answered. */
  readonly answeredAt: EpochMs
  /** The flow that talks to the caller. */
  readonly inFlow: string
  /** What started the flow. */
  readonly flowBy: FlowReason
}

/** Marks to be written: null removes a mark, and marks left out stay unchanged. */
export type MarkChange = { readonly [M in keyof CallMarks]?: CallMarks[M] | null }

/** The marks for the requirements of a call. Requirements left out give no mark. */
export function markNeeds({
  requires,
  preferred,
}: {
  readonly requires?: Requirement | undefined
  readonly preferred?: Preferred | undefined
}): MarkChange {
  return {
    ...(requires === undefined ? {} : { requires }),
    ...(preferred === undefined
      ? {}
      : { preferredAgents: preferred.agentIds, preferredHold: preferred.hold }),
  }
}
