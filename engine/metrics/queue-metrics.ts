import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import { childrenOf } from './children.ts'
import { serviceLevel } from './definitions.ts'
import { longestWait, type QueueFigures } from './figures.ts'
import type { Tally } from './tally.ts'

/** Labels of every metric of a queue. Never a call, leg or caller: unbounded. */
const labelNames = ['tenant', 'queue'] as const

const waitBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 8, 10, 15, 20, 30, 60, 120, 300, 600, 1800]
const talkBuckets = [5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1200, 3600]

const counters: readonly {
  readonly name: string
  readonly help: string
  readonly read: (queue: QueueFigures) => number
}[] = [
  {
    name: 'switchyard_queue_calls_offered_total',
    help: 'Calls that entered the queue, including those that overflowed into it.',
    read: ({ offered }) => offered,
  },
  {
    name: 'switchyard_queue_calls_answered_total',
    help: 'Calls answered by an agent, for the queue their wait is charged to: the first that gave them up, otherwise the one they were in.',
    read: ({ answered }) => answered,
  },
  {
    name: 'switchyard_queue_calls_answered_in_time_total',
    help: 'Of those, calls answered within the service-level threshold of the queue, counted from their arrival.',
    read: ({ answeredInTime }) => answeredInTime,
  },
  {
    name: 'switchyard_queue_calls_abandoned_total',
    help: 'Callers who hung up before an agent answered, including short abandons, for the queue their wait is charged to.',
    read: ({ abandoned }) => abandoned,
  },
  {
    name: 'switchyard_queue_calls_short_abandoned_total',
    help: 'Of those, callers who hung up sooner than the short-abandon time of the queue.',
    read: ({ shortAbandoned }) => shortAbandoned,
  },
  {
    name: 'switchyard_queue_calls_sent_away_total',
    help: 'Calls given up to a number, to a hang-up, or to a flow that led to no queue, for the queue their wait is charged to.',
    read: ({ sentAway }) => sentAway,
  },
  {
    name: 'switchyard_queue_calls_transferred_total',
    help: 'Calls that the dialplan took away while they waited.',
    read: ({ transferred }) => transferred,
  },
  {
    name: 'switchyard_queue_calls_lost_total',
    help: 'Calls that ended in a way nobody chose, for the queue their wait is charged to; the label queue is empty for calls lost before they had one.',
    read: ({ lost }) => lost,
  },
  {
    name: 'switchyard_leases_expired_total',
    help: 'Reservations released because their deadline passed: some message was lost.',
    read: ({ leasesExpired }) => leasesExpired,
  },
  {
    name: 'switchyard_queue_hold_seconds_total',
    help: 'Time callers spent on hold, in conversations that have ended.',
    read: ({ holdMs }) => holdMs / 1_000,
  },
  {
    name: 'switchyard_queue_wrap_up_seconds_total',
    help: 'Time agents spent in wrap-up after conversations of the queue.',
    read: ({ wrapUpMs }) => wrapUpMs / 1_000,
  },
]

/** Registers the metrics of queues: counts read from `tally` at each scrape, spreads observed as they come. */
export function registerQueueMetrics(
  registry: Registry,
  tally: Tally,
  clock: Clock,
): { record(event: EngineEvent): void } {
  const registers = [registry]
  for (const { name, help, read } of counters) {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const queue of queuesOf(tally)) {
          this.inc({ tenant: queue.tenant, queue: queue.queue }, read(queue))
        }
      },
    })
  }
  registerSorts(registry, tally)
  registerGauges(registry, tally, clock)

  const wait = new Histogram({
    name: 'switchyard_queue_wait_seconds',
    help: 'Time from arrival to the end of the wait, by its outcome, for the queue the wait is charged to. overflowed: to a number, to a hang-up, or to a flow that led to no queue.',
    labelNames: [...labelNames, 'outcome'],
    buckets: waitBuckets,
    registers,
  })
  const talk = new Histogram({
    name: 'switchyard_queue_talk_seconds',
    help: 'Length of conversations, including holds.',
    labelNames,
    buckets: talkBuckets,
    registers,
  })
  const waitUntil = {
    answered: waitChildren(wait, 'answered'),
    abandoned: waitChildren(wait, 'abandoned'),
    overflowed: waitChildren(wait, 'overflowed'),
  }
  const talkOf = childrenOf((tenant, queue) => talk.labels({ tenant, queue }))

  return {
    record(event) {
      switch (event.type) {
        case 'call.answered':
          observeOwn(waitUntil.answered, event.data)
          break
        case 'call.abandoned':
          observeOwn(waitUntil.abandoned, event.data)
          break
        case 'call.overflowed':
          if (event.data.toQueue === undefined && event.data.toFlow === undefined) {
            observe(waitUntil.overflowed, event.data)
          }
          break
        case 'call.sentAway': {
          const { tenant, chargedTo, waitMs } = event.data
          if (chargedTo !== undefined && waitMs !== undefined) {
            observe(waitUntil.overflowed, { tenant, chargedTo, waitMs })
          }
          break
        }
        case 'call.completed':
          talkOf(event.data.tenant, event.data.queue).observe(event.data.talkMs / 1_000)
          break
        default:
          break
      }
    },
  }
}

/** Dialled customers did not wait in a queue: see `switchyard_dialled_joined_total`. */
function observeOwn(
  children: ReturnType<typeof waitChildren>,
  data: Parameters<typeof observe>[1] & { readonly origin?: string | undefined },
): void {
  if (data.origin === undefined) {
    observe(children, data)
  }
}

function observe(
  children: ReturnType<typeof waitChildren>,
  data: { readonly tenant: string; readonly chargedTo: string; readonly waitMs: number },
): void {
  children(data.tenant, data.chargedTo).observe(data.waitMs / 1_000)
}

/** Registers the metrics with one more label: the reason of an overflow, an action. */
function registerSorts(registry: Registry, tally: Tally): void {
  const registers = [registry]
  new Counter({
    name: 'switchyard_queue_calls_overflowed_total',
    help: 'Calls that the queue gave up, by reason, regardless of where they went.',
    labelNames: [...labelNames, 'reason'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, queue, overflowed } of queuesOf(tally)) {
        for (const [reason, count] of Object.entries(overflowed)) {
          this.inc({ tenant, queue, reason }, count)
        }
      }
    },
  })
  new Counter({
    name: 'switchyard_queue_actions_total',
    help: 'Times that an action of the queue became due for a waiting caller.',
    labelNames: [...labelNames, 'action'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, queue, actions } of queuesOf(tally)) {
        for (const [action, { due }] of actions) {
          this.inc({ tenant, queue, action }, due)
        }
      }
    },
  })
  new Counter({
    name: 'switchyard_queue_action_outcomes_total',
    help: 'Calls for which an action became due, by the outcome of their wait: answered, abandoned.',
    labelNames: [...labelNames, 'action', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { tenant, queue, actions } of queuesOf(tally)) {
        for (const [action, { answered, abandoned }] of actions) {
          this.inc({ tenant, queue, action, outcome: 'answered' }, answered)
          this.inc({ tenant, queue, action, outcome: 'abandoned' }, abandoned)
        }
      }
    },
  })
}

function waitChildren(wait: Histogram<'tenant' | 'queue' | 'outcome'>, outcome: string) {
  return childrenOf((tenant, queue) => wait.labels({ tenant, queue, outcome }))
}

function registerGauges(registry: Registry, tally: Tally, clock: Clock): void {
  const gauge = (
    name: string,
    help: string,
    read: (queue: QueueFigures) => number | undefined,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const queue of queuesOf(tally)) {
          const value = read(queue)
          if (value !== undefined) {
            this.set({ tenant: queue.tenant, queue: queue.queue }, value)
          }
        }
      },
    })
  }
  gauge('switchyard_queue_depth', 'Calls that wait now.', ({ waiting }) => waiting.size)
  gauge('switchyard_queue_talking', 'Calls in conversation now.', ({ talking }) => talking.size)
  gauge(
    'switchyard_queue_longest_wait_seconds',
    'How long the call that waits longest has waited; 0 when none waits.',
    (queue) => longestWait(queue, clock.now()) / 1_000,
  )
  gauge(
    'switchyard_queue_service_level_ratio',
    'Share of counted calls answered within the threshold, since the engine started. Over a time of your choice: take the rates of the counters.',
    serviceLevel,
  )
}

function* queuesOf(tally: Tally): Iterable<QueueFigures> {
  for (const { queues } of tally.tenants.values()) {
    yield* queues.values()
  }
}
