import type { AgentId, SkillId } from '../catalogue/ids.ts'
import { areSameSkills, createAgent, membershipsOf, restoreAgent, saveAgent } from './agent.ts'
import type { AgentStates } from './agent-states.ts'
import { type Agent, isStaffed } from './groups.ts'
import type { AgentSettings } from './settings.ts'
import type { Shared } from './shared.ts'
import type { RosterSnapshot } from './snapshot.ts'
import { countStaffed } from './staffing.ts'
import { loadKey } from './workload.ts'

interface RosterPorts {
  readonly shared: Shared
  readonly states: AgentStates
}

/**
 * The agents of a tenant, as the settings name them. What they are doing is in {@link AgentStates}.
 */
export class Roster {
  #agents = new Map<AgentId, Agent>()
  readonly #shared: Shared
  readonly #states: AgentStates

  constructor({ shared, states }: RosterPorts) {
    this.#shared = shared
    this.#states = states
  }

  /** In the order of the settings. */
  get agents(): IterableIterator<Agent> {
    return this.#agents.values()
  }

  get(agentId: AgentId): Agent | undefined {
    return this.#agents.get(agentId)
  }

  /** Adds an agent as the settings have them. */
  add(settings: AgentSettings): Agent {
    const agent = createAgent(settings, this.#agents.size, this.#shared.time.now)
    this.#states.enter(agent)
    this.#join(agent)
    if (agent.state === 'idle') {
      this.#states.addReady(agent)
    }
    return agent
  }

  /** Removes an agent who is on no offer. */
  remove(agent: Agent): void {
    this.#states.leave(agent)
    this.#agents.delete(agent.agentId)
  }

  /** Gives an agent other skills. The caller then lets an agent who is ready look for a call. */
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

  /** Takes all agents out of the index, before the queues change. */
  leaveIndex(): void {
    for (const agent of this.#agents.values()) {
      if (agent.isReady) {
        this.#shared.index.removeReady(agent)
      }
    }
  }

  /**
   * Brings the agents that the settings name now into the new index. Known agents stay as they are;
   * their skills change only where the settings of the skills have changed.
   */
  joinIndex(settings: readonly AgentSettings[]): void {
    const known = this.#agents
    this.#agents = new Map()
    for (const own of settings) {
      const agent = known.get(own.agentId)
      if (agent === undefined) {
        this.#announce(this.add(own))
      } else {
        this.#renew(agent, own)
      }
    }
  }

  save(): RosterSnapshot {
    return {
      ...this.#states.save(),
      agents: [...this.#agents.values()].map((agent) => saveAgent(agent)),
    }
  }

  /** Adds all agents as a snapshot has them. */
  restore(settings: readonly AgentSettings[], snapshot: RosterSnapshot): void {
    const saved = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.#states.restore(snapshot)
    for (const own of settings) {
      const agent = createAgent(own, this.#agents.size, this.#shared.time.now)
      const known = saved.get(own.agentId) ?? saveAgent(agent)
      restoreAgent(agent, known)
      this.#states.enter(agent)
      this.#join(agent)
      if (agent.isReady) {
        this.#shared.index.addReady(agent)
      }
      if (known.deadline !== undefined) {
        this.#states.restoreDeadline(agent, known.deadline)
      }
    }
  }

  #join(agent: Agent): void {
    this.#agents.set(agent.agentId, agent)
    this.#shared.index.join(agent)
    if (isStaffed(agent)) {
      countStaffed(agent, 1)
    }
  }

  #renew(agent: Agent, settings: AgentSettings): void {
    const { index, rules } = this.#shared
    if (!areSameSkills(agent.settings.skills, settings.skills)) {
      agent.skills = settings.skills
    }
    agent.settings = settings
    agent.loadKey = loadKey(agent.work, rules.occupancyWindowMs)
    agent.memberships = membershipsOf(settings)
    agent.index = this.#agents.size
    this.#join(agent)
    if (agent.isReady) {
      index.addReady(agent)
    }
  }

  #announce({ agentId, state, status }: Agent): void {
    if (state !== 'off') {
      const previous = 'off'
      this.#shared.emit({
        type: 'agentChanged',
        agentId,
        state,
        previous,
        status,
        callId: undefined,
      })
    }
  }
}
