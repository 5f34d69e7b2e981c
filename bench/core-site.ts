import type { AgentId, CallId, EpochMs, QueueId, SkillId } from '../engine/catalogue/ids.ts'
import type { Requirement } from '../engine/catalogue/needs.ts'
import { Acd } from '../engine/core/acd.ts'
import type { AcdEffect, AcdEvent } from '../engine/core/event.ts'
import {
  plainAgent,
  plainMembership,
  plainQueue,
  plainTenant,
} from '../engine/core/plain-settings.ts'
import type { AcdSettings, AgentSettings } from '../engine/core/settings.ts'
import { type StrategyName, strategyNames } from '../engine/core/strategies.ts'
import { createRandom, type Random } from '../engine/sim/random.ts'

/** How large a site is. */
export interface Site {
  readonly agents: number
  /** Calls that wait if the house is full. */
  readonly waiting: number
  /** Of all queues; undefined if the queues have different ones. */
  readonly strategy: StrategyName | undefined
}

/** A full house has every agent on the phone and callers waiting; a quiet one has agents waiting. */
export type Mood = 'full' | 'quiet'

/** What was measured of a site: the microseconds of one `handle()`, and how many fit in a second. */
export interface Row extends Site {
  readonly mood: Mood
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly perSecond: number
}

export const startAt: EpochMs = 1_700_000_000_000
const queueCount = 200
const skillCount = 100
/** Time between two events: 200 a second. */
const gapMs = 5

/** Queues, agents and rules of a site: nearly every agent is unlike all others. */
export function settingsOf({ agents, strategy }: Site, random: Random): AcdSettings {
  const below = (limit: number) => Math.floor(random.next() * limit)
  return {
    ...plainTenant,
    queues: Array.from({ length: queueCount }, (_, index) => ({
      ...plainQueue(queueName(index)),
      strategy: strategy ?? (strategyNames[index % strategyNames.length] as StrategyName),
      priority: index % 3,
      ageing: { perMinute: index % 2, steps: [{ afterMs: 120_000, points: 5 }] },
      tiers: { openAfterMs: index % 4 === 0 ? 20_000 : 0, skipUnstaffed: true },
      ringMs: 15_000,
      maxWaitMs: 3_600_000,
      retryDeclinedMs: 30_000,
    })),
    agents: Array.from({ length: agents }, (_, index) => ({
      ...plainAgent(`agent-${index}` as AgentId),
      queues: [...new Set(Array.from({ length: 1 + below(5) }, () => below(queueCount)))].map(
        (queue) => ({
          ...plainMembership(queueName(queue)),
          level: 1 + below(3),
          position: 1 + below(9),
        }),
      ),
      skills: new Map(
        Array.from({ length: below(6) }, () => [skillName(below(skillCount)), 1 + below(5)]),
      ),
      status: { type: 'loggedOut' },
      restMs: { busy: 1_000, declined: 1_000, noAnswer: 1_000, unreachable: 1_000 },
    })),
  }
}

function queueName(index: number): QueueId {
  return `queue-${index}` as QueueId
}

function skillName(index: number): SkillId {
  return `skill-${index}` as SkillId
}

/** As long as a channel's UUID is. */
export function callName(number: number): CallId {
  return `0f9c2d3e-5b1a-4c7d-8e9f-${number.toString(16).padStart(12, '0')}` as CallId
}

/** A site at work: it plays the callers and the agents, and times the core. */
export class Drive {
  readonly acd: Acd
  readonly settings: AcdSettings
  readonly #random: Random
  readonly #spans: number[] = []
  readonly #ringing: { callId: CallId; agentId: AgentId }[] = []
  readonly #talking: AgentId[] = []
  #calls = 0
  #waiting = 0
  #now = startAt

  constructor(site: Site, seed = 42) {
    this.#random = createRandom(seed)
    this.settings = settingsOf(site, this.#random)
    this.acd = new Acd(this.settings, startAt - site.agents)
    // One after the other, as people come to work, so that no two have been idle for the same time.
    for (const [index, { agentId }] of this.settings.agents.entries()) {
      const status = { type: 'available' } as const
      this.acd.handle({ type: 'statusChosen', agentId, status }, startAt - site.agents + index)
    }
  }

  /** Calls on offer included. */
  get waiting(): number {
    return this.#waiting
  }

  get ringing(): number {
    return this.#ringing.length
  }

  get talking(): number {
    return this.#talking.length
  }

  get events(): number {
    return this.#spans.length
  }

  /** The times of all `handle()` since the last call of this method, the shortest first. */
  takeSpansUs(): readonly number[] {
    return this.#spans.splice(0).sort((a, b) => a - b)
  }

  /** @returns the call, which may be waiting or on offer now */
  queueCall(): CallId {
    this.#calls += 1
    this.#waiting += 1
    const callId = callName(this.#calls)
    const suited = this.#pick(this.settings.agents)
    const requires = this.#random.chance(0.3) ? this.#needs(suited) : undefined
    this.#handle({
      type: 'callQueued',
      callId,
      queueId: this.#pick(suited.queues).queueId,
      enqueuedAt: this.#now,
      priority: 0,
      ...(requires === undefined ? {} : { requires }),
    })
    return callId
  }

  /** The caller hangs up unless somebody is being rung for the call. */
  giveUp(callId: CallId): void {
    if (this.acd.isUnserved(callId)) {
      this.#waiting -= 1
      this.#handle({ type: 'callLeft', callId })
    }
  }

  /** The agent of the oldest offer answers, or, one time in ten, does not. */
  answer(): void {
    let offer = this.#ringing.shift()
    while (offer !== undefined && !this.#isRung(offer)) {
      offer = this.#ringing.shift()
    }
    if (offer !== undefined && this.#random.chance(0.1)) {
      this.#handle({ type: 'offerFailed', ...offer, outcome: 'noAnswer' })
    } else if (offer !== undefined) {
      this.#handle({ type: 'offerAccepted', ...offer })
      // Unless the offer expired at this very instant.
      if (this.acd.agentState(offer.agentId) === 'talking') {
        this.#waiting -= 1
        this.#talking.push(offer.agentId)
      }
    }
  }

  /** Whether the agent is still rung for the call: another phone may have been answered. */
  #isRung({ callId, agentId }: { readonly callId: CallId; readonly agentId: AgentId }): boolean {
    const agent = this.acd.agent(agentId)
    return agent?.callId === callId && (agent.state === 'ringing' || agent.state === 'reserved')
  }

  hangUp(): void {
    const index = Math.floor(this.#random.next() * this.#talking.length)
    const agentId = this.#talking[index]
    const last = this.#talking.pop()
    if (agentId !== undefined && last !== undefined) {
      if (index < this.#talking.length) {
        this.#talking[index] = last
      }
      this.#handle({ type: 'talkEnded', agentId })
    }
  }

  /** Lets time pass. */
  pass(): void {
    this.#handle({ type: 'timePassed' })
  }

  /** A requirement of one or two skills that the agent has; after 30 s at any level, after 60 s none. */
  #needs({ skills }: AgentSettings): Requirement {
    const asked = [...skills].slice(0, 1 + Math.floor(this.#random.next() * 2))
    return [
      { afterMs: 0, anyOf: [asked.map(([skill, minLevel]) => ({ skill, minLevel }))] },
      { afterMs: 30_000, anyOf: [asked.map(([skill]) => ({ skill, minLevel: 1 }))] },
      { afterMs: 60_000, anyOf: [[]] },
    ]
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T
  }

  /** As the shell does: deadlines at their instants, then the event. */
  #handle(event: AcdEvent): void {
    this.#now += gapMs
    for (let at = this.acd.nextWakeAt(); at !== undefined && at <= this.#now; ) {
      this.#time({ type: 'timePassed' }, at)
      at = this.acd.nextWakeAt()
    }
    this.#time(event, this.#now)
  }

  #time(event: AcdEvent, at: EpochMs): void {
    const from = performance.now()
    const effects = this.acd.handle(event, at)
    this.#spans.push((performance.now() - from) * 1_000)
    for (const effect of effects) {
      this.#note(effect)
    }
  }

  #note(effect: AcdEffect): void {
    if (effect.type === 'offer') {
      for (const agentId of effect.agentIds) {
        this.#ringing.push({ callId: effect.callId, agentId })
      }
    } else if (effect.type === 'overflow') {
      this.#waiting -= 1
      this.#handle({ type: 'callLeft', callId: effect.callId })
    }
  }
}

/** Fills a site according to its mood, warms up, and plays the events that are measured. */
export function driveThrough(site: Site, mood: Mood, events: number): Drive {
  const drive = new Drive(site)
  while (mood === 'full' && drive.waiting < site.waiting) {
    drive.queueCall()
    drive.answer()
  }
  for (const count of [events / 5, events]) {
    drive.takeSpansUs()
    while (drive.events < count) {
      const before = drive.events
      const isWanted = mood === 'quiet' || drive.waiting < site.waiting
      const callId = isWanted ? drive.queueCall() : undefined
      do {
        drive.answer()
      } while (drive.ringing > 20)
      if (mood === 'quiet' && callId !== undefined) {
        drive.giveUp(callId)
      }
      if (mood === 'full' || drive.talking > site.agents / 10) {
        drive.hangUp()
      }
      if (drive.events === before) {
        drive.pass()
      }
    }
  }
  return drive
}
