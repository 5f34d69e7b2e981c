import type { AgentState } from '../catalogue/agent.ts'
import type { EventData } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import {
  abandonment,
  averageHandlingTime,
  averageSpeedOfAnswer,
  containment,
  countedCalls,
  type EndedCalls,
  serviceLevel,
} from './definitions.ts'
import type { Spread } from './spread.ts'

/**
 * What is counted of one queue, since the engine started. How calls ended, and how long
 * they waited, is counted for the queue their wait is charged to; everything else for the queue
 * where it happened.
 */
export interface QueueFigures extends EndedCalls {
  readonly tenant: string
  readonly queue: string
  /** Calls that entered, including those that overflowed into it, excluding adopted ones. */
  readonly offered: number
  /** Calls that the queue gave up, by the reason, wherever they went. */
  readonly overflowed: Readonly<Record<EventData<'call.overflowed'>['reason'], number>>
  /** The queue's actions for calls that wait long, by name. */
  readonly actions: ReadonlyMap<string, ActionFigures>
  /** Reservations given back because their deadline passed. */
  readonly leasesExpired: number
  /** Calls that the dialplan took away while they waited. They count in no share. */
  readonly transferred: number
  /** Conversations that ended, and the time they took. Talk includes holds. */
  readonly conversations: number
  readonly talkMs: DurationMs
  readonly holdMs: DurationMs
  readonly wrapUpMs: DurationMs
  /** The sum of the waits of answered calls. */
  readonly answeredWaitMs: DurationMs
  /** Waits of answered calls, in milliseconds. */
  readonly waits: Spread
  /** Calls that wait now, and since when. */
  readonly waiting: ReadonlyMap<string, EpochMs>
  /** Calls in conversation now. */
  readonly talking: ReadonlySet<string>
}

/** What is counted of one action of a queue. */
export interface ActionFigures {
  /** How often it fell due. */
  readonly due: number
  /** How the calls ended for which it fell due. */
  readonly answered: number
  readonly abandoned: number
}

/** What is counted of one tenant, since the engine started. */
export interface TenantFigures {
  readonly tenant: string
  readonly queues: ReadonlyMap<string, QueueFigures>
  /** Agents now in each state. */
  readonly agents: Readonly<Record<AgentState, number>>
  /** Calls that ended in a flow and never asked for an agent, by the flow. */
  readonly contained: ReadonlyMap<string, number>
  /** Calls that a flow sent elsewhere before they were in any queue. */
  readonly sentOn: number
  /** Numbers dialled, by how the dialling ended. */
  readonly dialled: ReadonlyMap<string, number>
  /** Customers who were dialled and joined to an agent. */
  readonly joined: { readonly callback: number; readonly originate: number }
  /** Calls without a route, and calls for a queue that does not exist. */
  readonly rejected: { readonly noRoute: number; readonly unknownQueue: number }
}

/** A queue at a glance, as a live table or a report shows it. */
export interface QueueSummary {
  readonly tenant: string
  readonly queue: string
  readonly waiting: number
  readonly longestWaitMs: DurationMs
  readonly talking: number
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly shortAbandoned: number
  readonly overflowed: number
  readonly transferred: number
  readonly lost: number
  /** See definitions.ts; undefined where nothing has ended yet. */
  readonly serviceLevel: number | undefined
  readonly abandonment: number | undefined
  readonly asaMs: DurationMs | undefined
  readonly ahtMs: DurationMs | undefined
  /** Waits of answered calls. */
  readonly waitMs: { readonly p50: number | undefined; readonly p99: number | undefined }
}

/** Summarises a queue. Iterates over its waiting calls. */
export function summarise(queue: QueueFigures, now: EpochMs): QueueSummary {
  const { tenant, offered, answered, abandoned, shortAbandoned, transferred, lost } = queue
  return {
    tenant,
    queue: queue.queue,
    waiting: queue.waiting.size,
    longestWaitMs: longestWait(queue, now),
    talking: queue.talking.size,
    offered,
    answered,
    abandoned,
    shortAbandoned,
    overflowed: Object.values(queue.overflowed).reduce((sum, count) => sum + count, 0),
    transferred,
    lost,
    serviceLevel: serviceLevel(queue),
    abandonment: abandonment(queue),
    asaMs: averageSpeedOfAnswer(answered, queue.answeredWaitMs),
    ahtMs: averageHandlingTime(queue.conversations, queue.talkMs, queue.wrapUpMs),
    waitMs: { p50: queue.waits.quantile(0.5), p99: queue.waits.quantile(0.99) },
  }
}

/** See definitions.ts; undefined where no call of the tenant has ended yet. */
export function containmentOf({ contained, queues, sentOn }: TenantFigures): number | undefined {
  const sum = (counts: Iterable<number>) => [...counts].reduce((all, count) => all + count, 0)
  return containment(
    sum(contained.values()),
    sentOn + sum([...queues.values()].map((queue) => countedCalls(queue))),
  )
}

/** How long the call that waits longest has waited; 0 when none waits. */
export function longestWait({ waiting }: QueueFigures, now: EpochMs): DurationMs {
  let oldestAt = now
  for (const enqueuedAt of waiting.values()) {
    oldestAt = Math.min(oldestAt, enqueuedAt)
  }
  return now - oldestAt
}
