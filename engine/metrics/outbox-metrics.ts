import { Counter, Gauge, type Registry } from 'prom-client'
import type { DurationMs } from '../catalogue/ids.ts'

/** What the outbox holds and has lost. */
export interface OutboxFigures {
  /** Events not yet acknowledged by the broker, in memory and on disk. */
  readonly backlog: number
  readonly spilledBytes: number
  /** Age of the oldest of them; 0 when there is none. */
  readonly oldestAgeMs: DurationMs
  /** Publications that failed, since the start. Each is tried again. */
  readonly failures: number
  /** Events dropped because the outbox was full, since the start. */
  readonly dropped: number
}

/** Registers the metrics of the outbox, read by `look` at each scrape. */
export function registerOutboxMetrics(registry: Registry, look: () => OutboxFigures): void {
  const gauge = (name: string, help: string, read: (figures: OutboxFigures) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(look()))
      },
    })
  }
  const counter = (name: string, help: string, read: (figures: OutboxFigures) => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read(look()))
      },
    })
  }
  gauge(
    'switchyard_outbox_backlog',
    'Events that the broker has not acknowledged yet.',
    ({ backlog }) => backlog,
  )
  gauge(
    'switchyard_outbox_spilled_bytes',
    'Bytes of events on disk because the broker is away.',
    ({ spilledBytes }) => spilledBytes,
  )
  gauge(
    'switchyard_outbox_oldest_age_seconds',
    'Age of the oldest event that is not acknowledged; 0 when there is none.',
    ({ oldestAgeMs }) => oldestAgeMs / 1_000,
  )
  counter(
    'switchyard_outbox_failures_total',
    'Publications that failed and are tried again.',
    ({ failures }) => failures,
  )
  counter(
    'switchyard_outbox_dropped_total',
    'Events dropped because the outbox was full.',
    ({ dropped }) => dropped,
  )
}
