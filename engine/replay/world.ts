import type { AgentStatus } from '../catalogue/agent.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { QueueConfig, TenantConfig } from '../config/engine-config.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdSettings } from '../core/settings.ts'

/** A call that comes to its first queue. */
export interface Arrival {
  readonly callId: CallId
  readonly queueId: QueueId
  readonly at: EpochMs
  /** Its place; before `at` for one who has waited already. */
  readonly enqueuedAt: EpochMs
  /** When it came to this very queue: `at`, or before where it was found there. */
  readonly enteredAt: EpochMs
  /** The queue that had given it up before; undefined for none. */
  readonly chargedTo: QueueId | undefined
  /** It was found waiting there: the queue does not refuse it. */
  readonly isAdopted: boolean
  readonly priority: number
  readonly needs: WrittenNeeds
}

/** A command sends a call to another queue, if it still waits then. */
export interface Move {
  readonly at: EpochMs
  readonly queueId: QueueId
}

/** What became known of a call, if it still waits then. */
export interface Learnt {
  readonly at: EpochMs
  readonly enqueuedAt: EpochMs
  readonly priority: number
  readonly needs: WrittenNeeds
}

/** A caller of a simulated day: all that the rules do not decide. */
export interface Caller extends Arrival {
  readonly moves: readonly Move[]
  readonly learnt?: readonly Learnt[]
  /** How long after `enqueuedAt` it leaves unless an agent has answered; Infinity never. */
  readonly patienceMs: DurationMs
  /** How it leaves then: hanging up, or taken away by the dialplan. */
  readonly leaves: 'abandoned' | 'transferred'
  readonly talkMs: DurationMs
}

/** How a phone that rings for a call comes to its end, if nothing ends it before. */
export interface PickUp {
  readonly outcome: 'answered' | Exclude<OfferOutcome, 'withdrawn'>
  /** After the phone began to ring. `noAnswer` takes as long as the phone rings. */
  readonly afterMs: DurationMs
}

/** What an agent chose, and when. */
export interface StatusChange {
  readonly at: EpochMs
  readonly agentId: AgentId
  readonly status: AgentStatus
}

/** What a simulation needs of a tenant's configuration. */
export interface SimulatedTenant {
  readonly tenantId: string
  readonly settings: AcdSettings
  /** Where its queues send the calls they give up, the threshold of their service level, the data of their actions. */
  readonly queues: ReadonlyMap<
    QueueId,
    Pick<QueueConfig, 'overflow' | 'serviceLevelMs' | 'actions'>
  >
}

/** A call centre for a while. */
export interface World {
  readonly tenant: SimulatedTenant
  readonly startAt: EpochMs
  /** Nothing happens after it. @default when the last caller has gone */
  readonly untilAt?: EpochMs
  /** In the order of `at`. Taken one by one: a generator keeps memory small. */
  readonly callers: Iterable<Caller>
  /** In any order. */
  readonly statuses?: readonly StatusChange[]
  /**
   * How the phone of an agent is answered.
   *
   * @param attempt counts the offers of this call to this agent, from 1
   */
  pickUp(caller: Caller, agentId: AgentId, attempt: number): PickUp
  /** When an agent comes back whom the rules put on break for missing calls. @default 5 minutes */
  readonly missedBreakMs?: DurationMs
  /** Takes what happened, in order, as the engine would publish it. */
  publish(event: EngineEvent): void
  /** Looks at each call when it has been queued, and every `everyMs` from then on while it waits. */
  readonly look?: {
    readonly everyMs: DurationMs
    at(callId: CallId, acd: Acd, now: EpochMs): void
  }
}

/** A configured tenant as a simulation needs it, its rules as the engine gives them to the core. */
export function simulatedTenant({
  tenantId,
  rules,
  queues,
  agents,
}: TenantConfig): SimulatedTenant {
  return {
    tenantId,
    queues,
    settings: {
      ...rules,
      recordEvery: 0,
      queues: [...queues.values()].map(({ settings }) => settings),
      agents: [...agents.values()].map(({ settings }) => settings),
    },
  }
}
