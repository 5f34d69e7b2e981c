import { type Agent, isAvailable } from './agent.ts'
import type { Deadlines } from './deadlines.ts'
import type { AcdEffect, AgentState, OfferOutcome } from './event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from './ids.ts'
import type { MatchIndex } from './match-index.ts'
import type { AgentSettings, AgentStatus } from './settings.ts'

/** The break an agent is put on who does not answer. */
export const missedCallsBreak = 'missedCalls'

interface RosterPorts {
  readonly index: MatchIndex
  readonly deadlines: Deadlines
  now(): EpochMs
  emit(effect: AcdEffect): void
  /** Called when an agent can be offered a call. */
  onReady(agent: Agent): void
}

/** The agents of a tenant: what they are doing, and until when. */
export class Roster {
  readonly #agents = new Map<AgentId, Agent>()
  readonly #ports: RosterPorts
  readonly #byState: Record<AgentState, number> = {
    idle: 0,
    reserved: 0,
    ringing: 0,
    talking: 0,
    wrapUp: 0,
    off: 0,
  }

  constructor(ports: RosterPorts) {
    this.#ports = ports
  }

  get byState(): Readonly<Record<AgentState, number>> {
    return this.#byState
  }

  get(agentId: AgentId): Agent | undefined {
    return this.#agents.get(agentId)
  }

  add(settings: AgentSettings): void {
    const agent: Agent = {
      agentId: settings.agentId,
      settings,
      profile: this.#ports.index.profileOf(settings),
      status: settings.status,
      state: settings.status.type === 'available' ? 'idle' : 'off',
      idleSinceAt: this.#ports.now(),
      misses: 0,
      callId: undefined,
      queueId: undefined,
      deadline: undefined,
      heapIndex: -1,
    }
    this.#agents.set(agent.agentId, agent)
    this.#byState[agent.state] += 1
    if (agent.state === 'idle') {
      agent.profile.idle.push(agent)
    }
  }

  /** Takes an agent for a call; nobody else is offered them until they are freed. */
  occupy(agent: Agent, state: 'ringing' | 'talking', callId: CallId, queueId: QueueId): void {
    this.#cancelDeadline(agent)
    agent.profile.idle.remove(agent)
    agent.callId = callId
    agent.queueId = queueId
    this.#setState(agent, state)
  }

  startTalk(agent: Agent): void {
    agent.misses = 0
    this.#setState(agent, 'talking')
  }

  startWrapUp(agent: Agent, wrapUpMs: DurationMs): void {
    if (wrapUpMs === 0) {
      this.free(agent, 0)
      return
    }
    this.#setState(agent, 'wrapUp')
    const endAt = this.#ports.now() + wrapUpMs
    agent.deadline = this.#ports.deadlines.set(endAt, () => this.free(agent, 0))
  }

  /** Frees an agent from an offer that came to nothing, with the rest that its outcome asks for. */
  freeAfter(agent: Agent, outcome: OfferOutcome): void {
    agent.misses += outcome === 'noAnswer' ? 1 : 0
    const { maxMisses, restMs } = agent.settings
    if (maxMisses > 0 && agent.misses >= maxMisses && isAvailable(agent)) {
      agent.misses = 0
      agent.status = { type: 'onBreak', reason: missedCallsBreak }
    }
    this.free(agent, outcome === 'withdrawn' || outcome === 'failed' ? 0 : restMs[outcome])
  }

  /** Ends an occupation: off, resting, or ready for a call, as the status says. */
  free(agent: Agent, restMs: DurationMs): void {
    this.#cancelDeadline(agent)
    agent.callId = undefined
    agent.queueId = undefined
    agent.profile.idle.remove(agent)
    if (!isAvailable(agent)) {
      this.#setState(agent, 'off')
      return
    }
    agent.idleSinceAt = this.#ports.now()
    this.#setState(agent, 'idle')
    if (restMs > 0) {
      const endAt = agent.idleSinceAt + restMs
      agent.deadline = this.#ports.deadlines.set(endAt, () => this.#becomeReady(agent))
    } else {
      this.#becomeReady(agent)
    }
  }

  /** A status chosen while occupied takes effect when the occupation ends. */
  chooseStatus(agent: Agent, status: AgentStatus): void {
    const wasAvailable = isAvailable(agent)
    agent.status = status
    agent.misses = 0
    const isFree = agent.state === 'idle' || agent.state === 'off'
    if (isFree && wasAvailable !== isAvailable(agent)) {
      this.free(agent, 0)
    } else {
      this.#setState(agent, agent.state)
    }
  }

  #becomeReady(agent: Agent): void {
    agent.deadline = undefined
    agent.profile.idle.push(agent)
    this.#ports.onReady(agent)
  }

  #cancelDeadline(agent: Agent): void {
    this.#ports.deadlines.cancel(agent.deadline)
    agent.deadline = undefined
  }

  #setState(agent: Agent, state: AgentState): void {
    const previous = agent.state
    this.#byState[previous] -= 1
    this.#byState[state] += 1
    agent.state = state
    this.#ports.emit({
      type: 'agentChanged',
      agentId: agent.agentId,
      state,
      previous,
      status: agent.status,
      callId: agent.callId,
    })
  }
}
