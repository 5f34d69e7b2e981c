import type { AgentState, AgentStatus } from '../../catalogue/agent.ts'
import type { AgentId, CallId, EpochMs, SkillId } from '../../catalogue/ids.ts'
import type { AcdEffect, AcdEvent, CallQueued } from '../event.ts'
import type { AcdSettings } from '../settings.ts'

/** One step as it was played. */
export interface Played {
  readonly event: AcdEvent
  readonly at: EpochMs
  readonly effects: readonly AcdEffect[]
}

/** A call as it came, with what was learnt of it since. */
export interface SeenCall extends Omit<CallQueued, 'type'> {
  /** The queue gave it up: it waits for no agent. */
  readonly isGivenUp: boolean
}

/**
 * What can be known from the events and the effects alone. Deadlines must come in steps of their
 * own: see {@link play}.
 */
export class Observer {
  settings: AcdSettings
  /** Calls that were let in and have not ended, in the order they came. */
  readonly calls = new Map<CallId, SeenCall>()
  /** Which agents are reserved for a call, and until when. */
  readonly offers = new Map<CallId, { agentIds: readonly AgentId[]; deadlineAt: EpochMs }>()
  readonly states = new Map<AgentId, AgentState>()
  readonly statuses = new Map<AgentId, AgentStatus>()
  readonly skills = new Map<AgentId, ReadonlyMap<SkillId, number>>()
  /** Until when an agent is kept from a call. */
  readonly #apartUntil = new Map<string, EpochMs>()
  readonly #restsUntil = new Map<AgentId, EpochMs>()
  /** Agents who became idle with a limit of occupancy, and may rest for longer. */
  readonly #mayRest = new Set<AgentId>()
  /** The rest that follows from what an agent has just done. */
  readonly #restMs = new Map<AgentId, number>()

  constructor(settings: AcdSettings) {
    this.settings = settings
    for (const agent of settings.agents) {
      this.#meet(agent.agentId)
      if (agent.status.type === 'available') {
        this.states.set(agent.agentId, 'idle')
      }
    }
  }

  /** Takes in an event and its effects. `onEffect` is called before each effect is taken in. */
  observe({ event, at, effects }: Played, onEffect: (effect: AcdEffect) => void = () => {}): void {
    this.#observeEvent(event, at)
    for (const effect of effects) {
      onEffect(effect)
      this.#observeEffect(effect, at)
    }
    for (const agentId of this.states.keys()) {
      if (!this.settings.agents.some((agent) => agent.agentId === agentId)) {
        this.states.delete(agentId)
      }
    }
  }

  isWaiting(callId: CallId): boolean {
    return this.calls.get(callId)?.isGivenUp === false && !this.offers.has(callId)
  }

  /** Idle, and not resting after a refusal. */
  mayBeReady(agentId: AgentId, at: EpochMs): boolean {
    return this.states.get(agentId) === 'idle' && (this.#restsUntil.get(agentId) ?? at) <= at
  }

  /** Idle, and not resting for any reason. */
  isReady(agentId: AgentId, at: EpochMs): boolean {
    return this.mayBeReady(agentId, at) && !this.#mayRest.has(agentId)
  }

  areApart(callId: CallId, agentId: AgentId, at: EpochMs): boolean {
    return (this.#apartUntil.get(`${callId} ${agentId}`) ?? at) > at
  }

  #observeEvent(event: AcdEvent, at: EpochMs): void {
    switch (event.type) {
      case 'callQueued':
        if (!this.calls.has(event.callId)) {
          const enqueuedAt = Math.min(event.enqueuedAt, at)
          this.calls.set(event.callId, { ...event, enqueuedAt, isGivenUp: false })
        }
        break
      case 'callChanged': {
        const call = this.calls.get(event.callId)
        if (call?.isGivenUp === false) {
          const { type, enqueuedAt = call.enqueuedAt, ...brought } = event
          const place = Math.min(call.enqueuedAt, enqueuedAt)
          this.calls.set(event.callId, { ...call, ...brought, enqueuedAt: place })
        }
        break
      }
      case 'callLeft':
      case 'talkFound':
        this.#forget(event.callId)
        break
      case 'offerAccepted':
        if (this.offers.get(event.callId)?.agentIds.includes(event.agentId) === true) {
          this.#forget(event.callId)
        }
        break
      case 'offerFailed':
        if (this.offers.get(event.callId)?.agentIds.includes(event.agentId) === true) {
          const { callId, agentId, outcome } = event
          if (outcome !== 'withdrawn') {
            this.#refuse(callId, agentId, outcome, at)
          }
          this.#release(callId, agentId)
        }
        break
      case 'skillsSet':
        if (this.skills.has(event.agentId)) {
          this.skills.set(event.agentId, event.skills)
        }
        break
      case 'settingsChanged':
        this.#changeSettings(event.settings)
        break
      case 'talkEnded':
      case 'wrapUpEnded':
      case 'wrapUpProlonged':
      case 'statusChosen':
      case 'timePassed':
      case 'callReached':
        // What they do to agents shows in the effects.
        break
    }
  }

  #observeEffect(effect: AcdEffect, at: EpochMs): void {
    switch (effect.type) {
      case 'offer':
        this.offers.set(effect.callId, effect)
        break
      case 'withdraw':
        if (effect.reason === 'expired') {
          this.#refuse(effect.callId, effect.agentId, 'noAnswer', at)
        }
        if (effect.reason !== 'late') {
          this.#release(effect.callId, effect.agentId)
        }
        break
      case 'overflow': {
        const call = this.calls.get(effect.callId)
        if (effect.reason === 'full' || effect.reason === 'joinUnstaffed') {
          this.calls.delete(effect.callId)
        } else if (call !== undefined) {
          this.calls.set(effect.callId, { ...call, isGivenUp: true })
        }
        break
      }
      case 'agentChanged':
        this.states.set(effect.agentId, effect.state)
        this.statuses.set(effect.agentId, effect.status)
        if (effect.state === 'idle') {
          this.#beIdle(effect.agentId, at)
        }
        this.#restMs.delete(effect.agentId)
        break
      case 'actionDue':
      case 'scorerFailed':
        break
    }
  }

  #beIdle(agentId: AgentId, at: EpochMs): void {
    const agent = this.settings.agents.find((named) => named.agentId === agentId)
    this.#restsUntil.set(agentId, at + (this.#restMs.get(agentId) ?? 0))
    this.#mayRest.delete(agentId)
    if (agent?.maxOccupancy !== undefined) {
      this.#mayRest.add(agentId)
    }
  }

  #changeSettings(settings: AcdSettings): void {
    const before = this.settings.agents
    this.settings = settings
    for (const { agentId, skills } of settings.agents) {
      const known = before.find((agent) => agent.agentId === agentId)
      if (known === undefined) {
        this.#meet(agentId)
      } else if (JSON.stringify([...known.skills]) !== JSON.stringify([...skills])) {
        this.skills.set(agentId, skills)
      }
    }
  }

  #meet(agentId: AgentId): void {
    const agent = this.settings.agents.find((named) => named.agentId === agentId)
    if (agent !== undefined) {
      this.states.set(agentId, 'off')
      this.statuses.set(agentId, agent.status)
      this.skills.set(agentId, agent.skills)
      this.#restsUntil.delete(agentId)
      this.#mayRest.delete(agentId)
    }
  }

  #forget(callId: CallId): void {
    this.calls.delete(callId)
    this.offers.delete(callId)
  }

  #release(callId: CallId, agentId: AgentId): void {
    const offer = this.offers.get(callId)
    const agentIds = (offer?.agentIds ?? []).filter((other) => other !== agentId)
    if (offer === undefined || agentIds.length === 0) {
      this.offers.delete(callId)
    } else {
      this.offers.set(callId, { ...offer, agentIds })
    }
  }

  #refuse(
    callId: CallId,
    agentId: AgentId,
    outcome: 'busy' | 'declined' | 'noAnswer' | 'unreachable' | 'failed',
    at: EpochMs,
  ): void {
    const { queues, agents } = this.settings
    const queue = queues.find(({ queueId }) => queueId === this.calls.get(callId)?.queueId)
    const agent = agents.find((named) => named.agentId === agentId)
    this.#apartUntil.set(`${callId} ${agentId}`, at + (queue?.retryDeclinedMs ?? 0))
    this.#restMs.set(agentId, outcome === 'failed' ? 1_000 : (agent?.restMs[outcome] ?? 0))
  }
}
