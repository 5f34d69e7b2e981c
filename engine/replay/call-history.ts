import type { WrittenNeeds } from '../catalogue/events/needs.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { CountedEvent } from './day-figures.ts'
import type { RecordedEvent } from './recorded-event.ts'
import type { Observed } from './survival.ts'
import type { Arrival, CallChange, Move, PhoneResponse } from './world.ts'

/**
 * A call of a recorded day, from entering its first queue to its end. A caller who came back
 * on the same channel is another call, whose id ends with `#2` and so on.
 */
export interface RecordedCall extends Arrival {
  /** Commands that sent it to another queue while it waited. */
  readonly moves: readonly Move[]
  /** Changes of its place, priority or needs while it waited. */
  readonly changes: readonly CallChange[]
  /** Its wait. It ended if the caller gave up or the dialplan took the call, and was cut off otherwise. */
  readonly wait: Observed
  readonly leaves: 'abandoned' | 'transferred'
  /** Undefined for a call that nobody answered. */
  readonly talk: Observed | undefined
  /** How its offers ended, by agent, in order. */
  readonly rings: ReadonlyMap<AgentId, readonly Ring[]>
}

/** A phone that rang. A `withdrawn` one would have rung on. */
export type Ring = PhoneResponse | { readonly outcome: 'withdrawn'; readonly afterMs: DurationMs }

type Open = {
  -readonly [K in keyof Omit<RecordedCall, 'rings' | 'moves' | 'changes'>]: RecordedCall[K]
} & {
  readonly moves: Move[]
  readonly changes: CallChange[]
  readonly rings: Map<AgentId, Ring[]>
  readonly ringingSince: Map<string, EpochMs>
  /** Undefined while it moves from one queue to another. */
  lastQueue: string | undefined
  answeredAt: EpochMs | undefined
}

type Data<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>['data']

/** Receivers of what {@link CallHistory} finds while it reads events. */
export interface CallHistoryPorts {
  /** Takes the events that figures are made of. A call that is found again in its queue is counted once. */
  count(event: CountedEvent): void
  /** Takes how the phone of an agent was answered. */
  responded(agentId: AgentId, response: PhoneResponse): void
}

/** Rebuilds the calls of a recorded day from their events. */
export class CallHistory {
  readonly #ports: CallHistoryPorts
  readonly #open = new Map<string, Open>()
  /** How many calls each channel has been. */
  readonly #counts = new Map<string, number>()
  readonly #calls: Open[] = []

  constructor(ports: CallHistoryPorts) {
    this.#ports = ports
  }

  take(event: Exclude<RecordedEvent, { type: 'agent.stateChanged' }>): void {
    if (event.type === 'call.queued') {
      this.#enter(event.data)
      return
    }
    const call = this.#open.get(event.data.callId)
    if (call !== undefined) {
      this.#continue(call, event)
    }
  }

  /** Cuts off the calls that are still open, and returns all calls in the order of arrival. */
  end(endAt: EpochMs): readonly RecordedCall[] {
    for (const call of this.#open.values()) {
      this.#cutOff(call, endAt)
    }
    this.#open.clear()
    return [...this.#calls].sort((a, b) => a.at - b.at)
  }

  #enter(data: Data<'call.queued'>): void {
    const { callId, queue, at, enqueuedAt, priority, isAdopted } = data
    const before = this.#open.get(callId)
    const isWaiting = before !== undefined && before.answeredAt === undefined
    if (isWaiting && before.lastQueue === queue) {
      return
    }
    this.#ports.count({ type: 'call.queued', data })
    if (isWaiting) {
      before.lastQueue = queue
      return
    }
    if (before !== undefined) {
      this.#cutOff(before, at)
    }
    const count = (this.#counts.get(callId) ?? 0) + 1
    this.#counts.set(callId, count)
    const call: Open = {
      callId: (count === 1 ? callId : `${callId}#${count}`) as CallId,
      queueId: queue as QueueId,
      at,
      enqueuedAt,
      enteredAt: at - data.queueWaitMs,
      chargedTo: data.chargedTo === queue ? undefined : (data.chargedTo as QueueId),
      isAdopted,
      priority,
      needs: needsOf(data),
      moves: [],
      changes: [],
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

  #continue(
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
        this.#ports.count(event)
        break
      case 'call.completed':
        call.talk = { ms: event.data.talkMs, hasEnded: true }
        this.#open.delete(event.data.callId)
        break
      case 'call.overflowed':
        this.#ports.count(event)
        call.lastQueue = undefined
        if (event.data.toQueue === undefined && event.data.toFlow === undefined) {
          this.#cutOff(call, event.data.at)
          this.#open.delete(event.data.callId)
        }
        break
      case 'call.sentAway':
        this.#ports.count(event)
        this.#cutOff(call, event.data.at)
        this.#open.delete(event.data.callId)
        break
      case 'call.changed': {
        const { at, enqueuedAt, priority } = event.data
        call.changes.push({ at, enqueuedAt, priority, needs: needsOf(event.data) })
        break
      }
      case 'call.requeued':
        this.#ports.count(event)
        call.lastQueue = undefined
        call.moves.push({ at: event.data.at, queueId: event.data.toQueue as QueueId })
        break
      default:
        this.#leave(call, event)
        this.#ports.count(event)
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

  /** Ends the observation: the recording ended here, or the call was lost or sent away. */
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
      this.#ports.responded(agentId, { outcome, afterMs: ring.afterMs })
    }
  }
}

/** A command that gave the call an earlier place lengthens the reported wait, but not how long the caller waited. */
function waitSinceArrival(
  { enqueuedAt, changes }: Open,
  { waitMs }: { readonly waitMs: DurationMs },
): DurationMs {
  return waitMs - (enqueuedAt - (changes.at(-1)?.enqueuedAt ?? enqueuedAt))
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
