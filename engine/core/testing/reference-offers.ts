import type { AgentStatus } from '../../catalogue/agent.ts'
import type { CallId, QueueId } from '../../catalogue/ids.ts'
import type { OfferOutcome, OverflowReason } from '../../catalogue/outcomes.ts'
import { chooseAgents, chooseCall, ringsSeveral } from './reference-choice.ts'
import { ReferencePeople } from './reference-people.ts'
import { type Caller, isStaffed, mayBeOffered, type Person, prefers } from './reference-rules.ts'

/** How offers are made and end. */
export abstract class ReferenceOffers extends ReferencePeople {
  protected abstract setStatus(person: Person, status: AgentStatus, free: () => void): void

  protected serveCall(caller: Caller): void {
    if (!mayBeOffered(caller)) {
      return
    }
    const { chosen, isPreferred } = chooseAgents(this.world, caller, (effect) =>
      this.effects.push(effect),
    )
    const [first] = chosen
    if (first !== undefined) {
      if (caller.queue.strategy === 'random' && !isPreferred) {
        this.drawnUpTo = Math.max(this.drawnUpTo, first.draw)
      }
      this.offer(caller, chosen)
    }
  }

  protected override serveAgent(person: Person): void {
    while (person.isReady) {
      const caller = chooseCall(this.world, person, (effect) => this.effects.push(effect))
      if (caller === undefined) {
        return
      }
      if (ringsSeveral(caller) && !prefers(caller, person)) {
        this.serveCall(caller)
      } else {
        this.offer(caller, [person])
      }
    }
  }

  protected offer(caller: Caller, people: readonly Person[]): void {
    const { now } = this.world
    const { callId, queue } = caller
    const { queueId, ringMs, strategy, ringStepMs } = queue
    const stepMs = strategy === 'ringProgressively' && people.length > 1 ? ringStepMs : 0
    const lastsMs = caller.dial?.lastsMs ?? 0
    const deadlineAt = now + lastsMs + ringMs + (people.length - 1) * stepMs + 5_000
    const agentIds = people.map(({ agentId }) => agentId)
    caller.offeredTo = people
    this.alarms.set(deadlineAt, caller, 'lease', () => this.expire(caller))
    this.effects.push({ type: 'offer', callId, queueId, agentIds, ringMs, stepMs, deadlineAt })
    for (const [index, person] of people.entries()) {
      const afterMs = caller.dial?.isAgentFirst === true ? 0 : lastsMs + index * stepMs
      if (afterMs > 0) {
        this.occupy(person, 'reserved', callId, queueId)
        const ring = () => this.become(person, 'ringing')
        this.alarms.set(now + afterMs, person, 'agent', ring)
      } else {
        this.occupy(person, 'ringing', callId, queueId)
      }
    }
  }

  protected expire(caller: Caller): void {
    const { callId, offeredTo } = caller
    for (const person of offeredTo) {
      if (caller.offeredTo.includes(person)) {
        const { agentId } = person
        this.effects.push({ type: 'withdraw', callId, agentId, reason: 'expired' })
        this.fail(callId, person, 'noAnswer')
      }
    }
  }

  protected accept(callId: CallId, person: Person): void {
    const caller = this.caller(callId)
    const { agentId } = person
    if (person.state === 'talking' && person.callId === callId) {
      return
    }
    if (caller === undefined || !caller.offeredTo.includes(person)) {
      this.effects.push({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    const losers = caller.offeredTo.filter((other) => other !== person)
    this.forget(caller)
    this.startTalk(person, callId, caller.queue.queueId)
    this.release(callId, losers, 'lostRace')
  }

  /** The call looks for the next agent before the one who refused is freed. */
  protected fail(callId: CallId, person: Person, outcome: OfferOutcome): void {
    const caller = this.caller(callId)
    if (caller === undefined || !caller.offeredTo.includes(person)) {
      return
    }
    if (outcome === 'withdrawn') {
      this.takeBack(caller, person)
      this.goIdle(person, person.idleSinceAt, 0)
      return
    }
    this.keepApart(caller, person)
    this.turns += 1
    person.turn = this.turns
    this.takeBack(caller, person)
    const { maxMisses, restMs } = person.settings
    const free = () =>
      this.goIdle(person, this.world.now, outcome === 'failed' ? 1_000 : restMs[outcome])
    person.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && person.misses >= maxMisses && isStaffed(person)) {
      person.misses = 0
      this.setStatus(person, { type: 'onBreak', reason: 'missedCalls' }, free)
    } else {
      free()
    }
  }

  protected keepApart(caller: Caller, { agentId }: Person): void {
    const { retryDeclinedMs } = caller.queue
    if (retryDeclinedMs > 0 && caller.givenUp === undefined) {
      caller.refusedBy.add(agentId)
      this.alarms.set(this.world.now + retryDeclinedMs, caller, 'refusal', () => {
        caller.refusedBy.delete(agentId)
        this.serveCall(caller)
      })
    }
  }

  /**
   * Ends the offer to one agent. After the last of them the call looks again, unless it `mustWait`.
   */
  protected takeBack(caller: Caller, person: Person, mustWait = false): void {
    caller.offeredTo = caller.offeredTo.filter((other) => other !== person)
    if (caller.offeredTo.length > 0) {
      return
    }
    this.alarms.cancel(caller, 'lease')
    if (caller.givenUp !== undefined) {
      this.emitGivenUp(caller, caller.givenUp)
    } else if (!mustWait) {
      this.serveCall(caller)
    }
  }

  protected emitGivenUp({ callId, queue }: Caller, reason: OverflowReason): void {
    this.effects.push({ type: 'overflow', callId, queueId: queue.queueId, reason })
  }

  protected recall(person: Person, mustWait = false): void {
    const caller = this.world.callers.find(({ offeredTo }) => offeredTo.includes(person))
    if (caller !== undefined) {
      const { callId } = caller
      const { agentId } = person
      this.effects.push({ type: 'withdraw', callId, agentId, reason: 'agentUnavailable' })
      this.takeBack(caller, person, mustWait)
    }
  }

  protected leave(callId: CallId): void {
    const caller = this.caller(callId)
    if (caller !== undefined) {
      const { offeredTo } = caller
      this.forget(caller)
      this.release(callId, offeredTo, 'callLeft')
    }
  }

  protected forget(caller: Caller): void {
    this.world.callers = this.world.callers.filter((other) => other !== caller)
    this.alarms.cancel(caller, 'maxWait', 'unstaffed', 'change', 'refusal', 'lease')
    caller.offeredTo = []
  }

  protected release(
    callId: CallId,
    people: readonly Person[],
    reason: 'callLeft' | 'lostRace',
  ): void {
    for (const person of people) {
      this.effects.push({ type: 'withdraw', callId, agentId: person.agentId, reason })
      this.goIdle(person, person.idleSinceAt, 0)
    }
  }

  protected findTalk(callId: CallId, person: Person, queueId: QueueId): void {
    if (this.caller(callId)?.offeredTo.includes(person)) {
      this.accept(callId, person)
      return
    }
    this.leave(callId)
    if (person.state !== 'talking') {
      this.recall(person)
      this.startTalk(person, callId, queueId)
    }
  }
}
