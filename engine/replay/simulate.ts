import { agentEvent } from '../catalogue/events/agent-event.ts'
import { readNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import { Acd } from '../core/acd.ts'
import { missedCallsBreak } from '../core/agent-rest.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import { Agenda } from './agenda.ts'
import { type Live, type Offer, startLife, withinRing } from './live.ts'
import { CallNews } from './news.ts'
import { wayOut } from './way-out.ts'
import type { Caller, Learnt, Move, PickUp, StatusChange, World } from './world.ts'

const defaultMissedBreakMs: DurationMs = 5 * 60_000

type Effect<T extends AcdEffect['type']> = Extract<AcdEffect, { type: T }>

/**
 * Plays a call centre on the core alone: callers come, phones ring, agents come
 * and go, at simulated instants. The core sees the facts it would see from the
 * engine, and its wishes are carried out as the engine would. The same world
 * gives the same day. Some ten microseconds a call beside what the core takes.
 *
 * Known to be simpler than the engine: no command fails and none takes time, and
 * an offer's phones all begin to ring at their instants.
 *
 * @throws SwitchyardError `SY_QUEUE_UNKNOWN` for a caller to a queue that the tenant lacks
 */
export function simulate(world: World): void {
  new Simulation(world).run()
}

class Simulation {
  readonly #world: World
  readonly #acd: Acd
  readonly #agenda = new Agenda()
  readonly #callers: Iterator<Caller>
  readonly #calls = new Map<CallId, Live>()
  readonly #facts: AcdEvent[] = []
  /** Who is on the break for missed calls, and since which of them. */
  readonly #missedBreaks = new Map<AgentId, object>()
  #now: EpochMs

  constructor(world: World) {
    this.#world = world
    this.#now = world.startAt
    this.#acd = new Acd(world.tenant.settings, world.startAt)
    this.#callers = world.callers[Symbol.iterator]()
    for (const change of world.statuses ?? []) {
      this.#agenda.note(change.at, () => this.#chooseStatus(change))
    }
    this.#awaitCaller()
  }

  run(): void {
    const { untilAt = Number.POSITIVE_INFINITY } = this.#world
    for (;;) {
      const dueAt = this.#agenda.nextAt() ?? Number.POSITIVE_INFINITY
      const wakeAt = this.#acd.nextWakeAt() ?? Number.POSITIVE_INFINITY
      const at = Math.max(this.#now, Math.min(dueAt, wakeAt))
      if (at === Number.POSITIVE_INFINITY || at > untilAt) {
        return
      }
      this.#now = at
      // Deadlines come before what else happens at their instant, as in the engine.
      if (wakeAt <= dueAt) {
        this.#tell({ type: 'timePassed' })
      } else {
        this.#agenda.take()?.run()
      }
    }
  }

  #after(delayMs: DurationMs, run: () => void): void {
    this.#agenda.note(this.#now + delayMs, run)
  }

  // Callers

  /** One caller ahead: those after it need no memory yet. */
  #awaitCaller(): void {
    const next = this.#callers.next()
    if (next.done !== true) {
      const caller = next.value
      this.#agenda.note(caller.at, () => {
        this.#awaitCaller()
        this.#arrive(caller)
      })
    }
  }

  #arrive(caller: Caller): void {
    const { callId, patienceMs, enqueuedAt, isAdopted, moves, learnt = [] } = caller
    const { tenantId } = this.#world.tenant
    const live = startLife(
      new CallNews(tenantId, caller, (event) => this.#world.publish(event)),
      caller,
    )
    this.#calls.set(callId, live)
    this.#enqueue(live, isAdopted)
    for (const move of moves) {
      this.#agenda.note(move.at, () => this.#move(live, move))
    }
    for (const more of learnt) {
      this.#agenda.note(more.at, () => this.#learn(live, more))
    }
    if (patienceMs !== Number.POSITIVE_INFINITY) {
      this.#agenda.note(Math.max(this.#now, enqueuedAt + patienceMs), () => this.#giveUp(live))
    }
    this.#look(live)
  }

  #enqueue(live: Live, isAdopted = false): void {
    const { queueId, enteredAt, news } = live
    const { callId, enqueuedAt, priority, needs } = live.caller
    news.queued(this.#now, live, isAdopted)
    this.#tell({
      type: 'callQueued',
      callId,
      queueId,
      enqueuedAt,
      enteredAt,
      priority,
      isReturning: isAdopted,
      ...readNeeds(needs),
    })
  }

  #move(live: Live, { queueId }: Move): void {
    if (!this.#isWaiting(live) || !this.#world.tenant.queues.has(queueId)) {
      return
    }
    this.#stopRinging(live, 'requeued')
    this.#tell({ type: 'callLeft', callId: live.caller.callId })
    live.news.requeued(this.#now, live, queueId)
    live.queueId = queueId
    live.enteredAt = this.#now
    this.#enqueue(live)
  }

  #learn(live: Live, { enqueuedAt, priority, needs }: Learnt): void {
    if (this.#isWaiting(live)) {
      live.caller = { ...live.caller, enqueuedAt, priority, needs }
      live.news.changed(this.#now, live, live.caller)
      const { callId } = live.caller
      this.#tell({ type: 'callChanged', callId, enqueuedAt, priority, ...readNeeds(needs) })
    }
  }

  #look(live: Live): void {
    const { look } = this.#world
    if (look !== undefined && this.#isWaiting(live)) {
      look.at(live.caller.callId, this.#acd, this.#now)
      this.#after(look.everyMs, () => this.#look(live))
    }
  }

  #isWaiting(live: Live): boolean {
    return this.#calls.get(live.caller.callId) === live && !live.isTalking
  }

  #giveUp(live: Live): void {
    if (!this.#isWaiting(live)) {
      return
    }
    const { callId, leaves } = live.caller
    const wasRinging = live.offer !== undefined
    this.#stopRinging(live, leaves === 'abandoned' ? 'ORIGINATOR_CANCEL' : 'transferred')
    live.news.left(this.#now, live, wasRinging)
    this.#calls.delete(callId)
    this.#tell({ type: 'callLeft', callId })
  }

  #stopRinging(live: Live, cause: string): void {
    const { offer } = live
    live.offer = undefined
    for (const agentId of offer?.ringing ?? []) {
      const ringing = { agentId, offerId: offer?.offerId ?? '' }
      live.news.offerEnded(this.#now, live, ringing, 'withdrawn', cause)
    }
  }

  // Agents

  #chooseStatus({ agentId, status }: StatusChange): void {
    this.#missedBreaks.delete(agentId)
    this.#tell({ type: 'statusChosen', agentId, status })
  }

  #changeAgent(effect: Effect<'agentChanged'>): void {
    const { tenant, missedBreakMs = defaultMissedBreakMs, publish } = this.#world
    publish.call(this.#world, agentEvent(tenant.tenantId, effect, this.#now))
    const { agentId, status } = effect
    const isMissedBreak = status.type === 'onBreak' && status.reason === missedCallsBreak
    if (isMissedBreak && !this.#missedBreaks.has(agentId)) {
      const token = {}
      this.#missedBreaks.set(agentId, token)
      this.#after(missedBreakMs, () => {
        if (this.#missedBreaks.get(agentId) === token) {
          this.#chooseStatus({ at: this.#now, agentId, status: { type: 'available' } })
        }
      })
    }
  }

  #ring(live: Live, { agentIds, ringMs, stepMs, deadlineAt }: Effect<'offer'>): void {
    live.offers += 1
    const offer = { offerId: `${live.caller.callId}-${live.offers}`, ringing: new Set(agentIds) }
    live.offer = offer
    agentIds.forEach((agentId, index) => {
      const ringing = { agentId, offerId: offer.offerId }
      live.news.offered(this.#now, live, ringing, index * stepMs, deadlineAt)
      const attempt = (live.attempts.get(agentId) ?? 0) + 1
      live.attempts.set(agentId, attempt)
      const pickUp = withinRing(this.#world.pickUp(live.caller, agentId, attempt), ringMs)
      this.#after(index * stepMs + pickUp.afterMs, () => {
        if (live.offer === offer && offer.ringing.has(agentId)) {
          this.#endRing(live, offer, agentId, pickUp.outcome)
        }
      })
    })
  }

  #endRing(live: Live, offer: Offer, agentId: AgentId, outcome: PickUp['outcome']): void {
    const { callId, talkMs } = live.caller
    const { offerId, ringing } = offer
    ringing.delete(agentId)
    if (outcome !== 'answered') {
      live.offer = ringing.size === 0 ? undefined : offer
      live.news.offerEnded(this.#now, live, { agentId, offerId }, outcome, '')
      this.#tell({ type: 'offerFailed', callId, agentId, outcome })
      return
    }
    const charged = this.#world.tenant.queues.get(live.chargedTo ?? live.queueId)
    live.isTalking = true
    live.news.answered(this.#now, live, { agentId, offerId }, charged?.serviceLevelMs ?? 0)
    this.#stopRinging(live, 'LOSE_RACE')
    this.#tell({ type: 'offerAccepted', callId, agentId })
    this.#after(talkMs, () => {
      live.news.completed(this.#now, live, agentId, talkMs)
      this.#calls.delete(callId)
      this.#tell({ type: 'talkEnded', agentId, callId })
    })
  }

  // The core

  /** Facts that follow from wishes wait their turn: the core is not asked while it answers. */
  #tell(fact: AcdEvent): void {
    this.#facts.push(fact)
    if (this.#facts.length > 1) {
      return
    }
    for (let next = this.#facts[0]; next !== undefined; next = this.#facts[0]) {
      for (const effect of this.#acd.handle(next, this.#now)) {
        this.#carryOut(effect)
      }
      this.#facts.shift()
    }
  }

  #carryOut(effect: AcdEffect): void {
    if (effect.type === 'agentChanged') {
      this.#changeAgent(effect)
      return
    }
    const live = 'callId' in effect ? this.#calls.get(effect.callId) : undefined
    if (live === undefined || live.isTalking) {
      return
    }
    if (effect.type === 'offer') {
      this.#ring(live, effect)
    } else if (effect.type === 'withdraw') {
      this.#withdraw(live, effect)
    } else if (effect.type === 'overflow') {
      this.#overflow(live, effect)
    } else if (effect.type === 'actionDue') {
      const actions = this.#world.tenant.queues.get(effect.queueId)?.actions
      live.news.actionDue(this.#now, live, effect, actions?.get(effect.name) ?? {})
    }
  }

  #withdraw(live: Live, { agentId, reason }: Effect<'withdraw'>): void {
    const { offer } = live
    if (offer?.ringing.delete(agentId) === true) {
      live.offer = offer.ringing.size === 0 ? undefined : offer
      const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
      const ringing = { agentId, offerId: offer.offerId }
      live.news.offerEnded(this.#now, live, ringing, outcome, reason)
    }
  }

  #overflow(live: Live, { reason }: Effect<'overflow'>): void {
    const { callId } = live.caller
    const { queueId, chargedTo, tried } = live
    const at = this.#now
    const way = wayOut(this.#world.tenant.queues, live, reason, at)
    this.#stopRinging(live, 'overflow')
    live.news.overflowed(at, live, reason, way)
    this.#tell({ type: 'callLeft', callId })
    if (way.type !== 'queue') {
      this.#calls.delete(callId)
      return
    }
    live.queueId = way.queueId
    live.enteredAt = at
    live.chargedTo = chargedTo ?? queueId
    live.tried = { at, queueIds: [...(tried.at === at ? tried.queueIds : []), queueId] }
    this.#enqueue(live)
  }
}
