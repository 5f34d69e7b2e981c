import type { EngineEvent, EventData } from '../catalogue/events/events.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import {
  abandonment,
  averageSpeedOfAnswer,
  type EndedCalls,
  serviceLevel,
} from '../metrics/definitions.ts'
import { createSpread, type Spread } from '../metrics/spread.ts'

/** The thresholds of a queue's figures, the same for every day that is compared. */
export interface Thresholds {
  readonly serviceLevelMs: DurationMs
  readonly shortAbandonMs: DurationMs
}

/**
 * The figures of a day, for one queue or for all. How calls ended and how long they waited
 * counts for the queue their wait is charged to, everything else for the queue it happened in.
 */
export interface Figures extends EndedCalls {
  /** Calls that entered the queue. For all queues: callers, however many queues each entered. */
  readonly calls: number
  /** How often the queue, or any queue, gave a caller up, wherever the caller went. */
  readonly overflowed: number
  /** Calls that the dialplan took while they waited. They do not count in any share. */
  readonly transferred: number
  /** See `metrics/definitions.ts`. Undefined if no call has ended. */
  readonly serviceLevel: number | undefined
  readonly abandonment: number | undefined
  readonly asaMs: DurationMs | undefined
  /** Over all callers who were answered, gave up or were sent away. */
  readonly meanWaitMs: DurationMs | undefined
  /** Accurate to 0.8 %. */
  readonly p90WaitMs: DurationMs | undefined
}

export interface DayFigures {
  readonly all: Figures
  readonly queues: ReadonlyMap<string, Figures>
}

interface CountedFields {
  'call.queued': 'callId' | 'queue'
  'call.answered': 'chargedTo' | 'waitMs'
  'call.abandoned': 'chargedTo' | 'waitMs'
  'call.overflowed': 'callId' | 'queue' | 'chargedTo' | 'waitMs' | 'toQueue' | 'toFlow'
  'call.sentAway': 'callId' | 'chargedTo' | 'waitMs'
  'call.requeued': 'callId'
  'call.transferred': 'queue' | 'agent'
  'call.lost': 'queue' | 'chargedTo'
}

/** The events that {@link DayCounter} counts, with the fields it reads. */
export type CountedEvent = {
  [T in keyof CountedFields]: {
    readonly type: T
    readonly data: Pick<EventData<T>, CountedFields[T] & keyof EventData<T>>
  }
}[keyof CountedFields]

/** Computes the figures of a day from its events, recorded or simulated. */
export class DayCounter {
  readonly #thresholds: (queue: string) => Thresholds
  readonly #queues = new Map<string, Tally>()
  readonly #all = new Tally()
  /** Calls that have left a queue and not yet entered the next one. */
  readonly #moving = new Set<string>()

  constructor(thresholds: (queue: string) => Thresholds) {
    this.#thresholds = thresholds
  }

  /** Counts an event. Events that do not matter to the figures are ignored. */
  record(event: CountedEvent | EngineEvent): void {
    switch (event.type) {
      case 'call.queued':
        this.#enter(event.data)
        break
      case 'call.answered': {
        const { chargedTo, waitMs } = event.data
        const isInTime = waitMs <= this.#thresholds(chargedTo).serviceLevelMs
        this.#each(chargedTo, (tally) => tally.answer(waitMs, isInTime))
        break
      }
      case 'call.abandoned': {
        const { chargedTo, waitMs } = event.data
        const isShort = waitMs < this.#thresholds(chargedTo).shortAbandonMs
        this.#each(chargedTo, (tally) => tally.abandon(waitMs, isShort))
        break
      }
      case 'call.overflowed':
        this.#overflow(event.data)
        break
      case 'call.sentAway':
        this.#endInFlow(event.data)
        break
      case 'call.requeued':
        this.#moving.add(event.data.callId)
        break
      case 'call.transferred':
        if (event.data.agent === undefined) {
          this.#each(event.data.queue, (tally) => tally.count('transferred'))
        }
        break
      case 'call.lost':
        this.#lose(event.data)
        break
      default:
        break
    }
  }

  /** The figures so far. */
  figures(): DayFigures {
    const byName = [...this.#queues].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      all: this.#all.figures(),
      queues: new Map(byName.map(([queue, tally]) => [queue, tally.figures()])),
    }
  }

  #enter({ callId, queue }: { readonly callId: string; readonly queue: string }): void {
    this.#of(queue).count('calls')
    if (!this.#moving.delete(callId)) {
      this.#all.count('calls')
    }
  }

  #overflow(data: Extract<CountedEvent, { type: 'call.overflowed' }>['data']): void {
    const { callId, queue, chargedTo, waitMs, toQueue, toFlow } = data
    this.#each(queue, (tally) => tally.count('overflowed'))
    if (toQueue === undefined && toFlow === undefined) {
      this.#each(chargedTo, (tally) => tally.sendAway(waitMs))
    } else {
      this.#moving.add(callId)
    }
  }

  /** Counts only a call that had waited. One that its route sent to the flow never asked for a queue. */
  #endInFlow(data: Extract<CountedEvent, { type: 'call.sentAway' }>['data']): void {
    const { callId, chargedTo, waitMs } = data
    this.#moving.delete(callId)
    if (chargedTo !== undefined && waitMs !== undefined) {
      this.#each(chargedTo, (tally) => tally.sendAway(waitMs))
    }
  }

  #lose({ queue, chargedTo = queue }: Extract<CountedEvent, { type: 'call.lost' }>['data']): void {
    if (chargedTo !== undefined) {
      this.#each(chargedTo, (tally) => tally.count('lost'))
    }
  }

  #each(queue: string, act: (tally: Tally) => void): void {
    act(this.#of(queue))
    act(this.#all)
  }

  #of(queue: string): Tally {
    let tally = this.#queues.get(queue)
    if (tally === undefined) {
      tally = new Tally()
      this.#queues.set(queue, tally)
    }
    return tally
  }
}

class Tally {
  readonly #counts = {
    calls: 0,
    answered: 0,
    answeredInTime: 0,
    abandoned: 0,
    shortAbandoned: 0,
    sentAway: 0,
    overflowed: 0,
    transferred: 0,
    lost: 0,
  }
  readonly #waits: Spread = createSpread()
  #waitedMs: DurationMs = 0
  #answeredWaitMs: DurationMs = 0

  count(what: 'calls' | 'overflowed' | 'transferred' | 'lost'): void {
    this.#counts[what] += 1
  }

  answer(waitMs: DurationMs, isInTime: boolean): void {
    this.#counts.answered += 1
    this.#counts.answeredInTime += isInTime ? 1 : 0
    this.#answeredWaitMs += waitMs
    this.#wait(waitMs)
  }

  abandon(waitMs: DurationMs, isShort: boolean): void {
    this.#counts.abandoned += 1
    this.#counts.shortAbandoned += isShort ? 1 : 0
    this.#wait(waitMs)
  }

  sendAway(waitMs: DurationMs): void {
    this.#counts.sentAway += 1
    this.#wait(waitMs)
  }

  figures(): Figures {
    const counts = { ...this.#counts }
    return {
      ...counts,
      serviceLevel: serviceLevel(counts),
      abandonment: abandonment(counts),
      asaMs: averageSpeedOfAnswer(counts.answered, this.#answeredWaitMs),
      meanWaitMs: this.#waits.count === 0 ? undefined : this.#waitedMs / this.#waits.count,
      p90WaitMs: this.#waits.quantile(0.9),
    }
  }

  #wait(waitMs: DurationMs): void {
    this.#waitedMs += waitMs
    this.#waits.add(waitMs)
  }
}
