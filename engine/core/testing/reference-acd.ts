import type { AcdSettings } from '../acd.ts'
import type { AcdEffect, AcdEvent, AgentState, OfferOutcome } from '../event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../ids.ts'
import type { AgentSettings, AgentStatus, QueueSettings, SkillRequirement } from '../settings.ts'

interface Person {
  readonly settings: AgentSettings
  status: AgentStatus
  state: AgentState
  idleSinceAt: EpochMs
  isReady: boolean
  misses: number
  callId: CallId | undefined
  queueId: QueueId | undefined
  /** Counts occupations and rests: an alarm set in an earlier one is void. */
  spell: number
}

interface Caller {
  readonly callId: CallId
  readonly queue: QueueSettings
  readonly requires: readonly SkillRequirement[]
  readonly enqueuedAt: EpochMs
  readonly priority: number
  offeredTo: AgentId | undefined
  offers: number
  isOverdue: boolean
  readonly refusedBy: Set<AgentId>
}

interface Alarm {
  readonly at: EpochMs
  readonly isOn: () => boolean
  readonly ring: () => void
}

/**
 * The rules of distribution in plain words, for tests: no index, no heap, each
 * question answered by a scan over everything. {@link Acd} must say the same.
 * Its time must not run backwards.
 */
export class ReferenceAcd {
  readonly #queues: readonly QueueSettings[]
  readonly #people: readonly Person[]
  #callers: Caller[] = []
  #alarms: Alarm[] = []
  #effects: AcdEffect[] = []
  #now: EpochMs

  constructor({ queues, agents }: AcdSettings, now: EpochMs) {
    this.#now = now
    this.#queues = queues
    this.#people = agents.map((settings) => ({
      settings,
      status: settings.status,
      state: settings.status.type === 'available' ? 'idle' : 'off',
      idleSinceAt: now,
      isReady: settings.status.type === 'available',
      misses: 0,
      callId: undefined,
      queueId: undefined,
      spell: 0,
    }))
  }

  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    this.#now = now
    for (let next = this.#nextAlarm(); next !== undefined && next.at <= now; ) {
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next)
      next.ring()
      next = this.#nextAlarm()
    }
    this.#apply(event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  nextWakeAt(): EpochMs | undefined {
    return this.#nextAlarm()?.at
  }

  /** The earliest; of several at one instant the one set first. */
  #nextAlarm(): Alarm | undefined {
    this.#alarms = this.#alarms.filter(({ isOn }) => isOn())
    return first(this.#alarms, (a, b) => a.at - b.at)
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued':
        this.#queueCall(event)
        break
      case 'callLeft':
        this.#leave(event.callId)
        break
      case 'timePassed':
        break
      default:
        this.#applyToPerson(event)
    }
  }

  #applyToPerson(event: Extract<AcdEvent, { agentId: AgentId }>): void {
    const person = this.#people.find(({ settings }) => settings.agentId === event.agentId)
    if (person === undefined) {
      if (event.type === 'talkFound') {
        this.#leave(event.callId)
      }
      return
    }
    const isTalking = person.state === 'talking'
    if (event.type === 'offerAccepted') {
      this.#accept(event.callId, person)
    } else if (event.type === 'offerFailed') {
      this.#fail(event.callId, person, event.outcome)
    } else if (event.type === 'talkFound') {
      this.#findTalk(event.callId, person, event.queueId)
    } else if (event.type === 'statusChosen') {
      this.#chooseStatus(person, event.status)
    } else if (event.type === 'wrapUpEnded' && person.state === 'wrapUp') {
      this.#rest(person, 0, this.#now)
    } else if (event.type === 'talkEnded' && isTalking && isOf(event.callId, person)) {
      this.#wrapUp(person)
    }
  }

  #queueCall(event: Extract<AcdEvent, { type: 'callQueued' }>): void {
    const queue = this.#queues.find(({ queueId }) => queueId === event.queueId)
    if (queue === undefined || this.#caller(event.callId) !== undefined) {
      return
    }
    const caller: Caller = {
      callId: event.callId,
      queue,
      requires: event.requires ?? queue.requires,
      enqueuedAt: Math.min(event.enqueuedAt, this.#now),
      priority: queue.priority + event.priority,
      offeredTo: undefined,
      offers: 0,
      isOverdue: false,
      refusedBy: new Set(),
    }
    this.#callers.push(caller)
    if (queue.maxWaitMs !== undefined) {
      const enteredAt = Math.min(event.enteredAt ?? event.enqueuedAt, this.#now)
      this.#alarm(enteredAt + queue.maxWaitMs, caller, () => {
        caller.isOverdue = true
        this.#serve(caller, true)
      })
    }
    this.#serve(caller)
  }

  /** The longest idle of those who may; callers past their limit are told so instead. */
  #serve(caller: Caller, isOverdueNow = false): void {
    if (caller.offeredTo !== undefined || (caller.isOverdue && !isOverdueNow)) {
      return
    }
    if (caller.isOverdue) {
      const { callId, queue } = caller
      this.#effects.push({ type: 'maxWaitReached', callId, queueId: queue.queueId })
      return
    }
    const ready = this.#people.filter((person) => person.isReady && suits(person, caller))
    const chosen = first(ready, (a, b) => a.idleSinceAt - b.idleSinceAt || byId(a, b))
    if (chosen !== undefined) {
      this.#offer(caller, chosen)
    }
  }

  /** Priority, then place, then arrival: callers stand in the order they arrived. */
  #becomeReady(person: Person): void {
    person.isReady = true
    const waiting = this.#callers.filter(
      (caller) => caller.offeredTo === undefined && !caller.isOverdue && suits(person, caller),
    )
    const chosen = first(waiting, (a, b) => b.priority - a.priority || a.enqueuedAt - b.enqueuedAt)
    if (chosen !== undefined) {
      this.#offer(chosen, person)
    }
  }

  #offer(caller: Caller, person: Person): void {
    const { callId, queue } = caller
    const { agentId } = person.settings
    const deadlineAt = this.#now + queue.ringMs + 5_000
    caller.offeredTo = agentId
    caller.offers += 1
    const offer = caller.offers
    const isStanding = () => caller.offeredTo === agentId && caller.offers === offer
    this.#alarms.push({
      at: deadlineAt,
      isOn: isStanding,
      ring: () => {
        this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'expired' })
        this.#fail(callId, person, 'noAnswer')
      },
    })
    this.#effects.push({
      type: 'offer',
      callId,
      queueId: queue.queueId,
      agentIds: [agentId],
      deadlineAt,
      match: { groupsConsidered: 0, idleSinceAt: person.idleSinceAt },
    })
    this.#occupy(person, 'ringing', callId, queue.queueId)
  }

  #accept(callId: CallId, person: Person): void {
    const caller = this.#caller(callId)
    const { agentId } = person.settings
    if (person.state === 'talking' && person.callId === callId) {
      return
    }
    if (caller?.offeredTo !== agentId) {
      this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    this.#forget(caller)
    this.#occupy(person, 'talking', callId, caller.queue.queueId)
  }

  #fail(callId: CallId, person: Person, outcome: OfferOutcome): void {
    const caller = this.#caller(callId)
    const { agentId, maxMisses, restMs } = person.settings
    if (caller?.offeredTo !== agentId) {
      return
    }
    const { retryDeclinedMs } = caller.queue
    if (outcome !== 'withdrawn' && retryDeclinedMs > 0) {
      caller.refusedBy.add(agentId)
      this.#alarm(this.#now + retryDeclinedMs, caller, () => {
        caller.refusedBy.delete(agentId)
        this.#serve(caller)
      })
    }
    caller.offeredTo = undefined
    this.#serve(caller, true)
    if (outcome === 'withdrawn') {
      this.#rest(person, 0, person.idleSinceAt)
      return
    }
    person.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && person.misses >= maxMisses && person.status.type === 'available') {
      person.misses = 0
      person.status = { type: 'onBreak', reason: 'missedCalls' }
    }
    this.#rest(person, outcome === 'failed' ? 1_000 : restMs[outcome], this.#now)
  }

  #leave(callId: CallId): void {
    const caller = this.#caller(callId)
    const person = this.#people.find(({ settings }) => settings.agentId === caller?.offeredTo)
    if (caller !== undefined) {
      this.#forget(caller)
    }
    if (person !== undefined && caller !== undefined) {
      const { agentId } = person.settings
      this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'callLeft' })
      this.#rest(person, 0, person.idleSinceAt)
    }
  }

  #findTalk(callId: CallId, person: Person, queueId: QueueId): void {
    if (person.state === 'ringing' && person.callId === callId) {
      this.#accept(callId, person)
      return
    }
    this.#leave(callId)
    if (person.state !== 'talking') {
      this.#recall(person)
      this.#occupy(person, 'talking', callId, queueId)
    }
  }

  #recall(person: Person): void {
    const { agentId } = person.settings
    const caller = this.#callers.find(({ offeredTo }) => offeredTo === agentId)
    if (caller !== undefined) {
      const { callId } = caller
      this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'agentUnavailable' })
      caller.offeredTo = undefined
      this.#serve(caller, true)
    }
  }

  #chooseStatus(person: Person, status: AgentStatus): void {
    const isChanged = JSON.stringify(person.status) !== JSON.stringify(status)
    person.status = status
    person.misses = 0
    const isAvailable = status.type === 'available'
    if ((person.state === 'idle' && !isAvailable) || (person.state === 'off' && isAvailable)) {
      this.#rest(person, 0, this.#now)
    } else if (isChanged) {
      this.#become(person, person.state)
    }
    if (person.state === 'ringing' && !isAvailable) {
      this.#recall(person)
      this.#rest(person, 0, this.#now)
    }
  }

  #occupy(person: Person, state: AgentState, callId: CallId, queueId: QueueId): void {
    person.spell += 1
    person.isReady = false
    person.misses = state === 'talking' ? 0 : person.misses
    person.callId = callId
    person.queueId = queueId
    this.#become(person, state)
  }

  #wrapUp(person: Person): void {
    const queue = this.#queues.find(({ queueId }) => queueId === person.queueId)
    const wrapUpMs = queue?.wrapUpMs ?? 0
    if (wrapUpMs === 0) {
      this.#rest(person, 0, this.#now)
    } else {
      this.#become(person, 'wrapUp')
      this.#alarmSpell(wrapUpMs, person, () => this.#rest(person, 0, this.#now))
    }
  }

  #rest(person: Person, restMs: DurationMs, idleSinceAt: EpochMs): void {
    const isAvailable = person.status.type === 'available'
    person.spell += 1
    person.isReady = false
    person.callId = undefined
    person.queueId = undefined
    person.idleSinceAt = isAvailable ? idleSinceAt : person.idleSinceAt
    this.#become(person, isAvailable ? 'idle' : 'off')
    if (isAvailable && restMs === 0) {
      this.#becomeReady(person)
    } else if (isAvailable) {
      this.#alarmSpell(restMs, person, () => this.#becomeReady(person))
    }
  }

  #become(person: Person, state: AgentState): void {
    const { settings, state: previous, status, callId } = person
    person.state = state
    const { agentId } = settings
    this.#effects.push({ type: 'agentChanged', agentId, state, previous, status, callId })
  }

  #caller(callId: CallId): Caller | undefined {
    return this.#callers.find((caller) => caller.callId === callId)
  }

  #forget(caller: Caller): void {
    this.#callers = this.#callers.filter((other) => other !== caller)
    caller.offeredTo = undefined
  }

  /** For as long as the caller waits. */
  #alarm(at: EpochMs, caller: Caller, ring: () => void): void {
    this.#alarms.push({ at, isOn: () => this.#callers.includes(caller), ring })
  }

  /** For as long as the agent does what they do now. */
  #alarmSpell(afterMs: DurationMs, person: Person, ring: () => void): void {
    const { spell } = person
    this.#alarms.push({ at: this.#now + afterMs, isOn: () => person.spell === spell, ring })
  }
}

function isOf(callId: CallId | undefined, person: Person): boolean {
  return callId === undefined || callId === person.callId
}

function suits({ settings }: Person, { queue, requires, refusedBy }: Caller): boolean {
  return (
    settings.queues.includes(queue.queueId) &&
    requires.every(({ skill, minLevel }) => (settings.skills.get(skill) ?? 0) >= minLevel) &&
    !refusedBy.has(settings.agentId)
  )
}

function byId(a: Person, b: Person): number {
  return a.settings.agentId < b.settings.agentId ? -1 : 1
}

function first<T>(items: readonly T[], compare: (a: T, b: T) => number): T | undefined {
  return items.toSorted(compare)[0]
}
