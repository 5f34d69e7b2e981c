import type { AgentStatus } from '../catalogue/agent.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { QueueConfig, TenantConfig } from '../config/engine-config.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdSettings } from '../core/settings.ts'

/** A call that enters its first queue. */
export interface Arrival {
  readonly callId: CallId
  readonly queueId: QueueId
  readonly at: EpochMs
  /** Its place in the queue; before `at` if it has waited already. */
  readonly enqueuedAt: EpochMs
  /** When it entered this queue: `at`, or earlier if an engine found it there. */
  readonly enteredAt: EpochMs
  /** The queue that gave it up before, if any. */
  readonly chargedTo: QueueId | undefined
  /** An engine found it waiting there, so the queue does not refuse it. */
  readonly isAdopted: boolean
  readonly priority: number
  readonly needs: WrittenNeeds
}

/** A command that moves a call to another queue, if the call still waits then. */
export interface Move {
  readonly at: EpochMs
  readonly queueId: QueueId
}

/** A change of a call's place, priority or needs, if the call still waits then. */
export interface CallChange {
  readonly at: EpochMs
  readonly enqueuedAt: EpochMs
  readonly priority: number
  readonly needs: WrittenNeeds
}

/** A caller of a simulated day: everything that the rules do not decide. */
export interface Caller extends Arrival {
  readonly moves: readonly Move[]
  readonly changes?: readonly CallChange[]
  /** How long after `enqueuedAt` the call leaves unless an agent has answered. Infinity: never. */
  readonly patienceMs: DurationMs
  /** How it leaves: the caller hangs up, or the dialplan transfers the call. */
  readonly leaves: 'abandoned' | 'transferred'
  readonly talkMs: DurationMs
}

/** How the ringing of a phone ends, unless something else ends it first. */
export interface PhoneResponse {
  readonly outcome: 'answered' | Exclude<OfferOutcome, 'withdrawn'>
  /** Time from the start of ringing. Ignored for `noAnswer`, which lasts as long as the queue allows. */
  readonly afterMs: DurationMs
}

/** A status that an agent chose, and when. */
export interface StatusChange {
  readonly at: EpochMs
  readonly agentId: AgentId
  readonly status: AgentStatus
}

/** The part of a tenant's configuration that a simulation needs. */
export interface SimulatedTenant {
  readonly tenantId: string
  readonly settings: AcdSettings
  /** For each queue: overflow targets, the threshold of the service level, the data of actions. */
  readonly queues: ReadonlyMap<
    QueueId,
    Pick<QueueConfig, 'overflow' | 'serviceLevelMs' | 'actions'>
  >
}

/** A call centre to simulate. */
export interface World {
  readonly tenant: SimulatedTenant
  readonly startAt: EpochMs
  /** The simulation stops here. @default when nothing is left to happen */
  readonly untilAt?: EpochMs
  /** In the order of `at`. Taken one by one, so a generator needs little memory. */
  readonly callers: Iterable<Caller>
  /** In any order. */
  readonly statuses?: readonly StatusChange[]
  /**
   * Decides how an agent's phone responds to an offer.
   *
   * @param attempt the number of the offer of this call to this agent, from 1
   */
  respond(caller: Caller, agentId: AgentId, attempt: number): PhoneResponse
  /** How long a break for missed calls lasts. @default 5 minutes */
  readonly missedBreakMs?: DurationMs
  /** Takes the events in order, as the engine would publish them. */
  publish(event: EngineEvent): void
  /** Inspects each call after it has been queued, and every `everyMs` while it waits. */
  readonly look?: {
    readonly everyMs: DurationMs
    at(callId: CallId, acd: Acd, now: EpochMs): void
  }
}

/** Prepares a configured tenant for simulation. The core gets its rules as from the engine. */
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
