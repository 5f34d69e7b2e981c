import type { Envelope } from '../catalogue/envelope.ts'
import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import { AgentHistory, type RecordedAgents } from './agent-history.ts'
import type { CountedEvent } from './day-figures.ts'
import { type RecordedEvent, readRecorded, unknownFields } from './recorded-event.ts'
import type { Observed } from './survival.ts'
import type { Arrival, Learnt, Move, PickUp } from './world.ts'

/**
 * A call of a recorded day: from entering its first queue to its end. Its id ends
 * with `#2` and so on for one who came back on the same channel.
 */
export interface RecordedCall extends Arrival {
  /** Commands that sent it to another queue while it waited. */
  readonly moves: readonly Move[]
  /** What became known of it while it waited. */
  readonly learnt: readonly Learnt[]
  /** Its wait: ended where the caller gave up or the dialplan took it; cut off by an answer or else. */
  readonly wait: Observed
  readonly leaves: 'abandoned' | 'transferred'
  /** Undefined for one nobody answered. */
  readonly talk: Observed | undefined
  /** What became of its offers, by agent, in order. */
  readonly rings: ReadonlyMap<AgentId, readonly Ring[]>
}

/** A phone that rang; `withdrawn`: until it was taken back, and would have rung on. */
export type Ring = PickUp | { readonly outcome: 'withdrawn'; readonly afterMs: DurationMs }

/** A recorded day, as it is replayed. */
export interface RecordedDay {
  readonly startAt: EpochMs
  readonly endAt: EpochMs
  /** In the order of arrival. */
  readonly calls: readonly RecordedCall[]
  readonly agents: RecordedAgents
  readonly read: ReadCounts
}

/** What was read, and what was passed over. */
export interface ReadCounts {
  readonly events: number
  readonly otherTenants: number
  readonly unknownTypes: ReadonlyMap<string, number>
  /** By `TYPE.FIELD`. */
  readonly unknownFields: ReadonlyMap<string, number>
}

type Open = {
  -readonly [K in keyof Omit<RecordedCall, 'rings' | 'moves' | 'learnt'>]: RecordedCall[K]
} & {
  readonly moves: Move[]
  readonly learnt: Learnt[]
  readonly rings: Map<AgentId, Ring[]>
  readonly ringingSince: Map<string, EpochMs>
  /** Undefined on its way from one queue to another. */
  lastQueue: string | undefined
  answeredAt: EpochMs | undefined
}

type Data<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>['data']

/** Rebuilds a tenant's day from its events, given in the order of the stream. */
export class Recording {
  readonly #tenant: string
  readonly #count: (event: CountedEvent) => void
  readonly #open = new Map<string, Open>()
  readonly #lives = new Map<string, number>()
  readonly #calls: Open[] = []
  readonly #agents = new AgentHistory()
  readonly #unknownTypes = new Map<string, number>()
  readonly #unknownFields = new Map<string, number>()
  #events = 0
  #otherTenants = 0
  #startAt = Number.POSITIVE_INFINITY
  #endAt = 0

  /** @param count takes the events that figures are made of; calls found again are not told twice */
  constructor(tenant: string, count: (event: CountedEvent) => void) {
    this.#tenant = tenant
    this.#count = count
  }

  /** @throws SwitchyardError SY_BUS_INVALID when an event lacks what the day is rebuilt from */
  add(envelope: Envelope, line: number): void {
    if (envelope.tenant !== this.#tenant) {
      this.#otherTenants += 1
      return
    }
    this.#events += 1
    const fields = unknownFields(envelope)
    if (fields === undefined) {
      increase(this.#unknownTypes, envelope.type)
      return
    }
    for (const field of fields) {
      increase(this.#unknownFields, `${envelope.type}.${field}`)
    }
    const event = readRecorded(envelope, line)
    if (event !== undefined) {
      this.#startAt = Math.min(this.#startAt, event.data.at)
      this.#endAt = Math.max(this.#endAt, event.data.at)
      this.#take(event)
    }
  }

  /** The day; undefined when there was no call in it. */
  end(): RecordedDay | undefined {
    for (const call of this.#open.values()) {
      this.#cutOff(call, this.#endAt)
    }
    this.#open.clear()
    if (this.#calls.length === 0) {
      return undefined
    }
    return {
      startAt: this.#startAt,
      endAt: this.#endAt,
      calls: [...this.#calls].sort((a, b) => a.at - b.at),
      agents: this.#agents.end(),
      read: {
        events: this.#events,
        otherTenants: this.#otherTenants,
        unknownTypes: this.#unknownTypes,
        unknownFields: this.#unknownFields,
      },
    }
  }

  #take(event: RecordedEvent): void {
    if (event.type === 'call.queued') {
      this.#queue(event.data)
    } else if (event.type === 'agent.stateChanged') {
      this.#agents.take(event.data)
    } else {
      const call = this.#open.get(event.data.callId)
      if (call !== undefined) {
        this.#goOn(call, event)
      }
    }
  }

  #queue(data: Data<'call.queued'>): void {
    const { callId, queue, at, enqueuedAt, priority, isAdopted } = data
    const before = this.#open.get(callId)
    const isWaiting = before !== undefined && before.answeredAt === undefined
    if (isWaiting && before.lastQueue === queue) {
      return
    }
    this.#count({ type: 'call.queued', data })
    if (isWaiting) {
      before.lastQueue = queue
      return
    }
    if (before !== undefined) {
      this.#cutOff(before, at)
    }
    const life = (this.#lives.get(callId) ?? 0) + 1
    this.#lives.set(callId, life)
    const call: Open = {
      callId: (life === 1 ? callId : `${callId}#${life}`) as CallId,
      queueId: queue as QueueId,
      at,
      enqueuedAt,
      enteredAt: at - data.queueWaitMs,
      chargedTo: data.chargedTo === queue ? undefined : (data.chargedTo as QueueId),
      isAdopted,
      priority,
      needs: needsOf(data),
      moves: [],
      learnt: [],
      wait: { ms: 0, hasEnded: false },
      leaves: 'abandoned',
      talk: undefined,
      rings: new Map(),
      ringingSince: new Map(),
      lastQueue: queue,
      answeredAt: undefined,
    }
    this.#open.set(callId, call)
    this.#calls.push(call)
  }

  #goOn(
    call: Open,
    event: Exclude<RecordedEvent, { type: 'call.queued' | 'agent.stateChanged' }>,
  ): void {
    switch (event.type) {
      case 'call.offered':
        call.ringingSince.set(ringKey(event.data), event.data.at + event.data.startAfterMs)
        break
      case 'call.offerEnded':
        this.#endRing(call, event.data, event.data.outcome)
        break
      case 'call.answered':
        this.#endRing(call, event.data, 'answered')
        call.wait = { ms: waitSinceArrival(call, event.data), hasEnded: false }
        call.answeredAt = event.data.at
        this.#count(event)
        break
      case 'call.completed':
        call.talk = { ms: event.data.talkMs, hasEnded: true }
        this.#open.delete(event.data.callId)
        break
      case 'call.overflowed':
        this.#count(event)
        call.lastQueue = undefined
        if (event.data.toQueue === undefined && event.data.toFlow === undefined) {
          this.#cutOff(call, event.data.at)
          this.#open.delete(event.data.callId)
        }
        break
      case 'call.sentAway':
        this.#count(event)
        this.#cutOff(call, event.data.at)
        this.#open.delete(event.data.callId)
        break
      case 'call.changed': {
        const { at, enqueuedAt, priority } = event.data
        call.learnt.push({ at, enqueuedAt, priority, needs: needsOf(event.data) })
        break
      }
      case 'call.requeued':
        this.#count(event)
        call.lastQueue = undefined
        call.moves.push({ at: event.data.at, queueId: event.data.toQueue as QueueId })
        break
      default:
        this.#leave(call, event)
        this.#count(event)
        this.#open.delete(event.data.callId)
    }
  }

  #leave(
    call: Open,
    event: Extract<RecordedEvent, { type: 'call.abandoned' | 'call.transferred' | 'call.lost' }>,
  ): void {
    const { type, data } = event
    if (type === 'call.abandoned') {
      call.wait = { ms: waitSinceArrival(call, data), hasEnded: true }
    } else if (type === 'call.lost') {
      this.#cutOff(call, data.at)
    } else if (call.answeredAt === undefined) {
      call.leaves = 'transferred'
      call.wait = { ms: Math.max(0, data.at - call.enqueuedAt), hasEnded: true }
    } else {
      call.talk = { ms: data.talkMs, hasEnded: true }
    }
  }

  /** What goes on is known no further: the recording, or the call by a fault, ended here. */
  #cutOff(call: Open, at: EpochMs): void {
    const { answeredAt, enqueuedAt } = call
    if (answeredAt === undefined) {
      call.wait = { ms: Math.max(0, at - enqueuedAt), hasEnded: false }
    } else {
      call.talk = { ms: Math.max(0, at - answeredAt), hasEnded: false }
    }
  }

  #endRing(
    call: Open,
    ended: Data<'call.offerEnded'> | Data<'call.answered'>,
    outcome: Ring['outcome'],
  ): void {
    const key = ringKey(ended)
    const since = call.ringingSince.get(key)
    call.ringingSince.delete(key)
    if (since === undefined) {
      return
    }
    const agentId = ended.agent as AgentId
    const ring = { outcome, afterMs: Math.max(0, ended.at - since) }
    const before = call.rings.get(agentId)
    if (before === undefined) {
      call.rings.set(agentId, [ring])
    } else {
      before.push(ring)
    }
    if (outcome !== 'withdrawn') {
      this.#agents.pickedUp(agentId, { outcome, afterMs: ring.afterMs })
    }
  }
}

/** An earlier place that was given to it lengthens the wait that is told, and not its patience. */
function waitSinceArrival(
  { enqueuedAt, learnt }: Open,
  { waitMs }: { readonly waitMs: DurationMs },
): DurationMs {
  return waitMs - (enqueuedAt - (learnt.at(-1)?.enqueuedAt ?? enqueuedAt))
}

function needsOf({ requires, preferred }: Data<'call.queued' | 'call.changed'>): WrittenNeeds {
  return {
    ...(requires === undefined ? {} : { requires }),
    ...(preferred === undefined ? {} : { preferred }),
  }
}

function ringKey({ offerId, agent }: { readonly offerId: string; readonly agent: string }): string {
  return `${offerId} ${agent}`
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
