import type { Deadlines } from './deadlines.ts'
import type { AcdEffect, AgentState, OfferOutcome } from './event.ts'
import { type Agent, isAvailable } from './groups.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from './ids.ts'
import type { MatchIndex } from './match-index.ts'
import type { AgentSettings, AgentStatus } from './settings.ts'
import type { SteadyTime } from './steady-time.ts'

/** The break an agent is put on who does not answer. */
export const missedCallsBreak = 'missedCalls'

/** The rest after a fault of the switch, so that the same offer is not repeated as fast as it fails. */
export const failedRestMs: DurationMs = 1_000

interface RosterPorts {
  readonly index: MatchIndex
  readonly deadlines: Deadlines
  readonly time: SteadyTime
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

  constructor(agents: readonly AgentSettings[], ports: RosterPorts) {
    this.#ports = ports
    for (const settings of agents) {
      this.#add(settings)
    }
  }

  /** How many agents are in each state now. */
  countByState(): Readonly<Record<AgentState, number>> {
    return { ...this.#byState }
  }

  get(agentId: AgentId): Agent | undefined {
    return this.#agents.get(agentId)
  }

  /** Reserves an agent for a call: nobody else is offered them until they are freed. */
  startRinging(agent: Agent, callId: CallId, queueId: QueueId): void {
    this.#occupy(agent, 'ringing', callId, queueId)
  }

  startTalk(agent: Agent, callId: CallId, queueId: QueueId): void {
    agent.misses = 0
    this.#occupy(agent, 'talking', callId, queueId)
  }

  startWrapUp(agent: Agent, wrapUpMs: DurationMs): void {
    if (wrapUpMs === 0) {
      this.free(agent)
      return
    }
    const { deadlines, time } = this.#ports
    this.#setState(agent, 'wrapUp')
    agent.deadline = deadlines.set(time.now + wrapUpMs, () => this.free(agent))
  }

  /**
   * Frees an agent from an offer that came to nothing, with the rest that its
   * outcome asks for. Whose offer others ended keeps the place among the idle.
   */
  freeAfter(agent: Agent, outcome: OfferOutcome): void {
    if (outcome === 'withdrawn') {
      this.#goIdle(agent, agent.idleSinceAt, 0)
      return
    }
    const { maxMisses, restMs } = agent.settings
    agent.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && agent.misses >= maxMisses && isAvailable(agent)) {
      agent.misses = 0
      agent.status = { type: 'onBreak', reason: missedCallsBreak }
    }
    const rest = outcome === 'failed' ? failedRestMs : restMs[outcome]
    this.#goIdle(agent, this.#ports.time.now, rest)
  }

  /** Ends an occupation: off, or ready for a call, as the status says. */
  free(agent: Agent): void {
    this.#goIdle(agent, this.#ports.time.now, 0)
  }

  /** A status chosen while occupied takes effect when the occupation ends. */
  chooseStatus(agent: Agent, status: AgentStatus): void {
    const previous = agent.status
    agent.status = status
    agent.misses = 0
    const isFree = agent.state === 'idle' || agent.state === 'off'
    if (isFree && (agent.state === 'idle') !== isAvailable(agent)) {
      this.free(agent)
    } else if (!isSameStatus(status, previous)) {
      this.#setState(agent, agent.state)
    }
  }

  #add(settings: AgentSettings): void {
    const agent: Agent = {
      agentId: settings.agentId,
      settings,
      profile: this.#ports.index.profileOf(settings),
      status: settings.status,
      state: settings.status.type === 'available' ? 'idle' : 'off',
      idleSinceAt: this.#ports.time.now,
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

  #occupy(agent: Agent, state: 'ringing' | 'talking', callId: CallId, queueId: QueueId): void {
    this.#cancelDeadline(agent)
    agent.profile.idle.remove(agent)
    agent.callId = callId
    agent.queueId = queueId
    this.#setState(agent, state)
  }

  #goIdle(agent: Agent, idleSinceAt: EpochMs, restMs: DurationMs): void {
    const { deadlines, time } = this.#ports
    this.#cancelDeadline(agent)
    agent.profile.idle.remove(agent)
    agent.callId = undefined
    agent.queueId = undefined
    if (!isAvailable(agent)) {
      this.#setState(agent, 'off')
      return
    }
    agent.idleSinceAt = idleSinceAt
    this.#setState(agent, 'idle')
    if (restMs > 0) {
      agent.deadline = deadlines.set(time.now + restMs, () => this.#becomeReady(agent))
    } else {
      this.#becomeReady(agent)
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

function isSameStatus(a: AgentStatus, b: AgentStatus): boolean {
  return a.type === 'onBreak' && b.type === 'onBreak' ? a.reason === b.reason : a.type === b.type
}
