import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Acd } from '../engine/core/acd.ts'
import type { AcdEvent } from '../engine/core/event.ts'
import type { AgentId, CallId, QueueId, SkillId } from '../engine/core/ids.ts'
import type { AgentSettings, QueueSettings, SkillRequirement } from '../engine/core/settings.ts'

/**
 * Measures the time of one `Acd.handle()` and the memory of its agents and
 * calls. `npm run bench -- core [EVENTS]` (100,000 events a row).
 */

interface Site {
  readonly agents: number
  readonly waiting: number
  readonly queues: number
  readonly profiles: number
}

/** A full house has every agent on the phone and callers waiting; a quiet one has agents waiting. */
type Mood = 'full' | 'quiet'

const sites: readonly Site[] = [
  { agents: 100, waiting: 100, queues: 20, profiles: 50 },
  { agents: 1_000, waiting: 1_000, queues: 50, profiles: 200 },
  { agents: 10_000, waiting: 10_000, queues: 200, profiles: 500 },
  { agents: 10_000, waiting: 10_000, queues: 20, profiles: 500 },
  { agents: 10_000, waiting: 10_000, queues: 200, profiles: 10_000 },
  { agents: 10_000, waiting: 10_000, queues: 20, profiles: 10_000 },
]
const skillNames = Array.from({ length: 20 }, (_, index) => `skill-${index}` as SkillId)
const startAt = 1_700_000_000_000
const events = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 100_000)

/** mulberry32: the same site on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function queuesOf({ queues }: Site): readonly QueueSettings[] {
  return Array.from({ length: queues }, (_, index) => ({
    queueId: queueId(index),
    strategy: 'longestIdle' as const,
    priority: index % 3,
    requires: [],
    ringMs: 15_000,
    wrapUpMs: 0,
    maxWaitMs: 3_600_000,
    retryDeclinedMs: 30_000,
  }))
}

function agentsOf(site: Site, random: (below: number) => number): readonly AgentSettings[] {
  const profiles = Array.from({ length: site.profiles }, () => ({
    queues: [...new Set(Array.from({ length: 1 + random(5) }, () => queueId(random(site.queues))))],
    skills: new Map(
      Array.from({ length: random(6) }, () => [skillNames[random(20)] as SkillId, 1 + random(5)]),
    ),
  }))
  return Array.from({ length: site.agents }, (_, index) => ({
    agentId: `agent-${index}` as AgentId,
    ...(profiles[index % profiles.length] as (typeof profiles)[number]),
    status: { type: 'available' as const },
    maxMisses: 0,
    restMs: { busy: 1_000, declined: 1_000, noAnswer: 1_000, unreachable: 1_000 },
  }))
}

function queueId(index: number): QueueId {
  return `queue-${index}` as QueueId
}

/** As long as a channel's UUID is. */
function callIdOf(number: number): CallId {
  return `0f9c2d3e-5b1a-4c7d-8e9f-${number.toString(16).padStart(12, '0')}` as CallId
}

/** A site at work: it plays the callers and the agents, and times the core. */
class Drive {
  readonly acd: Acd
  readonly #random = seeded(42)
  readonly #agents: readonly AgentSettings[]
  readonly #spans: number[] = []
  readonly #ringing: { callId: CallId; agentId: AgentId }[] = []
  readonly #talking: AgentId[] = []
  #calls = 0
  #waiting = 0
  #now = startAt

  constructor(site: Site) {
    this.#agents = agentsOf(site, this.#random)
    this.acd = new Acd({ queues: queuesOf(site), agents: this.#agents }, startAt)
  }

  /** Those on offer included. */
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

  /** The times of all `handle()` since the last taking, sorted. */
  takeSpansUs(): readonly number[] {
    return this.#spans.splice(0).sort((a, b) => a - b)
  }

  /** @returns the call, which may be waiting or on offer now */
  queueCall(): CallId {
    this.#calls += 1
    this.#waiting += 1
    const callId = callIdOf(this.#calls)
    const suited = this.#agents[this.#random(this.#agents.length)] as AgentSettings
    const requires = this.#random(10) < 3 ? this.#needsFor(suited) : undefined
    this.#tell({
      type: 'callQueued',
      callId,
      queueId: suited.queues[this.#random(suited.queues.length)] as QueueId,
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
      this.#tell({ type: 'callLeft', callId })
    }
  }

  /** Most agents answer; one in ten rings out, as the first phone that rings has it. */
  answer(): void {
    const offer = this.#ringing.shift()
    if (offer !== undefined && this.#random(10) === 0) {
      this.#tell({ type: 'offerFailed', ...offer, outcome: 'noAnswer' })
    } else if (offer !== undefined) {
      this.#tell({ type: 'offerAccepted', ...offer })
      this.#waiting -= 1
      this.#talking.push(offer.agentId)
    }
  }

  hangUp(): void {
    const index = this.#random(Math.max(1, this.#talking.length))
    const agentId = this.#talking[index]
    const last = this.#talking.pop()
    if (agentId !== undefined && last !== undefined) {
      if (index < this.#talking.length) {
        this.#talking[index] = last
      }
      this.#tell({ type: 'talkEnded', agentId })
    }
  }

  /** One or two skills that the agent has. */
  #needsFor({ skills }: AgentSettings): readonly SkillRequirement[] {
    return [...skills].slice(0, 1 + this.#random(2)).map(([skill, level]) => ({
      skill,
      minLevel: 1 + this.#random(level),
    }))
  }

  #tell(event: AcdEvent): void {
    this.#now += 5
    const from = performance.now()
    const effects = this.acd.handle(event, this.#now)
    const spanUs = (performance.now() - from) * 1_000
    this.#spans.push(spanUs)
    for (const effect of effects) {
      if (effect.type === 'offer') {
        const [agentId] = effect.agentIds as [AgentId]
        this.#ringing.push({ callId: effect.callId, agentId })
      }
    }
  }
}

/** Fills the site to its mood, warms up, and plays the events that are measured. */
function driveThrough(site: Site, mood: Mood): Drive {
  const drive = new Drive(site)
  while (mood === 'full' && drive.waiting < site.waiting) {
    drive.queueCall()
    drive.answer()
  }
  for (const count of [events / 5, events]) {
    drive.takeSpansUs()
    while (drive.events < count) {
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
    }
  }
  return drive
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of one agent, and of one call that waits in vain. */
function memoryOf(site: Site): { perAgent: number; perCall: number } {
  const random = seeded(7)
  const queues = queuesOf(site)
  const agents = agentsOf(site, random)
  const empty = heapBytes()
  const staffed = new Acd({ queues, agents }, startAt)
  const withAgents = heapBytes()
  const unstaffed = new Acd({ queues, agents: [] }, startAt)
  const before = heapBytes()
  for (let index = 0; index < site.waiting; index += 1) {
    unstaffed.handle(
      {
        type: 'callQueued',
        callId: callIdOf(index),
        queueId: queueId(index % site.queues),
        enqueuedAt: startAt,
        priority: 0,
      },
      startAt,
    )
  }
  const withCalls = heapBytes()
  const isHeld = staffed.agentsByState().idle > 0 && unstaffed.depth(queueId(0)).waiting > 0
  return {
    perAgent: isHeld ? (withAgents - empty) / site.agents : 0,
    perCall: (withCalls - before) / site.waiting,
  }
}

function print(cells: readonly (string | number)[]): void {
  const line = cells.map((cell, index) => String(cell).padStart(index === 0 ? 6 : 9)).join('')
  process.stdout.write(`${line}\n`)
}

/** Prints the tables. */
export function run(): number {
  print([
    'house',
    'agents',
    'waiting',
    'queues',
    'profiles',
    'events',
    'p50 us',
    'p99 us',
    'p99.9',
    'max',
  ])
  for (const site of sites) {
    for (const mood of ['full', 'quiet'] as const) {
      const drive = driveThrough(site, mood)
      const spans = drive.takeSpansUs()
      const { agents, queues, profiles } = site
      const times = [0.5, 0.99, 0.999, 1].map((share) => at(spans, share))
      print([mood, agents, drive.waiting, queues, profiles, spans.length, ...times])
    }
  }
  for (const site of sites.slice(1)) {
    const { perAgent, perCall } = memoryOf(site)
    const bytes = `${Math.round(perAgent)} B an agent, ${Math.round(perCall)} B a waiting call`
    process.stdout.write(`${site.agents} agents in ${site.profiles} profiles: ${bytes}\n`)
  }
  return 0
}
