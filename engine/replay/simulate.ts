import { agentEvent } from '../catalogue/events/agent-events.ts'
import { readNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import { Acd } from '../core/acd.ts'
import { missedCallsBreak } from '../core/agent-rest.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import { Agenda } from './agenda.ts'
import { type AgentOffer, CallEvents } from './call-events.ts'
import { Offers } from './offers.ts'
import { overflowTarget } from './overflow-target.ts'
import { createSimulatedCall, type SimulatedCall } from './simulated-call.ts'
import type { CallChange, Caller, Move, StatusChange, World } from './world.ts'

const defaultMissedBreakMs: DurationMs = 5 * 60_000

type Effect<T extends AcdEffect['type']> = Extract<AcdEffect, { type: T }>

/**
 * Plays a call centre on the core alone: callers come, phones ring, agents come and go, at
 * simulated instants. The core gets the events it would get from the engine, and its effects
 * are carried out as the engine would. The same world gives the same day. It costs some ten
 * microseconds per call in addition to the core's own work.
 *
 * Simpler than the engine: no command fails or takes time, the phones of an offer all start to
 * ring at their instants, and a call that a command moves always keeps its place.
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
  readonly #calls = new Map<CallId, SimulatedCall>()
  readonly #offers: Offers
  /** Events for the core, the one it is handling first. */
  readonly #pending: AcdEvent[] = []
  /** Agents on the break for missed calls. The token identifies the break. */
  readonly #missedBreaks = new Map<AgentId, object>()
  #now: EpochMs

  constructor(world: World) {
    this.#world = world
    this.#now = world.startAt
    this.#acd = new Acd(world.tenant.settings, world.startAt)
    this.#callers = world.callers[Symbol.iterator]()
    this.#offers = new Offers({
      now: () => this.#now,
      after: (delayMs, run) => this.#after(delayMs, run),
      respond: (caller, agentId, attempt) => world.respond(caller, agentId, attempt),
      failed: ({ caller: { callId } }, agentId, outcome) =>
        this.#tell({ type: 'offerFailed', callId, agentId, outcome }),
      answered: (call, offer) => this.#answer(call, offer),
    })
    for (const change of world.statuses ?? []) {
      this.#agenda.add(change.at, () => this.#chooseStatus(change))
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
      // Deadlines come before everything else at the same instant, as in the engine.
      if (wakeAt <= dueAt) {
        this.#tell({ type: 'timePassed' })
      } else {
        this.#agenda.take()?.run()
      }
    }
  }

  #after(delayMs: DurationMs, run: () => void): void {
    this.#agenda.add(this.#now + delayMs, run)
  }

  /** Schedules only the next caller, so that a generator of callers needs little memory. */
  #awaitCaller(): void {
    const next = this.#callers.next()
    if (next.done !== true) {
      const caller = next.value
      this.#agenda.add(caller.at, () => {
        this.#awaitCaller()
        this.#arrive(caller)
      })
    }
  }

  #arrive(caller: Caller): void {
    const { callId, patienceMs, enqueuedAt, isAdopted, moves, changes = [] } = caller
    const { tenantId } = this.#world.tenant
    const call = createSimulatedCall(
      new CallEvents(tenantId, caller, (event) => this.#world.publish(event)),
      caller,
    )
    this.#calls.set(callId, call)
    this.#enqueue(call, isAdopted)
    for (const move of moves) {
      this.#agenda.add(move.at, () => this.#move(call, move))
    }
    for (const change of changes) {
      this.#agenda.add(change.at, () => this.#change(call, change))
    }
    if (patienceMs !== Number.POSITIVE_INFINITY) {
      this.#agenda.add(Math.max(this.#now, enqueuedAt + patienceMs), () => this.#giveUp(call))
    }
    this.#look(call)
  }

  #enqueue(call: SimulatedCall, isAdopted = false): void {
    const { queueId, enteredAt, events } = call
    const { callId, enqueuedAt, priority, needs } = call.caller
    events.queued(this.#now, call, isAdopted)
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

  #move(call: SimulatedCall, { queueId }: Move): void {
    if (!this.#isWaiting(call) || !this.#world.tenant.queues.has(queueId)) {
      return
    }
    this.#offers.stop(call, 'requeued')
    this.#tell({ type: 'callLeft', callId: call.caller.callId })
    call.events.requeued(this.#now, call, queueId)
    call.queueId = queueId
    call.enteredAt = this.#now
    this.#enqueue(call)
  }

  #change(call: SimulatedCall, { enqueuedAt, priority, needs }: CallChange): void {
    if (this.#isWaiting(call)) {
      call.caller = { ...call.caller, enqueuedAt, priority, needs }
      call.events.changed(this.#now, call, call.caller)
      const { callId } = call.caller
      this.#tell({ type: 'callChanged', callId, enqueuedAt, priority, ...readNeeds(needs) })
    }
  }

  #look(call: SimulatedCall): void {
    const { look } = this.#world
    if (look !== undefined && this.#isWaiting(call)) {
      look.at(call.caller.callId, this.#acd, this.#now)
      this.#after(look.everyMs, () => this.#look(call))
    }
  }

  #isWaiting(call: SimulatedCall): boolean {
    return this.#calls.get(call.caller.callId) === call && !call.isTalking
  }

  #giveUp(call: SimulatedCall): void {
    if (!this.#isWaiting(call)) {
      return
    }
    const { callId, leaves } = call.caller
    const wasRinging = call.offer !== undefined
    this.#offers.stop(call, leaves === 'abandoned' ? 'ORIGINATOR_CANCEL' : 'transferred')
    call.events.left(this.#now, call, wasRinging)
    this.#calls.delete(callId)
    this.#tell({ type: 'callLeft', callId })
  }

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

  #answer(call: SimulatedCall, { agentId, offerId }: AgentOffer): void {
    const { callId, talkMs } = call.caller
    const charged = this.#world.tenant.queues.get(call.chargedTo ?? call.queueId)
    call.isTalking = true
    call.events.answered(this.#now, call, { agentId, offerId }, charged?.serviceLevelMs ?? 0)
    this.#offers.stop(call, 'LOSE_RACE')
    this.#tell({ type: 'offerAccepted', callId, agentId })
    this.#after(talkMs, () => {
      call.events.completed(this.#now, call, agentId, talkMs)
      this.#calls.delete(callId)
      this.#tell({ type: 'talkEnded', agentId, callId })
    })
  }

  /** Gives the core an event. Events that follow from its effects wait until it has handled this one. */
  #tell(event: AcdEvent): void {
    this.#pending.push(event)
    if (this.#pending.length > 1) {
      return
    }
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      for (const effect of this.#acd.handle(next, this.#now)) {
        this.#carryOut(effect)
      }
      this.#pending.shift()
    }
  }

  #carryOut(effect: AcdEffect): void {
    if (effect.type === 'agentChanged') {
      this.#changeAgent(effect)
      return
    }
    const call = 'callId' in effect ? this.#calls.get(effect.callId) : undefined
    if (call === undefined || call.isTalking) {
      return
    }
    if (effect.type === 'offer') {
      this.#offers.ring(call, effect)
    } else if (effect.type === 'withdraw') {
      this.#offers.withdraw(call, effect)
    } else if (effect.type === 'overflow') {
      this.#overflow(call, effect)
    } else if (effect.type === 'actionDue') {
      const actions = this.#world.tenant.queues.get(effect.queueId)?.actions
      call.events.actionDue(this.#now, call, effect, actions?.get(effect.name) ?? {})
    }
  }

  #overflow(call: SimulatedCall, { reason }: Effect<'overflow'>): void {
    const { callId } = call.caller
    const { queueId, chargedTo, tried } = call
    const at = this.#now
    const target = overflowTarget(this.#world.tenant.queues, call, reason, at)
    this.#offers.stop(call, 'overflow')
    call.events.overflowed(at, call, reason, target)
    this.#tell({ type: 'callLeft', callId })
    if (target.type !== 'queue') {
      this.#calls.delete(callId)
      return
    }
    call.queueId = target.queueId
    call.enteredAt = at
    call.chargedTo = chargedTo ?? queueId
    call.tried = { at, queueIds: [...(tried.at === at ? tried.queueIds : []), queueId] }
    this.#enqueue(call)
  }
}
