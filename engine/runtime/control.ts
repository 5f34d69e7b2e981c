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
  /** Its agents who are available, and how many of them are idle. */
  readonly staffed: number
  readonly idle: number
  /** The arrival time of the call that has waited longest; undefined: none waits. */
  readonly oldestAt: EpochMs | undefined
}

/** An agent at this instant. */
export interface AgentListing {
  readonly agentId: AgentId
  readonly state: AgentState
  readonly status: AgentStatus
  /** The call that the agent is occupied with. */
  readonly callId: CallId | undefined
  readonly skills: ReadonlyMap<SkillId, number>
  readonly queueIds: readonly QueueId[]
}

/** The part of a tenant that is needed to control its agents and queues. */
interface Controlled {
  readonly settings: TenantSettings
  readonly acd: Acd
  notifyCore(event: AcdEvent): void
}

const maxReasonLength = 200
const maxProlongMs: DurationMs = 3_600_000

/** Operations on the agents and queues of a tenant. Ids are checked, and a refusal is a value. */
export class Control {
  readonly #tenant: Controlled

  constructor(tenant: Controlled) {
    this.#tenant = tenant
  }

  /** Sets the status that the agent, or a supervisor, chose. A break chosen during a call begins after it. */
  setStatus(agentId: string, status: AgentStatus): PlainReply {
    if (status.type === 'onBreak' && status.reason.length > maxReasonLength) {
      return refuse('invalid', `the reason is longer than ${maxReasonLength} characters`)
    }
    return this.#toAgent(agentId, (id) => {
      this.#tenant.notifyCore({ type: 'statusChosen', agentId: id, status })
      return done
    })
  }

  /** Replaces the agent's skills, each with a level from 1 to 5. They last until the engine stops. */
  setSkills(agentId: string, skills: ReadonlyMap<string, number>): PlainReply {
    for (const [skill, level] of skills) {
      if (!namePattern.test(skill) || !isLevel(level)) {
        return refuse(
          'invalid',
          `skill ${skill.slice(0, 64)}: expected a valid name and a level from 1 to 5`,
        )
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

  /** @param byMs added to the remaining time; may be negative */
  prolongWrapUp(agentId: string, byMs: DurationMs): PlainReply {
    if (!Number.isInteger(byMs) || Math.abs(byMs) > maxProlongMs) {
      return refuse(
        'invalid',
        `byMs must be a whole number from -${maxProlongMs} to ${maxProlongMs}`,
      )
    }
    return this.#inWrapUp(agentId, (id) => {
      this.#tenant.notifyCore({ type: 'wrapUpProlonged', agentId: id, byMs })
    })
  }

  /** When the agent's wrap-up ends; undefined if the agent is not in wrap-up. */
  wrapUpEndsAt(agentId: string): EpochMs | undefined {
    return this.#tenant.acd.wrapUpEndsAt(agentId as AgentId)
  }

  /** Costs O(waiting calls + agents). */
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
