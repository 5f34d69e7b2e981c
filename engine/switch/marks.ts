import type { AgentId, EpochMs } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import { dialReasons, type FlowReason } from '../catalogue/outcomes.ts'

/**
 * Why we dialled: owed a callback, or told to by a command. `agentFirst`: it is the channel of an
 * agent, rung before the customer of a callback.
 */
export const callOrigins = [...dialReasons, 'agentFirst'] as const
export type CallOrigin = (typeof callOrigins)[number]

/**
 * What an engine last did with a caller. `left` and `served`: the dialplan took the caller
 * away while waiting, or from a conversation; the channel is not ours unless it parks again.
 */
export const callerStates = ['waiting', 'inFlow', 'talking', 'left', 'served'] as const
export type CallerState = (typeof callerStates)[number]

/**
 * What the switch remembers of a call, written on the caller's own channel: an engine that
 * finds the channel goes on from there. The dialplan may write some of them before an
 * engine does (`tenant`, `queue`, `priority`, what the call needs).
 */
export interface CallMarks {
  /** Never empty: a channel without it is not ours. */
  readonly tenant: string
  /** The dialplan's choice, or that of whoever had the customer dialled. It stands for each park of the channel. */
  readonly queue: string
  /** Where an engine has put it. */
  readonly inQueue: string
  /** The number dialled when an engine took it; a transfer since has changed the channel's own. */
  readonly takenNumber: string
  /** Its place. */
  readonly enqueuedAt: EpochMs
  /** When it came to its present queue, overflow included. */
  readonly enteredAt: EpochMs
  /** The first queue that gave it up. */
  readonly chargedTo: string
  /** Whole points. */
  readonly priority: number
  /** What it asks of its agent, in steps of whole seconds. */
  readonly requires: Requirement
  /** The agents it prefers. */
  readonly preferredAgents: readonly AgentId[]
  /** How long it waits for those alone, in whole seconds or while one is staffed. */
  readonly preferredHold: Preferred['hold']
  /** Why we dialled; absent for one who dialled us. */
  readonly origin: CallOrigin
  /**
   * The number we dialled. The other numbers of a channel we dialled are what the switch
   * makes of them: an answered one bears its far end's as the caller's.
   */
  readonly customerNumber: string
  /** Absent where no engine has taken it. */
  readonly state: CallerState
  /** The agent it talks to. */
  readonly agentId: AgentId
  /** When that agent answered. */
  readonly answeredAt: EpochMs
  /** The flow that talks to the caller. */
  readonly inFlow: string
  /** What led the caller to it. */
  readonly flowBy: FlowReason
}

/** Marks to be written: null takes one away, and what is left out stays as it is. */
export type MarkChange = { readonly [M in keyof CallMarks]?: CallMarks[M] | null }

/** The marks of what a call needs of its agent; of what is left out, none. */
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
