import type { Bus, StreamOptions } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { eventStream } from '../catalogue/subjects.ts'
import type { Clock, Timer } from '../clock.ts'
import { isSwitchyardError } from '../errors.ts'
import type { HeldEvent } from './spill-file.ts'

/** Publishes batches of events, and creates their stream (`SWITCHYARD_EVENTS`) first. */
export interface EventPublisher {
  /**
   * Publishes a batch, in order. Events that no bus would ever accept are passed to `refused` and left out.
   *
   * @throws SwitchyardError SY_BUS_*: some of the batch may be in the stream; repeats are dropped by id
   */
  publish(batch: readonly HeldEvent[]): Promise<void>
  /** Events the stream has acknowledged. */
  readonly published: number
  /** Stops trying to create the stream ahead of the first event. */
  stop(): void
}

export interface EventPublisherOptions {
  readonly bus: Bus
  readonly clock: Clock
  readonly stream: Pick<StreamOptions, 'maxAgeMs' | 'duplicateWindowMs'> | undefined
  /** Pause before the next attempt to create the stream. */
  readonly retryMs: DurationMs
  /** Called for events that the broker will never accept. */
  readonly refused: (count: number, error: unknown) => void
}

const weekMs: DurationMs = 7 * 24 * 3_600_000

/**
 * Creates a publisher. The stream is created at once, before there is an event: a plugin that
 * reads from the next event on must be able to begin before the first.
 */
export function createEventPublisher(options: EventPublisherOptions): EventPublisher {
  const { bus, clock, retryMs } = options
  let isStreamReady = false
  let isStopped = false
  let retryTimer: Timer | undefined
  let published = 0

  async function openStream(): Promise<void> {
    if (!isStreamReady) {
      await bus.ensureStream({ ...eventStream, newMaxAgeMs: weekMs, ...options.stream })
      isStreamReady = true
    }
  }

  async function openEarly(): Promise<void> {
    retryTimer = undefined
    try {
      await openStream()
    } catch {
      // The first publication will report it; until then nothing is lost.
      if (!isStopped) {
        retryTimer = clock.setTimer(retryMs, () => void openEarly())
      }
    }
  }

  async function publish(batch: readonly HeldEvent[]): Promise<void> {
    try {
      await bus.publish(batch)
      published += batch.length
    } catch (error) {
      if (!isSwitchyardError(error, 'SY_BUS_INVALID')) {
        throw error
      }
      if (batch.length <= 1) {
        options.refused(batch.length, error)
        return
      }
      // One message makes the batch fail: halve the batch until it is alone. Repeats are dropped by id.
      const middle = Math.ceil(batch.length / 2)
      await publish(batch.slice(0, middle))
      await publish(batch.slice(middle))
    }
  }

  void openEarly()

  return {
    async publish(batch) {
      try {
        await openStream()
        await publish(batch)
      } catch (error) {
        isStreamReady = false
        throw error
      }
    },
    get published() {
      return published
    },
    stop() {
      isStopped = true
      retryTimer?.cancel()
    },
  }
}
