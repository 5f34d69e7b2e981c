import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import {
  areSameSkills,
  createAgent,
  isSameStatus,
  membershipsOf,
  occupationIn,
  restoreAgent,
  saveAgent,
} from './agent.ts'
import type { Occasion } from './deadlines.ts'
import { Draws } from './draws.ts'
import { type Agent, isStaffed } from './groups.ts'
import type { Shared } from './ports.ts'
import type { AgentSettings } from './settings.ts'
import type { RosterSnapshot } from './snapshot.ts'
import { countStaffed, type Staffing } from './staffing.ts'
import { countWork, loadKey, restToReach } from './workload.ts'

/** The break an agent is put on who does not answer. */
export const missedCallsBreak = 'missedCalls'

/** The rest after a fault of the switch, so that the same offer is not repeated as fast as it fails. */
export const failedRestMs: DurationMs = 1_000

interface RosterPorts {
  readonly shared: Shared
  readonly staffing: Staffing
  /** Called when an agent can be offered a call. */
  onReady(agent: Agent): void
}

/** The agents of a tenant: what they are doing, and until when. */
export class Roster {
  #agents = new Map<AgentId, Agent>()
  readonly #ports: RosterPorts
  readonly #shared: Shared
  readonly #occasion: Occasion<Agent> = { reach: (agent) => this.#reachDeadline(agent) }
  readonly #byState: Record<AgentState, number> = {
    idle: 0,
    reserved: 0,
    ringing: 0,
    talking: 0,
    wrapUp: 0,
    off: 0,
  }
  /** Turns taken by all agents. */
  #turns = 0
  readonly #draws = new Draws()

  constructor(ports: RosterPorts) {
    this.#ports = ports
    this.#shared = ports.shared
  }

  /** How many agents are in each state now. */
  countByState(): Readonly<Record<AgentState, number>> {
    return { ...this.#byState }
  }

  /** As the settings name them. */
  get agents(): IterableIterator<Agent> {
    return this.#agents.values()
  }

  get(agentId: AgentId): Agent | undefined {
    return this.#agents.get(agentId)
  }

  /** Brings in an agent as the settings have them. */
  add(settings: AgentSettings): Agent {
    const agent = createAgent(settings, this.#agents.size, this.#shared.time.now)
    this.#enter(agent)
    if (agent.state === 'idle') {
      this.#addReady(agent)
    }
    return agent
  }

  save(): RosterSnapshot {
    return {
      turns: this.#turns,
      draws: this.#draws.save(),
      agents: [...this.#agents.values()].map((agent) => saveAgent(agent)),
    }
  }

  /** Brings in all agents as a snapshot has them. */
  restore(settings: readonly AgentSettings[], snapshot: RosterSnapshot): void {
    const saved = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.#turns = snapshot.turns
    this.#draws.restore(snapshot.draws)
    for (const own of settings) {
      const agent = createAgent(own, this.#agents.size, this.#shared.time.now)
      const known = saved.get(own.agentId) ?? saveAgent(agent)
      restoreAgent(agent, known)
      this.#enter(agent)
      if (agent.isReady) {
        this.#shared.index.addReady(agent)
      }
      if (known.deadline !== undefined) {
        agent.deadline = this.#shared.deadlines.restore(known.deadline, this.#occasion, agent)
      }
    }
  }

  #reachDeadline(agent: Agent): void {
    switch (agent.state) {
      case 'wrapUp':
        this.free(agent)
        break
      case 'reserved':
        this.#ring(agent)
        break
      default:
        this.#becomeReady(agent)
    }
  }

  #enter(agent: Agent): void {
    this.#agents.set(agent.agentId, agent)
    this.#byState[agent.state] += 1
    this.#shared.index.join(agent)
    if (isStaffed(agent)) {
      countStaffed(agent, 1)
    }
  }

  /** Reserves an agent for a call: nobody else is offered them until they are freed. */
  startRinging(agent: Agent, callId: CallId, queueId: QueueId, afterMs: DurationMs): void {
    const { deadlines, time } = this.#shared
    this.#occupy(agent, afterMs === 0 ? 'ringing' : 'reserved', callId, queueId)
    if (afterMs > 0) {
      agent.deadline = deadlines.set(time.now + afterMs, this.#occasion, agent)
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
    const { deadlines, time } = this.#shared
    this.#setState(agent, 'wrapUp')
    agent.deadline = deadlines.set(time.now + wrapUpMs, this.#occasion, agent)
  }

  prolongWrapUp(agent: Agent, byMs: DurationMs): void {
    const { deadlines, time } = this.#shared
    if (agent.state === 'wrapUp' && agent.deadline !== undefined) {
      const at = Math.max(time.now, agent.deadline.at + byMs)
      this.#cancelDeadline(agent)
      agent.deadline = deadlines.set(at, this.#occasion, agent)
    }
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
    const { staffing } = this.#ports
    const { maxMisses, restMs } = agent.settings
    this.#takeTurn(agent)
    agent.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && agent.misses >= maxMisses && isStaffed(agent)) {
      agent.misses = 0
      staffing.setStatus(agent, { type: 'onBreak', reason: missedCallsBreak })
    }
    const rest = outcome === 'failed' ? failedRestMs : restMs[outcome]
    this.#goIdle(agent, this.#shared.time.now, rest)
    staffing.settle(agent)
  }

  /** Ends an occupation: off, or ready for a call, as the status says. */
  free(agent: Agent): void {
    this.#goIdle(agent, this.#shared.time.now, 0)
  }

  /** A status chosen while occupied takes effect when the occupation ends. */
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

  /** Gives an agent other skills. One who is ready has to look for a call then. */
  setSkills(agent: Agent, skills: ReadonlyMap<SkillId, number>): void {
    const { index } = this.#shared
    if (agent.isReady) {
      index.removeReady(agent)
    }
    agent.skills = skills
    index.regroup(agent)
    if (agent.isReady) {
      index.addReady(agent)
    }
  }

  /** The agent came by the random order: who comes after starts where they stood. */
  noteDraw({ draw }: Agent): void {
    this.#draws.note(draw)
  }

  /** Takes all agents out of their groups, before the queues change. */
  moveOut(): void {
    for (const agent of this.#agents.values()) {
      if (agent.isReady) {
        this.#shared.index.removeReady(agent)
      }
    }
  }

  /**
   * Brings in the agents as the settings name them now. Those known stay as they are, with
   * other skills only where the settings now say other than they did.
   */
  moveIn(settings: readonly AgentSettings[]): void {
    const { index, emit } = this.#shared
    const known = this.#agents
    this.#agents = new Map()
    for (const now of settings) {
      const agent = known.get(now.agentId)
      if (agent === undefined) {
        const { agentId, state, status } = this.add(now)
        if (state !== 'off') {
          emit({
            type: 'agentChanged',
            agentId,
            state,
            previous: 'off',
            status,
            callId: undefined,
          })
        }
        continue
      }
      if (!areSameSkills(agent.settings.skills, now.skills)) {
        agent.skills = now.skills
      }
      agent.settings = now
      agent.loadKey = loadKey(agent.work, this.#shared.rules.occupancyWindowMs)
      agent.memberships = membershipsOf(now)
      agent.index = this.#agents.size
      this.#agents.set(agent.agentId, agent)
      index.join(agent)
      if (isStaffed(agent)) {
        countStaffed(agent, 1)
      }
      if (agent.isReady) {
        index.addReady(agent)
      }
    }
  }

  /** Lets an agent go who is on no offer. */
  remove(agent: Agent): void {
    this.#cancelDeadline(agent)
    this.#removeReady(agent)
    agent.callId = undefined
    agent.queueId = undefined
    agent.status = { type: 'loggedOut' }
    if (agent.state !== 'off') {
      this.#setState(agent, 'off')
    }
    this.#byState.off -= 1
    this.#agents.delete(agent.agentId)
  }

  #ring(agent: Agent): void {
    agent.deadline = undefined
    this.#setState(agent, 'ringing')
  }

  #takeTurn(agent: Agent): void {
    this.#turns += 1
    agent.turn = this.#turns
  }

  /** How long wrap-up after the present call lasts. */
  wrapUpOf({ settings, memberships, queueId }: Agent): DurationMs {
    const queue = queueId === undefined ? undefined : this.#shared.index.queue(queueId)
    const own = queueId === undefined ? undefined : memberships.get(queueId)?.wrapUpMs
    return own ?? settings.wrapUpMs ?? queue?.settings.wrapUpMs ?? 0
  }

  #occupy(agent: Agent, state: AgentState, callId: CallId, queueId: QueueId): void {
    this.#cancelDeadline(agent)
    this.#removeReady(agent)
    agent.callId = callId
    agent.queueId = queueId
    this.#setState(agent, state)
  }

  #goIdle(agent: Agent, idleSinceAt: EpochMs, restMs: DurationMs): void {
    const { deadlines, time, rules } = this.#shared
    this.#cancelDeadline(agent)
    this.#removeReady(agent)
    agent.callId = undefined
    agent.queueId = undefined
    if (!isStaffed(agent)) {
      this.#setState(agent, 'off')
      return
    }
    agent.idleSinceAt = idleSinceAt
    this.#setState(agent, 'idle')
    const { occupancyWindowMs } = rules
    agent.loadKey = loadKey(agent.work, occupancyWindowMs)
    const { maxOccupancy = Number.POSITIVE_INFINITY } = agent.settings
    const rest = Math.max(restMs, restToReach(maxOccupancy, agent.work, occupancyWindowMs))
    if (rest > 0) {
      agent.deadline = deadlines.set(time.now + rest, this.#occasion, agent)
    } else {
      this.#becomeReady(agent)
    }
  }

  #becomeReady(agent: Agent): void {
    agent.deadline = undefined
    this.#addReady(agent)
    this.#ports.onReady(agent)
  }

  #addReady(agent: Agent): void {
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

  #cancelDeadline(agent: Agent): void {
    this.#shared.deadlines.cancel(agent.deadline)
    agent.deadline = undefined
  }

  #setState(agent: Agent, state: AgentState): void {
    const { time, rules, emit } = this.#shared
    const previous = agent.state
    agent.work = countWork(agent.work, occupationIn(previous), time.now, rules.occupancyWindowMs)
    if (previous === 'talking' && state !== 'talking' && agent.talkSince !== undefined) {
      agent.talkMs += time.now - agent.talkSince
      agent.talkSince = undefined
    }
    this.#byState[previous] -= 1
    this.#byState[state] += 1
    agent.state = state
    const { agentId, status, callId } = agent
    emit({ type: 'agentChanged', agentId, state, previous, status, callId })
  }
}
