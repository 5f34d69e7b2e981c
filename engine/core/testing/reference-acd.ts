import { SwitchyardError } from '../../errors.ts'
import { memoryless } from '../chance.ts'
import type { AcdEffect, AcdEvent, AgentState, OfferOutcome, OverflowReason } from '../event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../ids.ts'
import type { AcdSettings, AgentSettings, AgentStatus, QueueSettings } from '../settings.ts'
import { countWork, restToReach } from '../workload.ts'
import { Alarms } from './reference-alarms.ts'
import { chooseAgents, chooseCall, occupationOf, ringsSeveral } from './reference-choice.ts'
import {
  actionsDue,
  type Caller,
  isStaffed,
  lowestStaffedLevel,
  mayBeOffered,
  membershipOf,
  nextChangeAt,
  type Person,
  positionOf,
  prefers,
  type World,
} from './reference-rules.ts'

type Told<T extends AcdEvent['type']> = Extract<AcdEvent, { type: T }>

/**
 * The rules of distribution in plain words, for tests: no index, no heap, each
 * question answered by a scan over everything. {@link Acd} must say the same.
 * Its time must not run backwards.
 */
export class ReferenceAcd {
  readonly #world: World
  readonly #alarms = new Alarms()
  #effects: AcdEffect[] = []
  #turns = 0
  #draws = 0
  /** The luck of whom `random` chose last: who becomes ready draws from here on. */
  #luckSpent = 0

  constructor(settings: AcdSettings, now: EpochMs) {
    this.#world = { settings, people: [], callers: [], now }
    this.#world.people = settings.agents.map((agent) => newPerson(agent, now))
    for (const person of this.#world.people.filter(isStaffed)) {
      person.state = 'idle'
      person.isReady = true
      this.#draw(person)
    }
  }

  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    if (event.type === 'callQueued' && this.#queue(event.queueId) === undefined) {
      throw new SwitchyardError('SY_QUEUE_UNKNOWN', `no queue ${event.queueId}`)
    }
    this.#world.now = now
    this.#alarms.ringUntil(now)
    this.#apply(event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  nextWakeAt(): EpochMs | undefined {
    return this.#alarms.next()?.at
  }

  /** The place of a call in its queue now, from 1; undefined for one given up or unknown. */
  position(callId: CallId): number | undefined {
    const caller = this.#caller(callId)
    return caller === undefined || caller.givenUp !== undefined
      ? undefined
      : positionOf(this.#world, caller)
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued':
        this.#queueCall(event)
        break
      case 'callChanged':
        this.#changeCall(event)
        break
      case 'callLeft':
        this.#leave(event.callId)
        break
      case 'settingsChanged':
        this.#changeSettings(event.settings)
        break
      case 'timePassed':
        break
      default: {
        const person = this.#person(event.agentId)
        if (person !== undefined) {
          this.#applyTo(person, event)
        } else if (event.type === 'talkFound') {
          this.#leave(event.callId)
        }
      }
    }
  }

  #applyTo(person: Person, event: Extract<AcdEvent, { agentId: AgentId }>): void {
    switch (event.type) {
      case 'offerAccepted':
        this.#accept(event.callId, person)
        break
      case 'offerFailed':
        this.#fail(event.callId, person, event.outcome)
        break
      case 'talkFound':
        this.#findTalk(event.callId, person, event.queueId)
        break
      case 'talkEnded':
        this.#endTalk(person, event.callId)
        break
      case 'wrapUpEnded':
        if (person.state === 'wrapUp') {
          this.#goIdle(person, this.#world.now, 0)
        }
        break
      case 'wrapUpProlonged':
        this.#prolongWrapUp(person, event.byMs)
        break
      case 'statusChosen':
        this.#chooseStatus(person, event.status)
        break
      case 'skillsSet':
        person.skills = event.skills
        this.#serveAgent(person)
        break
    }
  }

  // Calls

  #queueCall(event: Told<'callQueued'>): void {
    const { callId, queueId, priority, requires, preferred } = event
    const queue = this.#queue(queueId)
    if (queue === undefined || this.#caller(callId) !== undefined) {
      return
    }
    const refusal = event.isReturning === true ? undefined : this.#refusalAtDoor(queue)
    if (refusal !== undefined) {
      this.#effects.push({ type: 'overflow', callId, queueId, reason: refusal })
      return
    }
    const { now } = this.#world
    const caller: Caller = {
      callId,
      queue,
      enqueuedAt: Math.min(event.enqueuedAt, now),
      enteredAt: Math.min(event.enteredAt ?? event.enqueuedAt, now),
      priority,
      requires,
      preferred,
      offeredTo: [],
      refusedBy: new Set(),
      givenUp: undefined,
    }
    this.#world.callers = [...this.#world.callers, caller]
    this.#setAlarms(caller)
    this.#serveCall(caller)
  }

  #refusalAtDoor({ queueId, joinUnstaffed, capacity }: QueueSettings): OverflowReason | undefined {
    if (!joinUnstaffed && lowestStaffedLevel(this.#world, queueId) === undefined) {
      return 'joinUnstaffed'
    }
    return this.#callersOf(queueId).length >= (capacity ?? Number.POSITIVE_INFINITY)
      ? 'full'
      : undefined
  }

  #changeCall({ callId, priority, requires, preferred }: Told<'callChanged'>): void {
    const caller = this.#caller(callId)
    if (caller !== undefined && caller.givenUp === undefined) {
      caller.priority = priority ?? caller.priority
      caller.requires = requires ?? caller.requires
      caller.preferred = preferred ?? caller.preferred
      this.#setChangeAlarm(caller, this.#world.now)
      this.#serveCall(caller)
    }
  }

  /** All the alarms of a call that is not given up. */
  #setAlarms(caller: Caller): void {
    const { queueId, maxWaitMs } = caller.queue
    this.#alarms.cancel(caller, 'maxWait', 'unstaffed', 'change')
    if (maxWaitMs !== undefined) {
      const at = caller.enteredAt + maxWaitMs
      this.#alarms.set(at, caller, 'maxWait', () => this.#giveUp(caller, 'maxWait'))
    }
    if (lowestStaffedLevel(this.#world, queueId) === undefined) {
      this.#beUnstaffed(caller)
    }
    if (caller.givenUp === undefined) {
      this.#setChangeAlarm(caller, this.#world.now)
    }
  }

  #beUnstaffed(caller: Caller): void {
    const { maxUnstaffedMs } = caller.queue
    const giveUp = () => this.#giveUp(caller, 'unstaffed')
    if (maxUnstaffedMs === 0) {
      giveUp()
    } else if (maxUnstaffedMs !== undefined && caller.givenUp === undefined) {
      this.#alarms.set(this.#world.now + maxUnstaffedMs, caller, 'unstaffed', giveUp)
    }
  }

  #setChangeAlarm(caller: Caller, lastAt: EpochMs): void {
    this.#alarms.cancel(caller, 'change')
    const at = nextChangeAt(this.#world, caller, lastAt)
    if (at !== undefined) {
      this.#alarms.set(at, caller, 'change', () => this.#reachChange(caller, lastAt))
    }
  }

  #reachChange(caller: Caller, lastAt: EpochMs): void {
    const { callId, queue } = caller
    const { now } = this.#world
    for (const { name, count } of actionsDue(caller, lastAt, now)) {
      this.#effects.push({ type: 'actionDue', callId, queueId: queue.queueId, name, count })
    }
    this.#serveCall(caller)
    this.#setChangeAlarm(caller, now)
  }

  #giveUp(caller: Caller, reason: OverflowReason): void {
    if (caller.givenUp === undefined) {
      caller.givenUp = reason
      this.#alarms.cancel(caller, 'maxWait', 'unstaffed', 'change')
      if (caller.offeredTo.length === 0) {
        this.#tellGivenUp(caller, reason)
      }
    }
  }

  #tellGivenUp({ callId, queue }: Caller, reason: OverflowReason): void {
    this.#effects.push({ type: 'overflow', callId, queueId: queue.queueId, reason })
  }

  #leave(callId: CallId): void {
    const caller = this.#caller(callId)
    if (caller !== undefined) {
      const { offeredTo } = caller
      this.#forget(caller)
      this.#release(callId, offeredTo, 'callLeft')
    }
  }

  #forget(caller: Caller): void {
    this.#world.callers = this.#world.callers.filter((other) => other !== caller)
    this.#alarms.cancel(caller, 'maxWait', 'unstaffed', 'change', 'refusal', 'lease')
    caller.offeredTo = []
  }

  // Offers

  #serveCall(caller: Caller): void {
    if (!mayBeOffered(caller)) {
      return
    }
    const { chosen, isPreferred } = chooseAgents(this.#world, caller, (effect) =>
      this.#effects.push(effect),
    )
    const [first] = chosen
    if (first !== undefined) {
      if (caller.queue.strategy === 'random' && !isPreferred) {
        this.#luckSpent = Math.max(this.#luckSpent, first.luck)
      }
      this.#offer(caller, chosen)
    }
  }

  #serveAgent(person: Person): void {
    while (person.isReady) {
      const caller = chooseCall(this.#world, person, (effect) => this.#effects.push(effect))
      if (caller === undefined) {
        return
      }
      if (ringsSeveral(caller.queue) && !prefers(caller, person)) {
        this.#serveCall(caller)
      } else {
        this.#offer(caller, [person])
      }
    }
  }

  #offer(caller: Caller, people: readonly Person[]): void {
    const { now } = this.#world
    const { callId, queue } = caller
    const { queueId, ringMs, strategy, ringStepMs } = queue
    const stepMs = strategy === 'ringProgressively' && people.length > 1 ? ringStepMs : 0
    const deadlineAt = now + ringMs + (people.length - 1) * stepMs + 5_000
    const agentIds = people.map(({ agentId }) => agentId)
    caller.offeredTo = people
    this.#alarms.set(deadlineAt, caller, 'lease', () => this.#expire(caller))
    this.#effects.push({ type: 'offer', callId, queueId, agentIds, ringMs, stepMs, deadlineAt })
    for (const [index, person] of people.entries()) {
      if (index > 0 && stepMs > 0) {
        this.#occupy(person, 'reserved', callId, queueId)
        const ring = () => this.#become(person, 'ringing')
        this.#alarms.set(now + index * stepMs, person, 'agent', ring)
      } else {
        this.#occupy(person, 'ringing', callId, queueId)
      }
    }
  }

  #expire(caller: Caller): void {
    const { callId, offeredTo } = caller
    for (const person of offeredTo) {
      if (caller.offeredTo.includes(person)) {
        const { agentId } = person
        this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'expired' })
        this.#fail(callId, person, 'noAnswer')
      }
    }
  }

  #accept(callId: CallId, person: Person): void {
    const caller = this.#caller(callId)
    const { agentId } = person
    if (person.state === 'talking' && person.callId === callId) {
      return
    }
    if (caller === undefined || !caller.offeredTo.includes(person)) {
      this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'late' })
      return
    }
    const losers = caller.offeredTo.filter((other) => other !== person)
    this.#forget(caller)
    this.#startTalk(person, callId, caller.queue.queueId)
    this.#release(callId, losers, 'lostRace')
  }

  /** The call looks for the next agent before the one who refused is free. */
  #fail(callId: CallId, person: Person, outcome: OfferOutcome): void {
    const caller = this.#caller(callId)
    if (caller === undefined || !caller.offeredTo.includes(person)) {
      return
    }
    if (outcome === 'withdrawn') {
      this.#takeBack(caller, person)
      this.#goIdle(person, person.idleSinceAt, 0)
      return
    }
    this.#keepApart(caller, person)
    this.#turns += 1
    person.turn = this.#turns
    this.#takeBack(caller, person)
    const { maxMisses, restMs } = person.settings
    const free = () =>
      this.#goIdle(person, this.#world.now, outcome === 'failed' ? 1_000 : restMs[outcome])
    person.misses += outcome === 'noAnswer' ? 1 : 0
    if (maxMisses > 0 && person.misses >= maxMisses && isStaffed(person)) {
      person.misses = 0
      this.#setStatus(person, { type: 'onBreak', reason: 'missedCalls' }, free)
    } else {
      free()
    }
  }

  #keepApart(caller: Caller, { agentId }: Person): void {
    const { retryDeclinedMs } = caller.queue
    if (retryDeclinedMs > 0) {
      caller.refusedBy.add(agentId)
      this.#alarms.set(this.#world.now + retryDeclinedMs, caller, 'refusal', () => {
        caller.refusedBy.delete(agentId)
        this.#serveCall(caller)
      })
    }
  }

  /** Ends the offer to one agent; after the last of them the call looks again, unless it `mustWait`. */
  #takeBack(caller: Caller, person: Person, mustWait = false): void {
    caller.offeredTo = caller.offeredTo.filter((other) => other !== person)
    if (caller.offeredTo.length > 0) {
      return
    }
    this.#alarms.cancel(caller, 'lease')
    if (caller.givenUp !== undefined) {
      this.#tellGivenUp(caller, caller.givenUp)
    } else if (!mustWait) {
      this.#serveCall(caller)
    }
  }

  #recall(person: Person, mustWait = false): void {
    const caller = this.#world.callers.find(({ offeredTo }) => offeredTo.includes(person))
    if (caller !== undefined) {
      const { callId } = caller
      const { agentId } = person
      this.#effects.push({ type: 'withdraw', callId, agentId, reason: 'agentUnavailable' })
      this.#takeBack(caller, person, mustWait)
    }
  }

  #release(callId: CallId, people: readonly Person[], reason: 'callLeft' | 'lostRace'): void {
    for (const person of people) {
      this.#effects.push({ type: 'withdraw', callId, agentId: person.agentId, reason })
      this.#goIdle(person, person.idleSinceAt, 0)
    }
  }

  // Agents

  #findTalk(callId: CallId, person: Person, queueId: QueueId): void {
    if (this.#caller(callId)?.offeredTo.includes(person)) {
      this.#accept(callId, person)
      return
    }
    this.#leave(callId)
    if (person.state !== 'talking') {
      this.#recall(person)
      this.#startTalk(person, callId, queueId)
    }
  }

  #startTalk(person: Person, callId: CallId, queueId: QueueId): void {
    this.#turns += 1
    person.turn = this.#turns
    person.misses = 0
    person.calls += 1
    person.talkingSinceAt = this.#world.now
    this.#occupy(person, 'talking', callId, queueId)
  }

  #endTalk(person: Person, callId: CallId | undefined): void {
    if (person.state !== 'talking' || (callId ?? person.callId) !== person.callId) {
      return
    }
    const { now } = this.#world
    const { queueId, settings } = person
    person.talkMs += now - person.talkingSinceAt
    const membership = queueId === undefined ? undefined : membershipOf(person, queueId)
    const wrapUpMs =
      membership?.wrapUpMs ?? settings.wrapUpMs ?? this.#queue(queueId)?.wrapUpMs ?? 0
    if (wrapUpMs === 0) {
      this.#goIdle(person, now, 0)
    } else {
      this.#become(person, 'wrapUp')
      this.#setWrapUpEnd(person, now + wrapUpMs)
    }
  }

  #prolongWrapUp(person: Person, byMs: DurationMs): void {
    if (person.state === 'wrapUp') {
      const endsAt = this.#alarms.of(person)?.at ?? this.#world.now
      this.#alarms.cancel(person, 'agent')
      this.#setWrapUpEnd(person, Math.max(endsAt + byMs, this.#world.now))
    }
  }

  #setWrapUpEnd(person: Person, at: EpochMs): void {
    this.#alarms.set(at, person, 'agent', () => this.#goIdle(person, this.#world.now, 0))
  }

  #chooseStatus(person: Person, status: AgentStatus): void {
    const isRepeat = JSON.stringify(person.status) === JSON.stringify(status)
    const isAvailable = status.type === 'available'
    person.misses = 0
    this.#setStatus(person, status, () => {
      if ((person.state === 'idle' && !isAvailable) || (person.state === 'off' && isAvailable)) {
        this.#goIdle(person, this.#world.now, 0)
      } else if (!isRepeat) {
        this.#become(person, person.state)
      }
      if ((person.state === 'ringing' || person.state === 'reserved') && !isAvailable) {
        this.#recall(person)
        this.#goIdle(person, this.#world.now, 0)
      }
    })
  }

  /** A new status, what it does to the agent, and then what the change of staffing does to others. */
  #setStatus(person: Person, status: AgentStatus, free: () => void): void {
    const wasStaffed = isStaffed(person)
    const lowestBefore = new Map(
      person.settings.queues.map(({ queueId }) => [
        queueId,
        lowestStaffedLevel(this.#world, queueId),
      ]),
    )
    if (person.status.type === 'loggedOut' && status.type !== 'loggedOut') {
      person.talkMs = 0
      person.calls = 0
      person.work = { load: 0, at: this.#world.now }
    }
    person.status = status
    free()
    if (isStaffed(person) === wasStaffed) {
      return
    }
    for (const [queueId, before] of lowestBefore) {
      this.#changeStaffing(queueId, before)
    }
    for (const caller of this.#world.callers) {
      if (caller.preferred?.hold === 'whileStaffed' && prefers(caller, person)) {
        this.#serveCall(caller)
      }
    }
  }

  #changeStaffing(queueId: QueueId, before: number | undefined): void {
    const after = lowestStaffedLevel(this.#world, queueId)
    for (const caller of this.#callersOf(queueId)) {
      if (after === undefined) {
        this.#beUnstaffed(caller)
      } else if (before === undefined) {
        this.#alarms.cancel(caller, 'unstaffed')
      }
    }
    if (this.#queue(queueId)?.tiers.skipUnstaffed === true) {
      for (const person of this.#world.people) {
        const level = membershipOf(person, queueId)?.level
        if (level !== undefined && level > (before ?? 0) && level <= (after ?? 0)) {
          this.#serveAgent(person)
        }
      }
    }
  }

  #occupy(
    person: Person,
    state: 'reserved' | 'ringing' | 'talking',
    callId: CallId,
    queueId: QueueId,
  ): void {
    this.#alarms.cancel(person, 'agent')
    person.isReady = false
    person.callId = callId
    person.queueId = queueId
    this.#become(person, state)
  }

  #goIdle(person: Person, idleSinceAt: EpochMs, leastRestMs: DurationMs): void {
    const { settings, now } = this.#world
    this.#alarms.cancel(person, 'agent')
    person.isReady = false
    person.callId = undefined
    person.queueId = undefined
    if (!isStaffed(person)) {
      this.#become(person, 'off')
      return
    }
    person.idleSinceAt = idleSinceAt
    this.#become(person, 'idle')
    const limit = person.settings.maxOccupancy ?? Number.POSITIVE_INFINITY
    const restMs = Math.max(
      leastRestMs,
      restToReach(limit, person.work, settings.occupancyWindowMs),
    )
    if (restMs > 0) {
      this.#alarms.set(now + restMs, person, 'agent', () => this.#becomeReady(person))
    } else {
      this.#becomeReady(person)
    }
  }

  #becomeReady(person: Person): void {
    person.isReady = true
    this.#draw(person)
    this.#serveAgent(person)
  }

  #draw(person: Person): void {
    const { settings } = this.#world
    const drawsLots = settings.queues.some(
      ({ strategy, queueId }) =>
        strategy === 'random' && membershipOf(person, queueId) !== undefined,
    )
    if (drawsLots) {
      this.#draws += 1
      person.luck = this.#luckSpent + memoryless(settings.seed, this.#draws)
    }
  }

  #become(person: Person, state: AgentState): void {
    const { settings, now } = this.#world
    const { agentId, state: previous, status, callId } = person
    person.work = countWork(person.work, occupationOf(person), now, settings.occupancyWindowMs)
    person.state = state
    this.#effects.push({ type: 'agentChanged', agentId, state, previous, status, callId })
  }

  // Settings

  #changeSettings(settings: AcdSettings): void {
    const world = this.#world
    const before = world.people
    world.settings = settings
    const named = new Set(settings.agents.map(({ agentId }) => agentId))
    for (const person of before.filter(({ agentId }) => !named.has(agentId))) {
      this.#dismiss(person)
    }
    world.people = settings.agents.map((agent) => {
      const person = before.find(({ agentId }) => agentId === agent.agentId)
      return person === undefined ? newPerson(agent, world.now) : renewed(person, agent)
    })
    for (const person of world.people.filter((each) => !before.includes(each))) {
      if (isStaffed(person)) {
        this.#become(person, 'idle')
        person.isReady = true
        this.#draw(person)
      }
    }
    for (const caller of world.callers) {
      const queue = this.#queue(caller.queue.queueId)
      if (queue === undefined) {
        this.#giveUp(caller, 'removed')
        continue
      }
      caller.queue = queue
      if (caller.givenUp === undefined) {
        this.#setAlarms(caller)
      }
    }
    for (const person of world.people) {
      this.#serveAgent(person)
    }
  }

  #dismiss(person: Person): void {
    this.#recall(person, true)
    this.#alarms.cancel(person, 'agent')
    person.callId = undefined
    person.status = { type: 'loggedOut' }
    person.isReady = false
    if (person.state !== 'off') {
      this.#become(person, 'off')
    }
  }

  #queue(queueId: QueueId | undefined): QueueSettings | undefined {
    return this.#world.settings.queues.find((queue) => queue.queueId === queueId)
  }

  #callersOf(queueId: QueueId): readonly Caller[] {
    return this.#world.callers.filter(({ queue }) => queue.queueId === queueId)
  }

  #caller(callId: CallId): Caller | undefined {
    return this.#world.callers.find((caller) => caller.callId === callId)
  }

  #person(agentId: AgentId): Person | undefined {
    return this.#world.people.find((person) => person.agentId === agentId)
  }
}

function newPerson(settings: AgentSettings, now: EpochMs): Person {
  const { agentId, skills, status } = settings
  return {
    agentId,
    settings,
    skills,
    status,
    state: 'off',
    idleSinceAt: now,
    isReady: false,
    misses: 0,
    callId: undefined,
    queueId: undefined,
    talkingSinceAt: now,
    talkMs: 0,
    calls: 0,
    turn: 0,
    luck: 0,
    work: { load: 0, at: now },
  }
}

/** What was set of their skills since stays, unless the settings say something new of them. */
function renewed(person: Person, settings: AgentSettings): Person {
  if (!isSameSkills(person.settings, settings)) {
    person.skills = settings.skills
  }
  person.settings = settings
  return person
}

function isSameSkills({ skills: a }: AgentSettings, { skills: b }: AgentSettings): boolean {
  return a.size === b.size && [...a].every(([skill, level]) => b.get(skill) === level)
}
