import type { CallEvent, CallFlow } from '../call/call-event.ts'
import type { CallState } from '../call/live-call.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdEvent, AgentState } from '../core/event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../core/ids.ts'
import type { AgentStatus, Preferred, Requirement, Strategy } from '../core/settings.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import { writeCallFacts } from './call-facts.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow, callQueue } from './translation.ts'

/** Why a command was not carried out. */
export type RefusalCode =
  | 'unknownAgent'
  | 'unknownQueue'
  | 'unknownFlow'
  /** No such call, or not of this tenant. */
  | 'unknownCall'
  /** The call talks, leaves, or its switch is away. */
  | 'notWaiting'
  | 'notInWrapUp'
  /** A value is out of its bounds; the message names it. */
  | 'invalid'

export type Answer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string }

/** What is learnt of a call after it came; what is left out stays. */
export interface CallChange {
  /** Whole points, instead of those it had. */
  readonly priority?: number
  readonly requires?: Requirement
  readonly preferred?: Preferred
}

/** A queue at this instant. */
export interface QueueListing {
  readonly queueId: QueueId
  readonly strategy: Strategy
  readonly waiting: number
  /** Since when the longest of them waits. */
  readonly oldestAt: EpochMs | undefined
  /** Of a call that came now; undefined while too little is known. */
  readonly expectedWaitMs: DurationMs | undefined
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
  readonly id: string
  readonly settings: TenantSettings
  readonly acd: Acd
  tellAcd(event: AcdEvent): void
  tell(handle: CallHandle, event: CallEvent): void
}

const done: Answer = { ok: true }
const refuse = (code: RefusalCode, message: string): Answer => ({ ok: false, code, message })

/** As the configuration allows them: they become part of channel variables. */
const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const longestReason = 200
const longestProlongMs: DurationMs = 3_600_000

/** What a tenant can be told and asked from outside. Ids are checked, and a refusal is a value. */
export class Control {
  readonly #tenant: Controlled
  readonly #calls: CallRegistry
  readonly #now: () => EpochMs
  readonly #newId: () => string

  constructor(
    tenant: Controlled,
    calls: CallRegistry,
    { now, newId }: { now: () => EpochMs; newId: () => string },
  ) {
    this.#tenant = tenant
    this.#calls = calls
    this.#now = now
    this.#newId = newId
  }

  /** What the agent, or a supervisor for them, chose. On a call, a break begins after it. */
  setStatus(agentId: string, status: AgentStatus): Answer {
    if (status.type === 'onBreak' && status.reason.length > longestReason) {
      return refuse('invalid', `the reason is longer than ${longestReason} characters`)
    }
    return this.#toAgent(agentId, (id) => {
      this.#tenant.tellAcd({ type: 'statusChosen', agentId: id, status })
      return done
    })
  }

  /** The agent's skills are these from now on: levels 1 to 5. They last until the engine ends. */
  setSkills(agentId: string, skills: ReadonlyMap<string, number>): Answer {
    for (const [skill, level] of skills) {
      if (!name.test(skill) || !isLevel(level)) {
        return refuse('invalid', `skill ${skill.slice(0, 64)}: a name and a level from 1 to 5`)
      }
    }
    return this.#toAgent(agentId, (id) => {
      const known = skills as ReadonlyMap<SkillId, number>
      this.#tenant.tellAcd({ type: 'skillsSet', agentId: id, skills: new Map(known) })
      return done
    })
  }

  endWrapUp(agentId: string): Answer {
    return this.#inWrapUp(agentId, (id) => {
      this.#tenant.tellAcd({ type: 'wrapUpEnded', agentId: id })
    })
  }

  /** @param byMs added to what is left of it; a minute less is a minus */
  prolongWrapUp(agentId: string, byMs: DurationMs): Answer {
    if (!Number.isInteger(byMs) || Math.abs(byMs) > longestProlongMs) {
      return refuse('invalid', `byMs is no whole number up to ${longestProlongMs}`)
    }
    return this.#inWrapUp(agentId, (id) => {
      this.#tenant.tellAcd({ type: 'wrapUpProlonged', agentId: id, byMs })
    })
  }

  /** More is known of a call that waits, or that a flow talks to. It is written on the caller's channel too, and so survives the engine. */
  changeCall(callId: string, change: CallChange): Answer {
    const fault = faultOf(change)
    if (fault !== undefined) {
      return refuse('invalid', fault)
    }
    return this.#toWaiting(callId, ['waiting', 'ringing', 'inFlow'], (handle) => {
      const { priority } = change
      const variables = {
        ...(priority === undefined ? {} : { acd_priority: String(priority) }),
        ...writeCallFacts(change),
      }
      this.#tenant.tell(handle, { type: 'changed', ...change, variables, at: this.#now() })
      return done
    })
  }

  /** Sends a waiting call to another queue, at its place. */
  requeue(callId: string, queueId: string): Answer {
    const queue = callQueue(this.#tenant.settings, queueId as QueueId)
    if (queue === undefined) {
      return refuse('unknownQueue', 'the tenant has no such queue')
    }
    return this.#toWaiting(callId, ['waiting', 'ringing'], (handle) => {
      this.#tenant.tell(handle, { type: 'requeued', queue, at: this.#now() })
      return done
    })
  }

  /**
   * Lets a flow talk to a caller who waits. When it ends without sending them elsewhere they
   * wait on, at their place; an agent's phone that rings for them is stopped.
   *
   * @param flow the name of one of the tenant's, or a definition as JSON; an engine that takes
   *   the call over begins only a named one anew
   * @param values for `{NAME}` in prompts and for `when`, beside `position` and `waitMinutes`
   */
  runFlow(callId: string, flow: unknown, values: Readonly<Record<string, string>> = {}): Answer {
    const found = this.#findFlow(flow)
    if ('ok' in found) {
      return found
    }
    return this.#toWaiting(callId, ['waiting', 'ringing'], (handle) => {
      const { position, expectedWaitMs } = this.#tenant.acd.outlook(handle.callId) ?? {}
      const variables = {
        ...(position === undefined ? {} : { position: String(position) }),
        ...(expectedWaitMs === undefined
          ? {}
          : { waitMinutes: String(Math.max(1, Math.round(expectedWaitMs / 60_000))) }),
        ...values,
      }
      const asked = { ...found, variables: { ...found.variables, ...variables } }
      this.#tenant.tell(handle, { type: 'flowAsked', flow: asked, at: this.#now() })
      return done
    })
  }

  #findFlow(flow: unknown): CallFlow | Answer {
    const { settings } = this.#tenant
    if (typeof flow === 'string') {
      return (
        callFlow(settings, flow, 'command', this.#newId) ??
        refuse('unknownFlow', 'the tenant has no such flow')
      )
    }
    const parsed = parseFlow(flow, (queue) => settings.queues.has(queue as QueueId))
    if (!parsed.ok) {
      const [fault] = parsed.faults
      return refuse('invalid', `flow: ${fault?.path} ${fault?.message}`)
    }
    const about = { name: 'inline', isNamed: false, runId: this.#newId(), by: 'command' } as const
    return { ...about, flow: parsed.flow, variables: {} }
  }

  /** Costs O(calls that wait). */
  listQueues(): readonly QueueListing[] {
    const { acd, settings } = this.#tenant
    return [...settings.queues.values()].map(({ settings: { queueId, strategy } }) => ({
      ...{ queueId, strategy, ...acd.depth(queueId) },
      expectedWaitMs: acd.expectWait(queueId),
    }))
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

  #toAgent(agentId: string, act: (agentId: AgentId) => Answer): Answer {
    return this.#tenant.acd.agentState(agentId as AgentId) === undefined
      ? refuse('unknownAgent', 'the tenant has no such agent')
      : act(agentId as AgentId)
  }

  #inWrapUp(agentId: string, act: (agentId: AgentId) => void): Answer {
    return this.#toAgent(agentId, (id) => {
      if (this.#tenant.acd.agentState(id) !== 'wrapUp') {
        return refuse('notInWrapUp', 'the agent is not in wrap-up')
      }
      act(id)
      return done
    })
  }

  #toWaiting(
    callId: string,
    states: readonly CallState[],
    act: (handle: CallHandle) => Answer,
  ): Answer {
    const handle = this.#calls.get(callId as CallId)
    if (handle === undefined || handle.tenant !== this.#tenant) {
      return refuse('unknownCall', 'the tenant has no such call')
    }
    return states.includes(handle.call.state)
      ? act(handle)
      : refuse('notWaiting', 'the call does not wait')
  }
}

function isLevel(level: number): boolean {
  return Number.isInteger(level) && level >= 1 && level <= 5
}

/** What is wrong with a change; undefined when nothing is. */
function faultOf({ priority, requires, preferred }: CallChange): string | undefined {
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    return 'priority is no whole number'
  }
  let lastMs = -1
  for (const { afterMs, anyOf } of requires ?? []) {
    const isFirst = lastMs < 0
    if (!isSeconds(afterMs) || afterMs <= lastMs || (isFirst && afterMs !== 0)) {
      return 'requires: steps begin at 0 and follow each other in whole seconds'
    }
    if (
      anyOf.length === 0 ||
      !anyOf.flat().every((one) => name.test(one.skill) && isLevel(one.minLevel))
    ) {
      return 'requires: each step has alternatives of skills with levels from 1 to 5'
    }
    lastMs = afterMs
  }
  if (requires?.length === 0) {
    return 'requires: name one step at least; an empty alternative is met by anyone'
  }
  if (preferred !== undefined && !preferred.agentIds.every((agentId) => name.test(agentId))) {
    return 'preferred: agents by id'
  }
  return preferred === undefined || preferred.hold === 'whileStaffed' || isSeconds(preferred.hold)
    ? undefined
    : 'preferred: hold is whole seconds'
}

/** A channel remembers seconds. */
function isSeconds(spanMs: DurationMs): boolean {
  return Number.isInteger(spanMs / 1_000) && spanMs >= 0
}
