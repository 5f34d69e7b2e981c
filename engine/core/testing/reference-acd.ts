import type { AgentId, CallId, EpochMs } from '../../catalogue/ids.ts'
import { SwitchyardError } from '../../errors.ts'
import type { AcdEffect, AcdEvent } from '../event.ts'
import type { AcdSettings, AgentSettings } from '../settings.ts'
import { newPerson } from './reference-people.ts'
import { isStaffed, type Person, positionOf } from './reference-rules.ts'
import { ReferenceWaiting } from './reference-waiting.ts'

/**
 * The rules of distribution in plain code, for tests: no index, no heap, each question answered by
 * a scan over everything. {@link Acd} must give the same effects. Its time must not run backwards.
 */
export class ReferenceAcd extends ReferenceWaiting {
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[] {
    if (event.type === 'callQueued' && this.queue(event.queueId) === undefined) {
      throw new SwitchyardError('SY_QUEUE_UNKNOWN', `no queue ${event.queueId}`)
    }
    this.world.now = now
    this.alarms.ringUntil(now)
    this.#apply(event)
    const effects = this.effects
    this.effects = []
    return effects
  }

  nextWakeAt(): EpochMs | undefined {
    return this.alarms.next()?.at
  }

  /**
   * The position of a call in its queue now, from 1; undefined for one that was given up or is
   * unknown.
   */
  position(callId: CallId): number | undefined {
    const caller = this.caller(callId)
    return caller === undefined || caller.givenUp !== undefined
      ? undefined
      : positionOf(this.world, caller)
  }

  #apply(event: AcdEvent): void {
    switch (event.type) {
      case 'callQueued':
        this.queueCall(event)
        break
      case 'callChanged':
        this.changeCall(event)
        break
      case 'callReached':
        this.reachCall(event.callId)
        break
      case 'callLeft':
        this.leave(event.callId)
        break
      case 'settingsChanged':
        this.#changeSettings(event.settings)
        break
      case 'timePassed':
        break
      default: {
        const person = this.person(event.agentId)
        if (person !== undefined) {
          this.#applyTo(person, event)
        } else if (event.type === 'talkFound') {
          this.leave(event.callId)
        }
      }
    }
  }

  #applyTo(person: Person, event: Extract<AcdEvent, { agentId: AgentId }>): void {
    switch (event.type) {
      case 'offerAccepted':
        this.accept(event.callId, person)
        break
      case 'offerFailed':
        this.fail(event.callId, person, event.outcome)
        break
      case 'talkFound':
        this.findTalk(event.callId, person, event.queueId)
        break
      case 'talkEnded':
        this.endTalk(person, event.callId)
        break
      case 'wrapUpEnded':
        if (person.state === 'wrapUp') {
          this.goIdle(person, this.world.now, 0)
        }
        break
      case 'wrapUpProlonged':
        this.prolongWrapUp(person, event.byMs)
        break
      case 'statusChosen':
        this.chooseStatus(person, event.status)
        break
      case 'skillsSet':
        person.skills = event.skills
        this.serveAgent(person)
        break
    }
  }

  #changeSettings(settings: AcdSettings): void {
    const world = this.world
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
        this.become(person, 'idle')
        person.isReady = true
        this.drawFor(person)
      }
    }
    for (const caller of world.callers) {
      const queue = this.queue(caller.queue.queueId)
      if (queue === undefined) {
        this.giveUp(caller, 'removed')
        continue
      }
      caller.queue = queue
      if (caller.givenUp === undefined) {
        this.setAlarms(caller)
      }
    }
    for (const person of world.people) {
      this.serveAgent(person)
    }
  }

  #dismiss(person: Person): void {
    this.recall(person, true)
    this.alarms.cancel(person, 'agent')
    person.callId = undefined
    person.status = { type: 'loggedOut' }
    person.isReady = false
    if (person.state !== 'off') {
      this.become(person, 'off')
    }
  }
}

/** Skills that were set meanwhile stay, unless the settings of the skills have changed. */
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
