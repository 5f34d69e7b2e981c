import type { OverflowRule } from '../config/engine-config.ts'
import { Acd } from '../core/acd.ts'
import type { AcdEffect, AcdEvent, OverflowReason } from '../core/event.ts'
import type { AgentId, CallId, DurationMs, EpochMs } from '../core/ids.ts'
import { missedCallsBreak } from '../core/roster.ts'
import { Agenda } from './agenda.ts'
import { type Live, type Offer, startLife, withinRing } from './live.ts'
import { agentNews, CallNews } from './news.ts'
import type { Caller, PickUp, StatusChange, World } from './world.ts'

const defaultMissedBreakMs: DurationMs = 5 * 60_000

/** Which rule of a queue says where a call goes. A queue that is no more hangs up: it has none. */
const overflowRules = {
  maxWait: 'maxWait',
  full: 'full',
  joinUnstaffed: 'unstaffed',
  unstaffed: 'unstaffed',
  removed: 'maxWait',
} as const satisfies Record<OverflowReason, OverflowRule>

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
    const { callId, patienceMs, enqueuedAt } = caller
    const { tenantId } = this.#world.tenant
    const live = startLife(
      new CallNews(tenantId, caller, (event) => this.#world.publish(event)),
      caller,
    )
    this.#calls.set(callId, live)
    this.#enqueue(live)
    if (patienceMs !== Number.POSITIVE_INFINITY) {
      this.#agenda.note(Math.max(this.#now, enqueuedAt + patienceMs), () => this.#giveUp(live))
    }
    this.#look(live)
  }

  #enqueue({ caller, queueId, news }: Live): void {
    const { callId, enqueuedAt, priority } = caller
    news.queued(this.#now, queueId)
    this.#tell({
      type: 'callQueued',
      callId,
      queueId,
      enqueuedAt,
      enteredAt: this.#now === caller.at ? enqueuedAt : this.#now,
      priority,
    })
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
    live.news.left(this.#now, live.queueId, wasRinging)
    this.#calls.delete(callId)
    this.#tell({ type: 'callLeft', callId })
  }

  #stopRinging(live: Live, cause: string): void {
    const { offer } = live
    live.offer = undefined
    for (const agentId of offer?.ringing ?? []) {
      live.news.offerEnded(
        this.#now,
        live.queueId,
        agentId,
        offer?.offerId ?? '',
        'withdrawn',
        cause,
      )
    }
  }

  // Agents

  #chooseStatus({ agentId, status }: StatusChange): void {
    this.#missedBreaks.delete(agentId)
    this.#tell({ type: 'statusChosen', agentId, status })
  }

  #changeAgent(effect: Effect<'agentChanged'>): void {
    const { tenant, missedBreakMs = defaultMissedBreakMs, publish } = this.#world
    publish.call(this.#world, agentNews(tenant.tenantId, effect, this.#now))
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

  #ring(live: Live, { agentIds, ringMs, stepMs, deadlineAt, queueId }: Effect<'offer'>): void {
    live.offers += 1
    const offer = { offerId: `${live.caller.callId}-${live.offers}`, ringing: new Set(agentIds) }
    live.offer = offer
    agentIds.forEach((agentId, index) => {
      live.news.offered(this.#now, queueId, agentId, offer.offerId, deadlineAt)
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
      live.news.offerEnded(this.#now, live.queueId, agentId, offerId, outcome, '')
      this.#tell({ type: 'offerFailed', callId, agentId, outcome })
      return
    }
    const serviceLevelMs = this.#world.tenant.queues.get(live.queueId)?.serviceLevelMs ?? 0
    live.isTalking = true
    live.news.answered(this.#now, live.queueId, agentId, offerId, serviceLevelMs)
    this.#stopRinging(live, 'LOSE_RACE')
    this.#tell({ type: 'offerAccepted', callId, agentId })
    this.#after(talkMs, () => {
      live.news.completed(this.#now, live.queueId, agentId, talkMs)
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
    }
  }

  #withdraw(live: Live, { agentId, reason }: Effect<'withdraw'>): void {
    const { offer } = live
    if (offer?.ringing.delete(agentId) === true) {
      live.offer = offer.ringing.size === 0 ? undefined : offer
      const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
      live.news.offerEnded(this.#now, live.queueId, agentId, offer.offerId, outcome, reason)
    }
  }

  #overflow(live: Live, { queueId, reason }: Effect<'overflow'>): void {
    const { callId } = live.caller
    const { queues } = this.#world.tenant
    const way = queues.get(queueId)?.overflow[overflowRules[reason]]
    const next = way?.type === 'queue' && queues.has(way.queueId) ? way.queueId : undefined
    this.#stopRinging(live, 'overflow')
    live.news.overflowed(this.#now, queueId, reason, way)
    this.#tell({ type: 'callLeft', callId })
    if (next === undefined) {
      this.#calls.delete(callId)
    } else {
      live.queueId = next
      this.#enqueue(live)
    }
  }
}
