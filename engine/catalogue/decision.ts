import type { AgentId, CallId, DurationMs, QueueId } from './ids.ts'

/** Why an agent of the queue was not asked. */
export type Exclusion =
  | 'loggedOut'
  | 'onBreak'
  /** Ringing, talking or in wrap-up. */
  | 'occupied'
  /** Left alone after an offer that failed, or above the limit of occupancy. */
  | 'resting'
  /** Refused this very call a while ago. */
  | 'declined'
  /** The level is not open yet. */
  | 'tier'
  | 'skill'
  /** The call waits for those it prefers. */
  | 'notPreferred'

/** Why these agents were offered this call. */
export interface Decision {
  /** Which side was looking for the other. */
  readonly soughtBy: 'call' | 'agent'
  /** The queue's strategy. */
  readonly strategy: string
  /** Which step of the call's requirement was in force, from 0. */
  readonly step: number
  /** The highest level that was open; undefined when all were. */
  readonly openLevel: number | undefined
  /** The agents who could have been asked, in their order: the first {@link maxListed}. */
  readonly candidates: readonly {
    readonly agentId: AgentId
    readonly level: number
    /** The value that the strategy compared: idle ms, talk ms, calls, occupancy, turn, position, skill levels... */
    readonly key: number
    /** The score of the strategy plugin, if there is one. */
    readonly score?: number
  }[]
  /** How many could have been asked in all. */
  readonly candidateCount: number
  /** The agents of the queue who could not be asked, in the order of the settings: the first {@link maxListed}. */
  readonly excluded: readonly { readonly agentId: AgentId; readonly why: Exclusion }[]
  readonly excludedCount: Readonly<Partial<Record<Exclusion, number>>>
  /** The first calls of each group that competed for the agent, in order; only the call itself when it was the one looking. */
  readonly calls: readonly {
    readonly callId: CallId
    readonly queueId: QueueId
    /** Ageing included. Beyond the bound of fairness only the place counts. */
    readonly points: number
    readonly waitMs: DurationMs
    readonly score?: number
  }[]
}

/** How many agents, and how many calls, a decision record lists at most. */
export const maxListed = 50
