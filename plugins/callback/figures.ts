import type { PluginMetrics } from '../../engine/plugin/index.ts'
import { isLive, type NumberRecord, type PendingEvent } from './obligation.ts'

/** The metrics of the plugin. */
export interface Figures {
  /** Counts a published event. */
  published(event: PendingEvent): void
  /** Counts a command that places a contact without a part of its needs. */
  needsCut(part: string): void
  /** Sets the number of callbacks owed now. */
  owed(records: Iterable<NumberRecord>): void
}

/** From one minute to two days, in seconds. */
const connectionBuckets = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800]
const ends = ['connected', 'absorbed', 'cancelled', 'expired', 'givenUp']

/** Registers the metrics of a tenant. */
export function registerFigures(metrics: PluginMetrics, tenant: string): Figures {
  const showOwed = metrics.gauge({
    name: 'switchyard_callback_owed',
    help: 'Callbacks owed now. Every replica reports the same value: take the maximum.',
    labels: ['tenant', 'queue'],
  })
  const countOwed = metrics.counter({
    name: 'switchyard_callbacks_owed_total',
    help: 'Callbacks that became owed, by reason.',
    labels: ['tenant', 'queue', 'owed_for'],
  })
  const countEnd = metrics.counter({
    name: 'switchyard_callbacks_ended_total',
    help: 'Callbacks that ended, by outcome.',
    labels: ['tenant', 'queue', 'outcome'],
  })
  const countAttempt = metrics.counter({
    name: 'switchyard_callback_attempts_total',
    help: 'Dial attempts, by outcome.',
    labels: ['tenant', 'queue', 'outcome'],
  })
  const countCut = metrics.counter({
    name: 'switchyard_callback_needs_cut_total',
    help: 'Commands that place a contact without what the engine would not accept of its needs, by part.',
    labels: ['tenant', 'part'],
  })
  const observeConnection = metrics.histogram({
    name: 'switchyard_callback_connection_seconds',
    help: 'Time from when a callback became owed until the customer was connected to an agent.',
    labels: ['tenant', 'queue'],
    buckets: connectionBuckets,
  })
  const shown = new Set<string>()

  return {
    published({ type, data }) {
      const queue = String(data['queue'])
      const word = type.slice('callback.'.length)
      if (word === 'owed') {
        countOwed({ tenant, queue, owed_for: String(data['owedFor']) })
      } else if (word === 'attempted') {
        countAttempt({ tenant, queue, outcome: String(data['outcome']) })
      } else if (ends.includes(word)) {
        countEnd({ tenant, queue, outcome: word })
      }
      if (word === 'connected') {
        observeConnection(Number(data['owedMs']) / 1_000, { tenant, queue })
      }
    },

    needsCut: (part) => countCut({ tenant, part }),

    owed(records) {
      const counts = new Map([...shown].map((queue) => [queue, 0]))
      for (const { obligation } of records) {
        if (isLive(obligation)) {
          counts.set(obligation.queue, (counts.get(obligation.queue) ?? 0) + 1)
        }
      }
      for (const [queue, count] of counts) {
        shown.add(queue)
        showOwed(count, { tenant, queue })
      }
    },
  }
}
