import type { Bus, StreamOptions } from '../bus/bus.ts'
import { type Defer, nextTurn } from '../bus/defer.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type BacklogFigures, type BacklogLimits, createBacklog } from './backlog.ts'
import type { Disk } from './disk.ts'
import { createEventPublisher } from './event-publisher.ts'

export interface OutboxLimits extends BacklogLimits {
  /** How long the bus may be away before everything in memory goes to disk. @default 5000 */
  readonly outageMs?: DurationMs
  /** Pause after the first failure; it doubles with each further one. @default 100 */
  readonly firstRetryMs?: DurationMs
  /** @default 1000 */
  readonly lastRetryMs?: DurationMs
}

export interface OutboxOptions {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Logger
  /** CloudEvents `source` of every event, for example `/switchyard/engine-1`. */
  readonly source: string
  /** Where events wait while the bus is away. Without it they wait only in memory. */
  readonly disk?: Disk
  readonly limits?: OutboxLimits
  /**
   * How long the stream keeps events, and how long it remembers ids.
   *
   * @default 7 days and 2 minutes for a new stream; an existing one keeps its own
   */
  readonly stream?: Pick<StreamOptions, 'maxAgeMs' | 'duplicateWindowMs'>
  /** Decides when the work is done. @default in the next turn of the event loop */
  readonly defer?: Defer
}

export interface OutboxFigures extends BacklogFigures {
  /** Events the stream has acknowledged. */
  readonly published: number
  /** How many attempts to publish have failed. */
  readonly failures: number
}

/** Stands between the hot path and the bus: takes events at once and publishes them later, in order. */
export interface Outbox {
  /**
   * Takes an event. Synchronous, O(1), no I/O, never throws. The event must not
   * be changed afterwards: it is encoded in a later turn.
   *
   * @param key what `sequence` counts; together they make the event's id. See `encodeEvent`.
   */
  append(tenant: string, key: string, sequence: number, event: EngineEvent): void
  figures(): OutboxFigures
  /** Resolves to true as soon as everything is in the stream, to false after `timeoutMs`. */
  drain(timeoutMs: DurationMs): Promise<boolean>
  /** Stops it. Events left in memory go to disk; without a disk they are dropped and counted. */
  stop(): Promise<void>
}

/**
 * Creates the outbox and its stream of events (`SWITCHYARD_EVENTS`). Events that
 * an earlier process left on `disk` are published first.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { bus, clock, log, source, disk, limits = {}, defer = nextTurn } = options
  const { outageMs = 5_000, firstRetryMs = 100, lastRetryMs = 1_000 } = limits
  const turn = () => new Promise<void>((resolve) => defer(resolve))
  const backlog = createBacklog({ clock, log, source, disk, limits, turn })
  const publisher = createEventPublisher({
    bus,
    clock,
    stream: options.stream,
    retryMs: lastRetryMs,
    refused: (count, error) => backlog.giveUp(count, error),
  })

  let isStopped = false
  let isScheduled = false
  let running: Promise<void> | undefined
  let retryTimer: Timer | undefined
  let retryMs = firstRetryMs
  let awaySince: EpochMs | undefined
  let failures = 0
  let refused = 0
  const drained = new Set<() => void>()

  function wake(): void {
    if (!isScheduled && !isStopped && running === undefined) {
      isScheduled = true
      defer(() => {
        isScheduled = false
        running = run().finally(rest)
      })
    }
  }

  async function run(): Promise<void> {
    await backlog.open()
    while (!isStopped && backlog.size > 0) {
      const isAwayLong = awaySince !== undefined && clock.now() - awaySince >= outageMs
      if (isAwayLong || backlog.isCrowded) {
        await backlog.spill()
      }
      if (!(await publishNext())) {
        pause()
        return
      }
      await turn()
    }
  }

  function rest(): void {
    running = undefined
    if (backlog.size > 0) {
      if (retryTimer === undefined) {
        wake()
      }
      return
    }
    for (const done of drained) {
      done()
    }
  }

  function pause(): void {
    retryTimer?.cancel()
    if (!isStopped) {
      retryTimer = clock.setTimer(retryMs, retryNow)
      retryMs = Math.min(retryMs * 2, lastRetryMs)
    }
  }

  function retryNow(): void {
    retryTimer?.cancel()
    retryTimer = undefined
    wake()
  }

  /** Publishes the oldest batch. False when the bus, or the disk with the batch, failed. */
  async function publishNext(): Promise<boolean> {
    if (!bus.isConnected) {
      return fail('not connected')
    }
    const batch = await backlog.next()
    if (batch === undefined) {
      return false
    }
    try {
      await publisher.publish(batch)
    } catch (error) {
      return fail(isSwitchyardError(error) ? error.code : 'unknown')
    }
    await backlog.confirm()
    succeed()
    return true
  }

  function fail(reason: string): false {
    failures += 1
    if (awaySince === undefined) {
      awaySince = clock.now()
      log.warn(
        { reason, backlog: backlog.size },
        'events cannot be published; they are kept and sent later',
      )
    }
    return false
  }

  function succeed(): void {
    retryMs = firstRetryMs
    if (awaySince !== undefined) {
      const awayMs = clock.now() - awaySince
      awaySince = undefined
      log.info({ awayMs, backlog: backlog.size }, 'publishing has resumed')
    }
  }

  if (disk !== undefined) {
    wake()
  }

  return {
    append(tenant, key, sequence, event) {
      if (isStopped) {
        refused += 1
        return
      }
      const wasCrowded = backlog.isCrowded
      backlog.add({ tenant, key, sequence, event })
      const isPausing = retryTimer !== undefined
      if (!isPausing || (backlog.isCrowded && !wasCrowded)) {
        wake()
      }
    },

    figures() {
      const figures = backlog.figures()
      return {
        ...figures,
        dropped: figures.dropped + refused,
        published: publisher.published,
        failures,
      }
    },

    async drain(timeoutMs) {
      if (backlog.size === 0 && running === undefined && !isScheduled) {
        return true
      }
      retryNow()
      return await new Promise<boolean>((resolve) => {
        const done = () => {
          timer.cancel()
          drained.delete(done)
          resolve(true)
        }
        const timer = clock.setTimer(timeoutMs, () => {
          drained.delete(done)
          resolve(false)
        })
        drained.add(done)
      })
    },

    async stop() {
      isStopped = true
      publisher.stop()
      retryTimer?.cancel()
      retryTimer = undefined
      await running
      await backlog.open()
      await backlog.spill()
      const lost = backlog.clearMemory()
      if (lost > 0) {
        log.error(
          { lost },
          'events were lost: the outbox stopped with unpublished events and no room on disk',
        )
      }
    },
  }
}
