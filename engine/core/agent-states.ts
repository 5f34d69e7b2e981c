import {
  type AgentState,
  type AgentStatus,
  countsByState,
  occupationIn,
} from '../catalogue/agent.ts'
import type { CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import { isSameStatus } from './agent.ts'
import { missedCallsBreak, restAfterOffer, restForOccupancy, wrapUpAfter } from './agent-rest.ts'
import type { Occasion, SavedDeadline } from './deadlines.ts'
import { Draws } from './draws.ts'
import { type Agent, isStaffed } from './groups.ts'
import type { Shared } from './shared.ts'
import type { RosterSnapshot } from './snapshot.ts'
import type { Staffing } from './staffing.ts'
import { countWork, loadKey } from './workload.ts'

interface AgentStatesPorts {
  readonly shared: Shared
  readonly staffing: Staffing
  /** Called when an agent can be offered a call. */
  onReady(agent: Agent): void
}

/** Moves agents from state to state, and ends the states that time ends. */
export class AgentStates {
  readonly #ports: AgentStatesPorts
  readonly #shared: Shared
  readonly #deadline: Occasion<Agent> = { reach: (agent) => this.#reachDeadline(agent) }
  readonly #counts = countsByState()
  /** Turns taken by all agents. */
  #turns = 0
  readonly #draws = new Draws()

  constructor(ports: AgentStatesPorts) {
    this.#ports = ports
    this.#shared = ports.shared
  }

  /** How many agents are in each state now. */
  count(): Readonly<Record<AgentState, number>> {
    return { ...this.#counts }
  }

  /** An agent came to the tenant, in the state they have. */
  enter(agent: Agent): void {
    this.#counts[agent.state] += 1
  }

  /** An agent who is on no offer leaves the tenant, logged out. */
  leave(agent: Agent): void {
    this.#vacate(agent)
    agent.status = { type: 'loggedOut' }
    if (agent.state !== 'off') {
      this.#setState(agent, 'off')
    }
    this.#counts.off -= 1
  }

  save(): Pick<RosterSnapshot, 'turns' | 'draws'> {
    return { turns: this.#turns, draws: this.#draws.save() }
  }

  restore({ turns, draws }: Pick<RosterSnapshot, 'turns' | 'draws'>): void {
    this.#turns = turns
    this.#draws.restore(draws)
  }

  /** Sets an agent's deadline again as a snapshot has it. */
  restoreDeadline(agent: Agent, deadline: SavedDeadline): void {
    agent.deadline = this.#shared.deadlines.restore(deadline, this.#deadline, agent)
  }

  /** Reserves an agent for a call. No other call is offered to them until they are freed. */
  startRinging(agent: Agent, callId: CallId, queueId: QueueId, afterMs: DurationMs): void {
    this.#occupy(agent, afterMs === 0 ? 'ringing' : 'reserved', callId, queueId)
    if (afterMs > 0) {
      this.#setDeadline(agent, this.#shared.time.now + afterMs)
    }
  }

  startTalk(agent: Agent, callId: CallId, queueId: QueueId): void {
    this.#removeReady(agent)
    agent.misses = 0
    agent.calls += 1
    this.#takeTurn(agent)
    this.#occupy(agent, 'talking', callId, queueId)
    agent.talkSince = this.#shared.time.now
  }

  startWrapUp(agent: Agent): void {
    const wrapUpMs = this.wrapUpOf(agent)
    if (wrapUpMs === 0) {
      this.free(agent)
      return
    }
    this.#setState(agent, 'wrapUp')
    this.#setDeadline(agent, this.#shared.time.now + wrapUpMs)
  }

  prolongWrapUp(agent: Agent, byMs: DurationMs): void {
    if (agent.state === 'wrapUp' && agent.deadline !== undefined) {
      const at = Math.max(this.#shared.time.now, agent.deadline.at + byMs)
      this.#cancelDeadline(agent)
      this.#setDeadline(agent, at)
    }
  }

  /** How long wrap-up after the present call lasts. */
  wrapUpOf(agent: Agent): DurationMs {
    const { queueId } = agent
    const queue = queueId === undefined ? undefined : this.#shared.index.queue(queueId)
    return wrapUpAfter(agent, queue)
  }

  /**
   * Frees an agent from a failed offer, with the rest that its outcome asks for. After an offer
   * that others ended they keep their place among the idle.
   */
  freeAfter(agent: Agent, outcome: OfferOutcome): void {
    const rest = restAfterOffer(agent, outcome)
    if (outcome === 'withdrawn') {
      this.#goIdle(agent, agent.idleSinceAt, rest)
      return
    }
    const { staffing } = this.#ports
    const { maxMisses } = agent.settings
    this.#takeTurn(agent)
    agent.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && agent.misses >= maxMisses && isStaffed(agent)) {
      agent.misses = 0
      staffing.setStatus(agent, { type: 'onBreak', reason: missedCallsBreak })
    }
    this.#goIdle(agent, this.#shared.time.now, rest)
    staffing.settle(agent)
  }

  /** Ends an occupation. By their status the agent is then off, or ready for a call. */
  free(agent: Agent): void {
    this.#goIdle(agent, this.#shared.time.now, 0)
  }

  /** A status chosen during an occupation takes effect when the occupation ends. */
  chooseStatus(agent: Agent, status: AgentStatus): void {
    const previous = agent.status
    if (previous.type === 'loggedOut' && status.type !== 'loggedOut') {
      this.#removeReady(agent)
      agent.talkMs = 0
      agent.calls = 0
      agent.work = { load: 0, at: this.#shared.time.now }
    }
    this.#ports.staffing.setStatus(agent, status)
    agent.misses = 0
    const isFree = agent.state === 'idle' || agent.state === 'off'
    if (isFree && (agent.state === 'idle') !== isStaffed(agent)) {
      this.free(agent)
    } else if (!isSameStatus(status, previous)) {
      this.#setState(agent, agent.state)
    }
  }

  /** An agent was chosen by their draw: agents who become ready from now on draw above it. */
  noteDraw({ draw }: Agent): void {
    this.#draws.note(draw)
  }

  /** Lets calls find an agent who is free. */
  addReady(agent: Agent): void {
    if (agent.profile.isDrawn) {
      agent.draw = this.#draws.draw(this.#shared.rules.seed)
    }
    agent.isReady = true
    this.#shared.index.addReady(agent)
  }

  #removeReady(agent: Agent): void {
    if (agent.isReady) {
      agent.isReady = false
      this.#shared.index.removeReady(agent)
    }
  }

  #reachDeadline(agent: Agent): void {
    switch (agent.state) {
      case 'wrapUp':
        this.free(agent)
        break
      case 'reserved':
        agent.deadline = undefined
        this.#setState(agent, 'ringing')
        break
      default:
        this.#becomeReady(agent)
    }
  }

  #takeTurn(agent: Agent): void {
    this.#turns += 1
    agent.turn = this.#turns
  }

  #occupy(agent: Agent, state: AgentState, callId: CallId, queueId: QueueId): void {
    this.#cancelDeadline(agent)
    this.#removeReady(agent)
    agent.callId = callId
    agent.queueId = queueId
    this.#setState(agent, state)
  }

  #goIdle(agent: Agent, idleSinceAt: EpochMs, minRestMs: DurationMs): void {
    const { time, rules } = this.#shared
    this.#vacate(agent)
    if (!isStaffed(agent)) {
      this.#setState(agent, 'off')
      return
    }
    agent.idleSinceAt = idleSinceAt
    this.#setState(agent, 'idle')
    agent.loadKey = loadKey(agent.work, rules.occupancyWindowMs)
    const rest = Math.max(minRestMs, restForOccupancy(agent, rules.occupancyWindowMs))
    if (rest > 0) {
      this.#setDeadline(agent, time.now + rest)
    } else {
      this.#becomeReady(agent)
    }
  }

  /** Whatever the agent was doing, or was to do, is over. */
  #vacate(agent: Agent): void {
    this.#cancelDeadline(agent)
    this.#removeReady(agent)
    agent.callId = undefined
    agent.queueId = undefined
  }

  #becomeReady(agent: Agent): void {
    agent.deadline = undefined
    this.addReady(agent)
    this.#ports.onReady(agent)
  }

  #setDeadline(agent: Agent, at: EpochMs): void {
    agent.deadline = this.#shared.deadlines.set(at, this.#deadline, agent)
  }

  #cancelDeadline(agent: Agent): void {
    this.#shared.deadlines.cancel(agent.deadline)
    agent.deadline = undefined
  }

  #setState(agent: Agent, state: AgentState): void {
    const { time, rules, emit } = this.#shared
    const previous = agent.state
    agent.work = countWork(agent.work, occupationIn[previous], time.now, rules.occupancyWindowMs)
    if (previous === 'talking' && state !== 'talking' && agent.talkSince !== undefined) {
      agent.talkMs += time.now - agent.talkSince
      agent.talkSince = undefined
    }
    this.#counts[previous] -= 1
    this.#counts[state] += 1
    agent.state = state
    const { agentId, status, callId } = agent
    emit({ type: 'agentChanged', agentId, state, previous, status, callId })
  }
}
