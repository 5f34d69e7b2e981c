import { chooseAgent, chooseCall } from './choose.ts'
import type { Deadlines } from './deadlines.ts'
import type { AcdEffect, OfferOutcome } from './event.ts'
import type { Agent, WaitingCall } from './groups.ts'
import type { AgentId, CallId, DurationMs } from './ids.ts'
import type { Roster } from './roster.ts'
import type { SteadyTime } from './steady-time.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** How long the lease outlives the ringing: for the switch's own time-out to be heard of first. */
const leaseMarginMs: DurationMs = 5_000

interface OffersPorts {
  readonly room: WaitingRoom
  readonly roster: Roster
  readonly deadlines: Deadlines
  readonly time: SteadyTime
  emit(effect: AcdEffect): void
}

/**
 * Brings calls and agents together. An agent is ringing for a call exactly
 * while the call is on offer to them, and every offer is a lease: it ends by an
 * answer, a refusal, a withdrawal or its deadline.
 */
export class Offers {
  readonly #ports: OffersPorts

  constructor(ports: OffersPorts) {
    this.#ports = ports
  }

  /** Gives a call that may be offered an agent, if there is one for it. */
  serveCall(call: WaitingCall): void {
    const isOffered = call.heapIndex < 0
    const choice = isOffered ? undefined : chooseAgent(call)
    if (choice !== undefined) {
      this.offer(call, [choice.chosen])
    }
  }

  /** Gives an agent who became ready the first call that suits, if there is one. */
  serveAgent(agent: Agent): void {
    const choice = chooseCall(agent)
    if (choice !== undefined) {
      this.offer(choice.chosen, [agent])
    }
  }

  /** Rings ready agents for a call that may be offered: the first to answer has it. */
  offer(call: WaitingCall, agents: readonly Agent[]): void {
    const { roster, deadlines, time, emit } = this.#ports
    const { callId, demand } = call
    const { queueId, ringMs } = demand.queue
    const deadlineAt = time.now + ringMs + leaseMarginMs
    demand.waiting.remove(call)
    call.offeredTo = agents.map(({ agentId }) => agentId)
    call.lease = deadlines.set(deadlineAt, () => this.#expire(call))
    emit({
      type: 'offer',
      callId,
      queueId,
      agentIds: call.offeredTo,
      deadlineAt: time.toWall(deadlineAt),
      ringMs,
      stepMs: 0,
    })
    for (const agent of agents) {
      roster.startRinging(agent, callId, queueId)
    }
  }

  /** The agent answered. An answer to an offer that has ended is refused. */
  accept(callId: CallId, agent: Agent): void {
    const { room, roster, emit } = this.#ports
    const { agentId } = agent
    if (agent.state === 'talking' && agent.callId === callId) {
      return
    }
    const call = room.get(callId)
    if (call === undefined || !call.offeredTo.includes(agentId)) {
      emit({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    const losers = call.offeredTo.filter((other) => other !== agentId)
    room.forget(call)
    roster.startTalk(agent, callId, call.demand.queue.queueId)
    this.#release(callId, losers, 'lostRace')
  }

  /** The offer to this agent came to nothing. One that has ended already is not ended again. */
  fail(callId: CallId, agent: Agent, outcome: OfferOutcome): void {
    const call = this.#ports.room.get(callId)
    if (call?.offeredTo.includes(agent.agentId) !== true) {
      return
    }
    if (outcome !== 'withdrawn') {
      this.#keepApart(call, agent.agentId)
    }
    // Before the agent is freed: the call goes to those who were idle first.
    this.#takeBack(call, agent.agentId)
    this.#ports.roster.freeAfter(agent, outcome)
  }

  /** Stops ringing an agent who can take no call now. The agent stays as they are. */
  recall({ agentId, state, callId }: Agent): void {
    const call = callId === undefined ? undefined : this.#ports.room.get(callId)
    if (state === 'ringing' && call !== undefined) {
      const { emit } = this.#ports
      emit({ type: 'withdraw', callId: call.callId, agentId, reason: 'agentUnavailable' })
      this.#takeBack(call, agentId)
    }
  }

  /** The call wants no agent any more. */
  drop(callId: CallId): void {
    const call = this.#ports.room.get(callId)
    if (call !== undefined) {
      const { offeredTo } = call
      this.#ports.room.forget(call)
      this.#release(callId, offeredTo, 'callLeft')
    }
  }

  #expire(call: WaitingCall): void {
    const { callId, offeredTo } = call
    for (const agent of this.#agents(offeredTo)) {
      this.#ports.emit({ type: 'withdraw', callId, agentId: agent.agentId, reason: 'expired' })
      this.fail(callId, agent, 'noAnswer')
    }
  }

  /** Ends the offer to one agent; when it was the last, the call looks for the next. */
  #takeBack(call: WaitingCall, agentId: AgentId): void {
    const { room, deadlines } = this.#ports
    call.offeredTo = call.offeredTo.filter((other) => other !== agentId)
    if (call.offeredTo.length === 0) {
      deadlines.cancel(call.lease)
      call.lease = undefined
      room.putBack(call)
      this.serveCall(call)
    }
  }

  #keepApart(call: WaitingCall, agentId: AgentId): void {
    const { deadlines, time } = this.#ports
    const { retryDeclinedMs } = call.demand.queue
    if (retryDeclinedMs > 0) {
      const deadline = deadlines.set(time.now + retryDeclinedMs, () => {
        call.refusedBy.delete(agentId)
        this.serveCall(call)
      })
      call.refusedBy.set(agentId, deadline)
    }
  }

  #release(callId: CallId, agentIds: readonly AgentId[], reason: 'callLeft' | 'lostRace'): void {
    for (const agent of this.#agents(agentIds)) {
      this.#ports.emit({ type: 'withdraw', callId, agentId: agent.agentId, reason })
      this.#ports.roster.freeAfter(agent, 'withdrawn')
    }
  }

  #agents(agentIds: readonly AgentId[]): readonly Agent[] {
    return agentIds.flatMap((agentId) => this.#ports.roster.get(agentId) ?? [])
  }
}
