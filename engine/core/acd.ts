import { type Agent, isOfferedBefore } from './agent.ts'
import { Deadlines } from './deadlines.ts'
import type { AcdEffect, AcdEvent, AgentState, OfferOutcome } from './event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from './ids.ts'
import { type Demand, MatchIndex } from './match-index.ts'
import { Roster } from './roster.ts'
import type { AgentSettings, AgentStatus, QueueSettings } from './settings.ts'
import { isServedBefore, type WaitingCall } from './waiting-call.ts'

/** How long the lease outlives the ringing: for the switch's own time-out to be heard of first. */
const leaseMarginMs: DurationMs = 5_000

export interface AcdSettings {
  readonly queues: readonly QueueSettings[]
  readonly agents: readonly AgentSettings[]
}

export interface QueueDepth {
  /** Calls that wait, those on offer included. */
  readonly waiting: number
  /** Since when the longest of them waits. */
  readonly oldestAt: EpochMs | undefined
}

interface Queue {
  readonly settings: QueueSettings
  readonly demand: Demand
  readonly calls: Set<WaitingCall>
}

/**
 * Distributes the calls of one tenant to its agents.
 *
 * Pure: it reads no clock, does no I/O and draws no random number. The same
 * events at the same instants give the same effects. Each event costs
 * O(groups that suit + log n); no event looks at all calls or all agents.
 */
export class Acd {
  readonly #queues = new Map<QueueId, Queue>()
  readonly #calls = new Map<CallId, WaitingCall>()
  readonly #index = new MatchIndex()
  readonly #deadlines = new Deadlines()
  readonly #roster: Roster
  #effects: AcdEffect[] = []
  #now: EpochMs
  #sequence = 0

  constructor({ queues, agents }: AcdSettings, now: EpochMs) {
    this.#now = now
    this.#roster = new Roster({
      index: this.#index,
      deadlines: this.#deadlines,
      now: () => this.#now,
      emit: (effect) => this.#emit(effect),
      onReady: (agent) => this.#matchAgent(agent),
    })
    for (const settings of queues) {
      const demand = this.#index.demandOf(settings, settings.requires)
      this.#queues.set(settings.queueId, { settings, demand, calls: new Set() })
    }
    for (const settings of agents) {
      this.#roster.add(settings)
    }
  }

  /**
   * Takes a fact and says what shall be done. Deadlines that lie before `now`
   * are reached first, so an answer that comes too late is refused.
   *
   * Facts about calls and agents it does not know are ignored: the switch may
   * speak of what has just ended. An unknown queue throws: that is a fault of the shell.
   */
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    // A clock set back must not undo what has happened.
    this.#now = Math.max(now, this.#now)
    this.#deadlines.reachUntil(this.#now)
    this.#apply(event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** When {@link handle} wants to be called with `timePassed`, if nothing happens before. */
  nextWakeAt(): EpochMs | undefined {
    return this.#deadlines.nextAt()
  }

  /** Costs a walk over the queue's calls: for metrics, not for the hot path. */
  depth(queueId: QueueId): QueueDepth {
    const calls = this.#queues.get(queueId)?.calls ?? new Set<WaitingCall>()
    let oldestAt: EpochMs | undefined
    for (const { enqueuedAt } of calls) {
      oldestAt = oldestAt === undefined ? enqueuedAt : Math.min(oldestAt, enqueuedAt)
    }
    return { waiting: calls.size, oldestAt }
  }

  /** Whether a call waits and no agent is being rung for it. */
  isUnserved(callId: CallId): boolean {
    return this.#calls.get(callId)?.offeredTo.length === 0
  }

  agentsByState(): Readonly<Record<AgentState, number>> {
    return this.#roster.byState
  }

  agentState(agentId: AgentId): AgentState | undefined {
    return this.#roster.get(agentId)?.state
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued':
        this.#queueCall(event)
        break
      case 'callLeft':
        this.#dropCall(event.callId)
        break
      case 'offerAccepted':
        this.#accept(event.callId, event.agentId)
        break
      case 'offerFailed':
        this.#fail(event.callId, event.agentId, event.outcome)
        break
      case 'talkFound':
        this.#findTalk(event)
        break
      case 'talkEnded':
        this.#endTalk(event.agentId)
        break
      case 'wrapUpEnded':
        this.#endWrapUp(event.agentId)
        break
      case 'statusChosen':
        this.#chooseStatus(event.agentId, event.status)
        break
      case 'timePassed':
        break
    }
  }

  #emit(effect: AcdEffect): void {
    this.#effects.push(effect)
  }

  // Calls

  #queueCall(event: Extract<AcdEvent, { type: 'callQueued' }>): void {
    const queue = this.#queues.get(event.queueId)
    if (queue === undefined) {
      throw new TypeError(`no queue ${event.queueId}`)
    }
    if (this.#calls.has(event.callId)) {
      return
    }
    const { settings } = queue
    const demand =
      event.requires === undefined ? queue.demand : this.#index.demandOf(settings, event.requires)
    this.#sequence += 1
    const call: WaitingCall = {
      callId: event.callId,
      demand,
      enqueuedAt: event.enqueuedAt,
      priority: settings.priority + event.priority,
      sequence: this.#sequence,
      offeredTo: [],
      lease: undefined,
      maxWait: undefined,
      hasReachedMaxWait: false,
      refusedBy: new Map(),
      heapIndex: -1,
    }
    if (settings.maxWaitMs !== undefined) {
      const at = (event.enteredAt ?? event.enqueuedAt) + settings.maxWaitMs
      call.maxWait = this.#deadlines.set(at, () => this.#reachMaxWait(call))
    }
    this.#calls.set(call.callId, call)
    queue.calls.add(call)
    demand.calls += 1
    demand.waiting.push(call)
    this.#serve(call)
  }

  /** Gives a waiting call an agent, if there is one for it. */
  #serve(call: WaitingCall): void {
    if (call.offeredTo.length > 0) {
      return
    }
    if (call.hasReachedMaxWait) {
      this.#emitMaxWait(call)
    } else {
      this.#matchCall(call)
    }
  }

  #reachMaxWait(call: WaitingCall): void {
    call.hasReachedMaxWait = true
    // On offer, the agent may still answer: it is told when the offer fails.
    if (call.offeredTo.length === 0) {
      this.#emitMaxWait(call)
    }
  }

  #emitMaxWait(call: WaitingCall): void {
    const { queueId } = call.demand.queue
    this.#emit({ type: 'maxWaitReached', callId: call.callId, queueId })
  }

  #dropCall(callId: CallId): void {
    const call = this.#calls.get(callId)
    if (call !== undefined) {
      const reserved = call.offeredTo
      this.#forgetCall(call)
      this.#giveBack(callId, reserved, 'callLeft')
    }
  }

  #forgetCall(call: WaitingCall): void {
    call.demand.waiting.remove(call)
    this.#deadlines.cancel(call.lease)
    this.#deadlines.cancel(call.maxWait)
    for (const deadline of call.refusedBy.values()) {
      this.#deadlines.cancel(deadline)
    }
    call.offeredTo = []
    this.#calls.delete(call.callId)
    this.#queues.get(call.demand.queue.queueId)?.calls.delete(call)
    call.demand.calls -= 1
    this.#index.release(call.demand)
  }

  // Matching

  #matchCall(call: WaitingCall): void {
    let best: Agent | undefined
    let groups = 0
    for (const { idle } of call.demand.profiles) {
      if (idle.size === 0) {
        continue
      }
      groups += 1
      const agent = idle.firstWhere(({ agentId }) => !call.refusedBy.has(agentId))
      if (agent !== undefined && (best === undefined || isOfferedBefore(agent, best))) {
        best = agent
      }
    }
    if (best !== undefined) {
      this.#offer(call, best, groups)
    }
  }

  #matchAgent(agent: Agent): void {
    let best: WaitingCall | undefined
    let groups = 0
    for (const { waiting } of agent.profile.demands) {
      if (waiting.size === 0) {
        continue
      }
      groups += 1
      const call = waiting.firstWhere(
        (candidate) => !candidate.refusedBy.has(agent.agentId) && !candidate.hasReachedMaxWait,
      )
      if (call !== undefined && (best === undefined || isServedBefore(call, best))) {
        best = call
      }
    }
    if (best !== undefined) {
      this.#offer(best, agent, groups)
    }
  }

  #offer(call: WaitingCall, agent: Agent, groupsConsidered: number): void {
    const { queueId, ringMs } = call.demand.queue
    const deadlineAt = this.#now + ringMs + leaseMarginMs
    call.demand.waiting.remove(call)
    call.offeredTo = [agent.agentId]
    call.lease = this.#deadlines.set(deadlineAt, () => this.#expireLease(call))
    this.#emit({
      type: 'offer',
      callId: call.callId,
      queueId,
      agentIds: call.offeredTo,
      deadlineAt,
      match: { groupsConsidered, idleSinceAt: agent.idleSinceAt },
    })
    this.#roster.occupy(agent, 'ringing', call.callId, queueId)
  }

  // Offers

  #expireLease(call: WaitingCall): void {
    for (const agentId of call.offeredTo) {
      this.#emit({ type: 'withdraw', callId: call.callId, agentId, reason: 'expired' })
      this.#fail(call.callId, agentId, 'noAnswer')
    }
  }

  #accept(callId: CallId, agentId: AgentId): void {
    const call = this.#calls.get(callId)
    const agent = this.#roster.get(agentId)
    if (agent === undefined || (agent.state === 'talking' && agent.callId === callId)) {
      return
    }
    if (call === undefined || !call.offeredTo.includes(agentId)) {
      this.#emit({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    const losers = call.offeredTo.filter((other) => other !== agentId)
    this.#forgetCall(call)
    this.#roster.startTalk(agent)
    this.#giveBack(callId, losers, 'lostRace')
  }

  #fail(callId: CallId, agentId: AgentId, outcome: OfferOutcome): void {
    const call = this.#calls.get(callId)
    if (call === undefined || !call.offeredTo.includes(agentId)) {
      return
    }
    call.offeredTo = call.offeredTo.filter((other) => other !== agentId)
    if (outcome !== 'withdrawn') {
      this.#keepApart(call, agentId)
    }
    // The call is back at its place before the agent looks for the next one.
    const isBack = call.offeredTo.length === 0
    if (isBack) {
      this.#deadlines.cancel(call.lease)
      call.lease = undefined
      call.demand.waiting.push(call)
    }
    const agent = this.#roster.get(agentId)
    if (agent !== undefined) {
      this.#roster.freeAfter(agent, outcome)
    }
    if (isBack) {
      this.#serve(call)
    }
  }

  #keepApart(call: WaitingCall, agentId: AgentId): void {
    const { retryDeclinedMs } = call.demand.queue
    if (retryDeclinedMs === 0) {
      return
    }
    const deadline = this.#deadlines.set(this.#now + retryDeclinedMs, () => {
      call.refusedBy.delete(agentId)
      if (!call.hasReachedMaxWait) {
        this.#serve(call)
      }
    })
    call.refusedBy.set(agentId, deadline)
  }

  #giveBack(callId: CallId, agentIds: readonly AgentId[], reason: 'callLeft' | 'lostRace'): void {
    for (const agentId of agentIds) {
      this.#emit({ type: 'withdraw', callId, agentId, reason })
      const agent = this.#roster.get(agentId)
      if (agent !== undefined) {
        this.#roster.free(agent, 0)
      }
    }
  }

  // Agents

  #endTalk(agentId: AgentId): void {
    const agent = this.#roster.get(agentId)
    if (agent?.state === 'talking') {
      const queue = agent.queueId === undefined ? undefined : this.#queues.get(agent.queueId)
      this.#roster.startWrapUp(agent, queue?.settings.wrapUpMs ?? 0)
    }
  }

  #endWrapUp(agentId: AgentId): void {
    const agent = this.#roster.get(agentId)
    if (agent?.state === 'wrapUp') {
      this.#roster.free(agent, 0)
    }
  }

  #findTalk({ callId, agentId, queueId }: Extract<AcdEvent, { type: 'talkFound' }>): void {
    const agent = this.#roster.get(agentId)
    if (agent?.state === 'idle' || agent?.state === 'off') {
      this.#dropCall(callId)
      this.#roster.occupy(agent, 'talking', callId, queueId)
    }
  }

  #chooseStatus(agentId: AgentId, status: AgentStatus): void {
    const agent = this.#roster.get(agentId)
    if (agent === undefined) {
      return
    }
    this.#roster.chooseStatus(agent, status)
    const { callId } = agent
    if (agent.state === 'ringing' && status.type !== 'available' && callId !== undefined) {
      this.#emit({ type: 'withdraw', callId, agentId, reason: 'agentUnavailable' })
      this.#fail(callId, agentId, 'withdrawn')
    }
  }
}
