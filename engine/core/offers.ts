import type { AgentId, CallId, DurationMs } from '../catalogue/ids.ts'
import type { OfferOutcome } from '../catalogue/outcomes.ts'
import type { AgentStates } from './agent-states.ts'
import { chooseCall, choosePreferred, prefers, rankCalls } from './choose.ts'
import type { Occasion, SavedDeadline } from './deadlines.ts'
import { type Agent, isOffered, type WaitingCall } from './groups.ts'
import type { Listing } from './listing.ts'
import { rankAgents } from './rank-agents.ts'
import type { Recorder } from './recorder.ts'
import type { Roster } from './roster.ts'
import type { Scoring } from './scoring.ts'
import type { Shared } from './shared.ts'
import { mayBeOffered } from './waiting-call.ts'
import type { WaitingRoom } from './waiting-room.ts'

/**
 * How much longer the lease lasts than the ringing, so that the switch's own time-out arrives
 * first.
 */
const leaseMarginMs: DurationMs = 5_000

/** An agent who is kept from a call that they refused. */
interface Refusal {
  readonly call: WaitingCall
  readonly agentId: AgentId
}

interface OffersPorts {
  readonly shared: Shared
  readonly room: WaitingRoom
  readonly listing: Listing
  readonly roster: Roster
  readonly states: AgentStates
  readonly recorder: Recorder
  readonly scoring: Scoring
  /** Called when an agent has answered a call. */
  onStart(call: WaitingCall): void
}

/**
 * Offers calls to agents. An agent is rung for a call exactly while the call is on offer to them.
 * Every offer is a lease: it ends with an answer, a refusal, a withdrawal, or at its deadline.
 */
export class Offers {
  readonly #ports: OffersPorts
  readonly #lease: Occasion<WaitingCall> = { reach: (call) => this.#expire(call) }
  readonly #refusal: Occasion<Refusal> = { reach: (refusal) => this.#endRefusal(refusal) }

  constructor(ports: OffersPorts) {
    this.#ports = ports
  }

  /** Offers a call, if it may be offered, to one or more ready agents, if there are any for it. */
  serveCall(call: WaitingCall): void {
    if (mayBeOffered(call)) {
      const agents = this.#agentsFor(call)
      if (agents.length > 0) {
        this.#offer(call, agents, 'call')
      }
    }
  }

  /** Offers an agent who became ready the first call that suits, if there is one. */
  serveAgent(agent: Agent): void {
    while (agent.isReady) {
      const call = this.#callFor(agent)
      if (call === undefined) {
        return
      }
      const ringsOthers = ringsSeveral(call) && !prefers(call, agent)
      this.#offer(call, ringsOthers ? this.#agentsFor(call) : [agent], 'agent')
    }
  }

  /** The customer of a call is on the line, so the phones of its agents ring now. */
  reach(call: WaitingCall): void {
    const { room, states } = this.#ports
    room.reach(call)
    for (const agent of this.#agents(call.offeredTo)) {
      states.startRinging(agent, call.callId, call.queue.settings.queueId, 0)
    }
  }

  /** The agent answered. An answer to an offer that has ended is withdrawn as late. */
  accept(callId: CallId, agent: Agent): void {
    const { room, states, shared, onStart } = this.#ports
    const { agentId } = agent
    if (agent.state === 'talking' && agent.callId === callId) {
      return
    }
    const call = room.get(callId)
    if (call === undefined || !call.offeredTo.includes(agentId)) {
      shared.emit({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    const losers = call.offeredTo.filter((other) => other !== agentId)
    room.forget(call)
    onStart(call)
    states.startTalk(agent, callId, call.queue.settings.queueId)
    this.#release(callId, losers, 'lostRace')
  }

  /** The offer to this agent failed. Does nothing for an offer that has already ended. */
  fail(callId: CallId, agent: Agent, outcome: OfferOutcome): void {
    const call = this.#ports.room.get(callId)
    if (call?.offeredTo.includes(agent.agentId) !== true) {
      return
    }
    if (outcome !== 'withdrawn') {
      this.#keepApart(call, agent.agentId)
    }
    // Before the agent is freed, so that the call goes to those who were idle first.
    if (this.#takeBack(call, agent.agentId)) {
      this.serveCall(call)
    }
    this.#ports.states.freeAfter(agent, outcome)
  }

  /**
   * Stops ringing an agent who cannot take a call now. The call looks for another; the agent's
   * state does not change.
   */
  recall(agent: Agent): void {
    const call = this.withdraw(agent)
    if (call !== undefined) {
      this.serveCall(call)
    }
  }

  /** Stops ringing an agent. @returns the call, if it is no longer on offer to anyone */
  withdraw(agent: Agent): WaitingCall | undefined {
    const { agentId, callId } = agent
    const call = callId === undefined ? undefined : this.#ports.room.get(callId)
    if (!isOffered(agent) || call === undefined) {
      return undefined
    }
    const { emit } = this.#ports.shared
    emit({ type: 'withdraw', callId: call.callId, agentId, reason: 'agentUnavailable' })
    return this.#takeBack(call, agentId) ? call : undefined
  }

  /** The call no longer wants an agent. */
  drop(callId: CallId): void {
    const call = this.#ports.room.get(callId)
    if (call !== undefined) {
      const { offeredTo } = call
      this.#ports.room.forget(call)
      this.#release(callId, offeredTo, 'callLeft')
    }
  }

  /** Sets a lease again as a snapshot has it. */
  holdLease(call: WaitingCall, lease: SavedDeadline): void {
    call.lease = this.#ports.shared.deadlines.restore(lease, this.#lease, call)
  }

  /** Keeps an agent from a call again, as a snapshot has it. */
  holdApart(call: WaitingCall, agentId: AgentId, until: SavedDeadline): void {
    const { deadlines } = this.#ports.shared
    refusalsOf(call).set(agentId, deadlines.restore(until, this.#refusal, { call, agentId }))
  }

  #agentsFor(call: WaitingCall): readonly Agent[] {
    const { roster, scoring } = this.#ports
    scoring.forget()
    const preferred = choosePreferred(call, (agentId) => roster.get(agentId))
    if (preferred !== undefined) {
      return [preferred]
    }
    if (call.isHeld) {
      return []
    }
    const { scorer, ringAtMost } = call.queue.settings
    const limit = ringsSeveral(call) ? ringAtMost : 1
    const scored = scorer?.scoreAgent === undefined ? 0 : scorer.candidates
    const ranked = rankAgents(call, Math.max(limit, scored))
    return scoring.orderAgents(call, ranked).slice(0, limit)
  }

  #callFor(agent: Agent): WaitingCall | undefined {
    const { shared, scoring } = this.#ports
    const { now } = shared.time
    scoring.forget()
    const first = chooseCall(agent, now)
    const isScored = first !== undefined && !first.isOverdue && !first.isHeld
    const limit = isScored ? scoring.callsToScore(agent) : 0
    return limit === 0 ? first : scoring.orderCalls(agent, rankCalls(agent, limit, now))[0]
  }

  /** Rings ready agents for a call that may be offered. The first to answer gets it. */
  #offer(call: WaitingCall, agents: readonly Agent[], soughtBy: 'call' | 'agent'): void {
    const { states, listing, recorder, shared } = this.#ports
    const { deadlines, time, emit } = shared
    const { callId, queue } = call
    const { settings, strategy } = queue
    const { queueId, ringMs, ringStepMs } = settings
    const stepMs = strategy.rings === 'stepwise' && agents.length > 1 ? ringStepMs : 0
    const { lastsMs = 0, isAgentFirst = false } = call.dial ?? {}
    const deadlineAt = time.now + lastsMs + ringMs + (agents.length - 1) * stepMs + leaseMarginMs
    const decision = recorder.record(call, agents, soughtBy)
    listing.delist(call)
    call.offeredTo = agents.map(({ agentId }) => agentId)
    call.lease = deadlines.set(deadlineAt, this.#lease, call)
    emit({
      type: 'offer',
      callId,
      queueId,
      agentIds: call.offeredTo,
      ringMs,
      stepMs,
      deadlineAt: time.toWall(deadlineAt),
      ...(decision === undefined ? {} : { decision }),
    })
    const [first] = agents
    if (strategy.isDrawn && soughtBy === 'call' && first !== undefined && !prefers(call, first)) {
      states.noteDraw(first)
    }
    for (const [index, agent] of agents.entries()) {
      const afterMs = isAgentFirst ? 0 : lastsMs + index * stepMs
      states.startRinging(agent, callId, queueId, afterMs)
    }
  }

  #expire(call: WaitingCall): void {
    const { callId, offeredTo } = call
    for (const agent of this.#agents(offeredTo)) {
      const { agentId } = agent
      this.#ports.shared.emit({ type: 'withdraw', callId, agentId, reason: 'expired' })
      this.fail(callId, agent, 'noAnswer')
    }
  }

  /**
   * Ends the offer to one agent.
   *
   * @returns whether that was the last one, so that the call can be offered again
   */
  #takeBack(call: WaitingCall, agentId: AgentId): boolean {
    const { room, shared } = this.#ports
    call.offeredTo = call.offeredTo.filter((other) => other !== agentId)
    if (call.offeredTo.length > 0) {
      return false
    }
    shared.deadlines.cancel(call.lease)
    call.lease = undefined
    room.putBack(call)
    return true
  }

  #keepApart(call: WaitingCall, agentId: AgentId): void {
    const { deadlines, time } = this.#ports.shared
    const { retryDeclinedMs } = call.queue.settings
    // A call that was given up is offered to nobody any more.
    if (retryDeclinedMs > 0 && call.overflow === undefined) {
      const until = time.now + retryDeclinedMs
      refusalsOf(call).set(agentId, deadlines.set(until, this.#refusal, { call, agentId }))
    }
  }

  #endRefusal({ call, agentId }: Refusal): void {
    call.refusedBy?.delete(agentId)
    this.serveCall(call)
  }

  #release(callId: CallId, agentIds: readonly AgentId[], reason: 'callLeft' | 'lostRace'): void {
    for (const agent of this.#agents(agentIds)) {
      const { agentId } = agent
      this.#ports.shared.emit({ type: 'withdraw', callId, agentId, reason })
      this.#ports.states.freeAfter(agent, 'withdrawn')
    }
  }

  #agents(agentIds: readonly AgentId[]): readonly Agent[] {
    return agentIds.flatMap((agentId) => this.#ports.roster.get(agentId) ?? [])
  }
}

function refusalsOf(call: WaitingCall): NonNullable<WaitingCall['refusedBy']> {
  call.refusedBy ??= new Map()
  return call.refusedBy
}

function ringsSeveral({ queue, dial }: WaitingCall): boolean {
  return dial === undefined && queue.strategy.rings !== 'one'
}
