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
import {
  type AcdSettings,
  type AgentSettings,
  type Strategy,
  strategies,
} from '../engine/core/settings.ts'
import { createRandom, type Random } from '../engine/sim/random.ts'

/** The size of a site. */
export interface Site {
  readonly agents: number
  /** Waiting calls while the site is full. */
  readonly waiting: number
  /** The strategy of all queues. Undefined: the queues take turns through all strategies. */
  readonly strategy: Strategy | undefined
}

/** A full site has all agents on the phone and callers waiting. A quiet one has idle agents. */
export type Traffic = 'full' | 'quiet'

/** Measurements of a site: the time of one `handle()` in µs, and how many fit in one second. */
export interface Row extends Site {
  readonly traffic: Traffic
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly perSecond: number
}

export const startAt: EpochMs = 1_700_000_000_000
const queueCount = 200
const skillCount = 100
/** Time between two events: 200 per second. */
const gapMs = 5

/** Creates queues and agents of a site. Nearly all agents differ in queues, levels and skills. */
export function settingsOf({ agents, strategy }: Site, random: Random): AcdSettings {
  const below = (most: number) => Math.floor(random.next() * most)
  return {
    ...plainTenant,
    queues: Array.from({ length: queueCount }, (_, index) => ({
      ...plainQueue(queueName(index)),
      strategy: strategy ?? (strategies[index % strategies.length] as Strategy),
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

/** An id as long as a channel's UUID. */
export function callName(number: number): CallId {
  return `0f9c2d3e-5b1a-4c7d-8e9f-${number.toString(16).padStart(12, '0')}` as CallId
}

/** Plays the callers and agents of a site, and times the core. */
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
    // One after the other, so that no two agents have been idle for the same time.
    for (const [index, { agentId }] of this.settings.agents.entries()) {
      const status = { type: 'available' } as const
      this.acd.handle({ type: 'statusChosen', agentId, status }, startAt - site.agents + index)
    }
  }

  /** Waiting calls, including those on offer. */
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

  /** Takes the times of all `handle()` calls since the last time, in ascending order. */
  takeSpansUs(): readonly number[] {
    return this.#spans.splice(0).sort((a, b) => a - b)
  }

  /** Queues a new call. @returns its id; the call may be waiting or on offer now */
  queueCall(): CallId {
    this.#calls += 1
    this.#waiting += 1
    const callId = callName(this.#calls)
    const suited = this.#pick(this.settings.agents)
    const requires = this.#random.chance(0.3) ? this.#needs(suited) : undefined
    this.#tell({
      type: 'callQueued',
      callId,
      queueId: this.#pick(suited.queues).queueId,
      enqueuedAt: this.#now,
      priority: 0,
      ...(requires === undefined ? {} : { requires }),
    })
    return callId
  }

  /** Makes the caller hang up, unless the call is on offer. */
  giveUp(callId: CallId): void {
    if (this.acd.isUnserved(callId)) {
      this.#waiting -= 1
      this.#tell({ type: 'callLeft', callId })
    }
  }

  /** Ends the oldest offer that still rings: one in ten is not answered, the others are. */
  answer(): void {
    let offer = this.#ringing.shift()
    while (offer !== undefined && !this.#isRung(offer)) {
      offer = this.#ringing.shift()
    }
    if (offer !== undefined && this.#random.chance(0.1)) {
      this.#tell({ type: 'offerFailed', ...offer, outcome: 'noAnswer' })
    } else if (offer !== undefined) {
      this.#tell({ type: 'offerAccepted', ...offer })
      // Unless the offer expired at this instant.
      if (this.acd.agentState(offer.agentId) === 'talking') {
        this.#waiting -= 1
        this.#talking.push(offer.agentId)
      }
    }
  }

  /** Whether the agent still rings for the call. Another phone may have been answered. */
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
      this.#tell({ type: 'talkEnded', agentId })
    }
  }

  /** Lets time pass. */
  pass(): void {
    this.#tell({ type: 'timePassed' })
  }

  /** Requires one or two skills of the agent; after 30 s at any level, after 60 s none. */
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

  /** Handles deadlines at their instants, then the event, as the engine does. */
  #tell(event: AcdEvent): void {
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
      this.#tell({ type: 'callLeft', callId: effect.callId })
    }
  }
}

/** Fills a site, warms up, and plays the measured events. */
export function driveThrough(site: Site, traffic: Traffic, events: number): Drive {
  const drive = new Drive(site)
  while (traffic === 'full' && drive.waiting < site.waiting) {
    drive.queueCall()
    drive.answer()
  }
  for (const count of [events / 5, events]) {
    drive.takeSpansUs()
    while (drive.events < count) {
      const before = drive.events
      const isWanted = traffic === 'quiet' || drive.waiting < site.waiting
      const callId = isWanted ? drive.queueCall() : undefined
      do {
        drive.answer()
      } while (drive.ringing > 20)
      if (traffic === 'quiet' && callId !== undefined) {
        drive.giveUp(callId)
      }
      if (traffic === 'full' || drive.talking > site.agents / 10) {
        drive.hangUp()
      }
      if (drive.events === before) {
        drive.pass()
      }
    }
  }
  return drive
}
