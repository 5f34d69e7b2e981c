import type { AgentState } from '../../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../../catalogue/ids.ts'
import { memoryless } from '../chance.ts'
import type { AcdEffect } from '../event.ts'
import type { AcdSettings, AgentSettings, QueueSettings } from '../settings.ts'
import { countWork, restToReach } from '../workload.ts'
import { Alarms } from './reference-alarms.ts'
import { occupationOf } from './reference-choice.ts'
import { type Caller, isStaffed, membershipOf, type Person, type World } from './reference-rules.ts'

/** The states of agents, and what is counted of them. */
export abstract class ReferencePeople {
  protected readonly world: World
  protected readonly alarms = new Alarms()
  protected effects: AcdEffect[] = []
  protected turns = 0
  /** The highest draw that `random` has chosen: agents who become ready draw above it. */
  protected drawnUpTo = 0
  #draws = 0

  constructor(settings: AcdSettings, now: EpochMs) {
    this.world = { settings, people: [], callers: [], now }
    this.world.people = settings.agents.map((agent) => newPerson(agent, now))
    for (const person of this.world.people.filter(isStaffed)) {
      person.state = 'idle'
      person.isReady = true
      this.drawFor(person)
    }
  }

  protected abstract serveAgent(person: Person): void

  protected startTalk(person: Person, callId: CallId, queueId: QueueId): void {
    this.turns += 1
    person.turn = this.turns
    person.misses = 0
    person.calls += 1
    person.talkingSinceAt = this.world.now
    this.occupy(person, 'talking', callId, queueId)
  }

  protected endTalk(person: Person, callId: CallId | undefined): void {
    if (person.state !== 'talking' || (callId ?? person.callId) !== person.callId) {
      return
    }
    const { now } = this.world
    const { queueId, settings } = person
    person.talkMs += now - person.talkingSinceAt
    const membership = queueId === undefined ? undefined : membershipOf(person, queueId)
    const wrapUpMs = membership?.wrapUpMs ?? settings.wrapUpMs ?? this.queue(queueId)?.wrapUpMs ?? 0
    if (wrapUpMs === 0) {
      this.goIdle(person, now, 0)
    } else {
      this.become(person, 'wrapUp')
      this.setWrapUpEnd(person, now + wrapUpMs)
    }
  }

  protected prolongWrapUp(person: Person, byMs: DurationMs): void {
    if (person.state === 'wrapUp') {
      const endsAt = this.alarms.of(person)?.at ?? this.world.now
      this.alarms.cancel(person, 'agent')
      this.setWrapUpEnd(person, Math.max(endsAt + byMs, this.world.now))
    }
  }

  protected setWrapUpEnd(person: Person, at: EpochMs): void {
    this.alarms.set(at, person, 'agent', () => this.goIdle(person, this.world.now, 0))
  }

  protected occupy(
    person: Person,
    state: 'reserved' | 'ringing' | 'talking',
    callId: CallId,
    queueId: QueueId,
  ): void {
    this.alarms.cancel(person, 'agent')
    person.isReady = false
    person.callId = callId
    person.queueId = queueId
    this.become(person, state)
  }

  protected goIdle(person: Person, idleSinceAt: EpochMs, minRestMs: DurationMs): void {
    const { settings, now } = this.world
    this.alarms.cancel(person, 'agent')
    person.isReady = false
    person.callId = undefined
    person.queueId = undefined
    if (!isStaffed(person)) {
      this.become(person, 'off')
      return
    }
    person.idleSinceAt = idleSinceAt
    this.become(person, 'idle')
    const limit = person.settings.maxOccupancy ?? Number.POSITIVE_INFINITY
    const restMs = Math.max(minRestMs, restToReach(limit, person.work, settings.occupancyWindowMs))
    if (restMs > 0) {
      this.alarms.set(now + restMs, person, 'agent', () => this.becomeReady(person))
    } else {
      this.becomeReady(person)
    }
  }

  protected becomeReady(person: Person): void {
    person.isReady = true
    this.drawFor(person)
    this.serveAgent(person)
  }

  protected drawFor(person: Person): void {
    const { settings } = this.world
    const mustDraw = settings.queues.some(
      ({ strategy, queueId }) =>
        strategy === 'random' && membershipOf(person, queueId) !== undefined,
    )
    if (mustDraw) {
      this.#draws += 1
      person.draw = this.drawnUpTo + memoryless(settings.seed, this.#draws)
    }
  }

  protected become(person: Person, state: AgentState): void {
    const { settings, now } = this.world
    const { agentId, state: previous, status, callId } = person
    person.work = countWork(person.work, occupationOf(person), now, settings.occupancyWindowMs)
    person.state = state
    this.effects.push({ type: 'agentChanged', agentId, state, previous, status, callId })
  }

  protected queue(queueId: QueueId | undefined): QueueSettings | undefined {
    return this.world.settings.queues.find((queue) => queue.queueId === queueId)
  }

  protected callersOf(queueId: QueueId): readonly Caller[] {
    return this.world.callers.filter(({ queue }) => queue.queueId === queueId)
  }

  protected caller(callId: CallId): Caller | undefined {
    return this.world.callers.find((caller) => caller.callId === callId)
  }

  protected person(agentId: AgentId): Person | undefined {
    return this.world.people.find((person) => person.agentId === agentId)
  }
}

/** A new agent: off until they are seen to be available. */
export function newPerson(settings: AgentSettings, now: EpochMs): Person {
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
    draw: 0,
    work: { load: 0, at: now },
  }
}
