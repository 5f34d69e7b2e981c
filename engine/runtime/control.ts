import type { AgentState, AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../catalogue/ids.ts'
import { isLevel, namePattern } from '../catalogue/limits.ts'
import { done, type PlainReply, refuse } from '../catalogue/refusals.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdEvent } from '../core/event.ts'
import type { StrategyName } from '../core/strategies.ts'
import type { TenantSettings } from './settings.ts'

/** A queue at this instant. */
export interface QueueListing {
  readonly queueId: QueueId
  readonly strategy: StrategyName
  readonly waiting: number
  /** Agents of it who are on duty, and of those who are free for a call. */
  readonly staffed: number
  readonly idle: number
  /** Since when the longest of them waits. */
  readonly oldestAt: EpochMs | undefined
}

/** An agent at this instant. */
export interface AgentListing {
  readonly agentId: AgentId
  readonly state: AgentState
  readonly status: AgentStatus
  /** The call that occupies them. */
  readonly callId: CallId | undefined
  readonly skills: ReadonlyMap<SkillId, number>
  readonly queueIds: readonly QueueId[]
}

/** The tenant at work, as far as it is controlled. */
interface Controlled {
  readonly settings: TenantSettings
  readonly acd: Acd
  notifyCore(event: AcdEvent): void
}

const longestReason = 200
const longestProlongMs: DurationMs = 3_600_000

/** What a tenant can be told and asked of agents and queues. Ids are checked, and a refusal is a value. */
export class Control {
  readonly #tenant: Controlled

  constructor(tenant: Controlled) {
    this.#tenant = tenant
  }

  /** What the agent, or a supervisor for them, chose. On a call, a break begins after it. */
  setStatus(agentId: string, status: AgentStatus): PlainReply {
    if (status.type === 'onBreak' && status.reason.length > longestReason) {
      return refuse('invalid', `the reason is longer than ${longestReason} characters`)
    }
    return this.#toAgent(agentId, (id) => {
      this.#tenant.notifyCore({ type: 'statusChosen', agentId: id, status })
      return done
    })
  }

  /** The agent's skills are these from now on: levels 1 to 5. They last until the engine ends. */
  setSkills(agentId: string, skills: ReadonlyMap<string, number>): PlainReply {
    for (const [skill, level] of skills) {
      if (!namePattern.test(skill) || !isLevel(level)) {
        return refuse('invalid', `skill ${skill.slice(0, 64)}: a name and a level from 1 to 5`)
      }
    }
    return this.#toAgent(agentId, (id) => {
      const known = skills as ReadonlyMap<SkillId, number>
      this.#tenant.notifyCore({ type: 'skillsSet', agentId: id, skills: new Map(known) })
      return done
    })
  }

  endWrapUp(agentId: string): PlainReply {
    return this.#inWrapUp(agentId, (id) => {
      this.#tenant.notifyCore({ type: 'wrapUpEnded', agentId: id })
    })
  }

  /** @param byMs added to what is left of it; a minute less is a minus */
  prolongWrapUp(agentId: string, byMs: DurationMs): PlainReply {
    if (!Number.isInteger(byMs) || Math.abs(byMs) > longestProlongMs) {
      return refuse('invalid', `byMs is no whole number up to ${longestProlongMs}`)
    }
    return this.#inWrapUp(agentId, (id) => {
      this.#tenant.notifyCore({ type: 'wrapUpProlonged', agentId: id, byMs })
    })
  }

  /** Undefined for one who is in none. */
  wrapUpEndsAt(agentId: string): EpochMs | undefined {
    return this.#tenant.acd.wrapUpEndsAt(agentId as AgentId)
  }

  /** Costs O(calls that wait + agents). */
  listQueues(): readonly QueueListing[] {
    const { acd, settings } = this.#tenant
    const counts = this.#countAgents()
    return [...settings.queues.values()].map(({ settings: { queueId, strategy } }) => ({
      ...{ queueId, strategy, ...acd.depth(queueId) },
      ...(counts.get(queueId) ?? { staffed: 0, idle: 0 }),
    }))
  }

  #countAgents(): ReadonlyMap<QueueId, { staffed: number; idle: number }> {
    const { acd, settings } = this.#tenant
    const counts = new Map<QueueId, { staffed: number; idle: number }>()
    for (const { settings: agent } of settings.agents.values()) {
      const { state, status } = acd.agent(agent.agentId) ?? {}
      if (status?.type !== 'available') {
        continue
      }
      for (const { queueId } of agent.queues) {
        const count = counts.get(queueId) ?? { staffed: 0, idle: 0 }
        count.staffed += 1
        count.idle += state === 'idle' ? 1 : 0
        counts.set(queueId, count)
      }
    }
    return counts
  }

  listAgents(): readonly AgentListing[] {
    const { acd, settings } = this.#tenant
    return [...settings.agents.values()].flatMap(({ settings: { agentId, queues } }) => {
      const agent = acd.agent(agentId)
      if (agent === undefined) {
        return []
      }
      const { state, status, callId, skills } = agent
      return [{ agentId, state, status, callId, skills, queueIds: queues.map((q) => q.queueId) }]
    })
  }

  #toAgent(agentId: string, act: (agentId: AgentId) => PlainReply): PlainReply {
    return this.#tenant.acd.agentState(agentId as AgentId) === undefined
      ? refuse('agentUnknown', 'the tenant has no such agent')
      : act(agentId as AgentId)
  }

  #inWrapUp(agentId: string, act: (agentId: AgentId) => void): PlainReply {
    return this.#toAgent(agentId, (id) => {
      if (this.#tenant.acd.agentState(id) !== 'wrapUp') {
        return refuse('agentNotInWrapUp', 'the agent is not in wrap-up')
      }
      act(id)
      return done
    })
  }
}
