import type { EngineEvent, EventData } from '../bus/events.ts'
import type { Overflow } from '../config/engine-config.ts'
import type { AcdEffect, OverflowReason } from '../core/event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../core/ids.ts'
import type { Caller } from './world.ts'

// Data is written out rather than spread: copies of shared fields made a simulated day four times slower.

/** The events of one simulated call, in the words the engine would publish them. */
export class CallNews {
  readonly tenant: string
  readonly callId: CallId
  readonly #caller: Caller
  readonly #publish: (event: EngineEvent) => void
  #waitMs: DurationMs = 0

  constructor(tenant: string, caller: Caller, publish: (event: EngineEvent) => void) {
    this.tenant = tenant
    this.callId = caller.callId
    this.#caller = caller
    this.#publish = publish
  }

  queued(at: EpochMs, queue: QueueId): void {
    const { enqueuedAt, priority } = this.#caller
    const { tenant, callId } = this
    const data = { tenant, callId, at, queue, enqueuedAt, priority, isAdopted: false }
    this.#publish({ type: 'call.queued', data })
  }

  offered(at: EpochMs, queue: QueueId, agent: AgentId, offerId: string, deadlineAt: EpochMs): void {
    const { tenant, callId } = this
    const waitMs = this.#waited(at)
    this.#publish({
      type: 'call.offered',
      data: { tenant, callId, at, queue, agent, offerId, waitMs, deadlineAt, matchUs: 0 },
    })
  }

  offerEnded(
    at: EpochMs,
    queue: QueueId,
    agent: AgentId,
    offerId: string,
    outcome: EventData<'call.offerEnded'>['outcome'],
    cause: string,
  ): void {
    const { tenant, callId } = this
    const data = { tenant, callId, at, queue, agent, offerId, outcome, cause }
    this.#publish({ type: 'call.offerEnded', data })
  }

  answered(
    at: EpochMs,
    queue: QueueId,
    agent: AgentId,
    offerId: string,
    serviceLevelMs: DurationMs,
  ): void {
    const { tenant, callId } = this
    const waitMs = this.#waited(at)
    const isWithinThreshold = waitMs <= serviceLevelMs
    this.#waitMs = waitMs
    const data = { tenant, callId, at, queue, agent, offerId, waitMs, isWithinThreshold }
    this.#publish({ type: 'call.answered', data })
  }

  completed(at: EpochMs, queue: QueueId, agent: AgentId, talkMs: DurationMs): void {
    const { tenant, callId } = this
    const waitMs = this.#waitMs
    this.#publish({
      type: 'call.completed',
      data: { tenant, callId, at, queue, agent, waitMs, talkMs, holdMs: 0, endedBy: 'caller' },
    })
  }

  /** The caller has gone, the way the caller's plan says. */
  left(at: EpochMs, queue: QueueId, wasRinging: boolean): void {
    const { tenant, callId } = this
    const waitMs = this.#waited(at)
    this.#publish(
      this.#caller.leaves === 'abandoned'
        ? { type: 'call.abandoned', data: { tenant, callId, at, queue, waitMs, wasRinging } }
        : { type: 'call.transferred', data: { tenant, callId, at, queue, talkMs: 0 } },
    )
  }

  overflowed(at: EpochMs, queue: QueueId, reason: OverflowReason, way: Overflow | undefined): void {
    const waitMs = this.#waited(at)
    const { tenant, callId } = this
    const data = { tenant, callId, at, queue, waitMs, reason, to: describe(way) }
    this.#publish({ type: 'call.overflowed', data })
  }

  #waited(at: EpochMs): DurationMs {
    return Math.max(0, at - this.#caller.enqueuedAt)
  }
}

/** A change in a simulated agent, in the words of the engine. */
export function agentNews(
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

function describe(way: Overflow | undefined): string {
  switch (way?.type) {
    case 'queue':
      return `queue ${way.queueId}`
    case 'flow':
      return `flow ${way.flow}`
    case 'transfer':
      return `transfer ${way.extension}`
    default:
      return `hangup ${way?.cause ?? 'NORMAL_CLEARING'}`
  }
}
