import type { Clock, Timer } from '../clock.ts'
import type { DurationMs, EpochMs } from '../core/ids.ts'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Bus, StreamOptions } from './bus.ts'
import { type Defer, nextTurn } from './defer.ts'
import type { Disk } from './disk.ts'
import { encodeEvent } from './envelope.ts'
import type { EngineEvent } from './events.ts'
import { describeFault } from './fault.ts'
import { createFifo } from './fifo.ts'
import { createSpill, type HeldEvent, type Spill, type WhenFull } from './spill.ts'
import { eventStream } from './subjects.ts'

export interface OutboxLimits {
  /** Events in one publication. @default 500 */
  readonly batchEvents?: number
  /** Events in memory above which the oldest go to disk. @default 10,000 */
  readonly spillAboveEvents?: number
  /** Events in memory at most; beyond, `whenFull` decides. @default 100,000 */
  readonly memoryEvents?: number
  /** How long the bus may be away before everything in memory goes to disk. @default 5000 */
  readonly outageMs?: DurationMs
  /** Bytes on disk at most; beyond, `whenFull` decides. @default 256 MiB */
  readonly spillBytes?: number
  /** @default 'dropOldest' */
  readonly whenFull?: WhenFull
  /** Pause after the first failure; it doubles with each. @default 100 */
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
  /** Where events wait while the bus is away. Without it they wait in memory alone. */
  readonly disk?: Disk
  readonly limits?: OutboxLimits
  /** How long the stream keeps events, and ids. @default 7 days, 2 minutes */
  readonly stream?: Pick<StreamOptions, 'maxAgeMs' | 'duplicateWindowMs'>
  /** When the work is done. @default the next turn of the event loop */
  readonly defer?: Defer
}

export interface OutboxFigures {
  /** Events handed over and not yet in the stream, on disk or in memory. */
  readonly backlog: number
  readonly spilledEvents: number
  readonly spilledBytes: number
  readonly published: number
  /** Attempts to publish that failed. */
  readonly failures: number
  /** Attempts to use the disk that failed. */
  readonly diskFailures: number
  /** Events given up: no room, or no bus would ever take them. */
  readonly dropped: number
  /** Lines on disk that were cut off or damaged. */
  readonly torn: number
  /** How long the oldest of the backlog has waited; 0 when there is none. */
  readonly oldestAgeMs: DurationMs
}

/** Between the hot path and the bus: takes events at once, publishes them afterwards, in order. */
export interface Outbox {
  /**
   * Takes an event. Synchronous, O(1), no I/O, never throws. The event must not
   * be changed afterwards: it is encoded in a later turn.
   *
   * @param key what `sequence` counts; with it the event's id. See `encodeEvent`.
   */
  append(tenant: string, key: string, sequence: number, event: EngineEvent): void
  figures(): OutboxFigures
  /** Resolves to true as soon as everything is in the stream, to false after `timeoutMs`. */
  drain(timeoutMs: DurationMs): Promise<boolean>
  /** Ends it: what is left in memory goes to disk, or is dropped and counted without one. */
  stop(): Promise<void>
}

interface Waiting {
  readonly tenant: string
  readonly key: string
  readonly sequence: number
  readonly event: EngineEvent
  readonly at: EpochMs
}

/** Encoding stops for this turn after so long; publishing what it made takes about as long again. */
const turnMicroseconds = 600
const weekMs: DurationMs = 7 * 24 * 3_600_000

/**
 * Creates the outbox and the stream of events (`SWITCHYARD_EVENTS`) with it. What
 * an earlier process left on `disk` is published first.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { bus, clock, log, source, disk, defer = nextTurn } = options
  const {
    batchEvents = 500,
    spillAboveEvents = 10_000,
    memoryEvents = 100_000,
    outageMs = 5_000,
    spillBytes = 2 ** 28,
    whenFull = 'dropOldest',
    firstRetryMs = 100,
    lastRetryMs = 1_000,
  } = options.limits ?? {}

  const queue = createFifo<Waiting>()
  /** Taken from the queue and encoded; older than all of it, newer than what is on disk. */
  let encoded: readonly HeldEvent[] = []
  const spill: Spill | undefined = disk && createSpill(disk, { maxBytes: spillBytes, whenFull })
  let isSpillOpen = false
  let isStreamReady = false
  let isStopped = false
  let isScheduled = false
  let running: Promise<void> | undefined
  let retryTimer: Timer | undefined
  let retryMs = firstRetryMs
  let awaySince: EpochMs | undefined
  let isDiskFaultLogged = false
  let published = 0
  let failures = 0
  let diskFailures = 0
  let dropped = 0
  const drained = new Set<() => void>()

  const inMemory = () => queue.length + encoded.length
  const backlog = () => inMemory() + (spill?.events ?? 0)

  function wake(): void {
    if (!isScheduled && !isStopped && running === undefined) {
      isScheduled = true
      defer(() => {
        isScheduled = false
        running = run().finally(() => {
          running = undefined
          if (backlog() > 0) {
            if (retryTimer === undefined) {
              wake()
            }
            return
          }
          for (const done of drained) {
            done()
          }
        })
      })
    }
  }

  async function run(): Promise<void> {
    await openSpill()
    while (!isStopped && backlog() > 0) {
      if (mustSpill()) {
        await spillMemory()
      }
      if (!(await publishNext())) {
        pause()
        return
      }
      await turn()
    }
  }

  function turn(): Promise<void> {
    return new Promise((resolve) => defer(resolve))
  }

  function pause(): void {
    retryTimer?.cancel()
    if (isStopped) {
      return
    }
    retryTimer = clock.setTimer(retryMs, retryNow)
    retryMs = Math.min(retryMs * 2, lastRetryMs)
  }

  function retryNow(): void {
    retryTimer?.cancel()
    retryTimer = undefined
    wake()
  }

  async function openSpill(): Promise<void> {
    if (spill !== undefined && !isSpillOpen) {
      isSpillOpen = (await onDisk(() => spill.open().then(() => true))) ?? false
    }
  }

  /** Runs a disk operation; undefined when the disk failed. */
  async function onDisk<T>(operation: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await operation()
      isDiskFaultLogged = false
      return result
    } catch (error) {
      diskFailures += 1
      if (!isDiskFaultLogged) {
        isDiskFaultLogged = true
        log.error(describeFault(error), 'the outbox cannot use its disk; events wait in memory')
      }
      return undefined
    }
  }

  function mustSpill(): boolean {
    const isAwayLong = awaySince !== undefined && clock.now() - awaySince >= outageMs
    return isSpillOpen && inMemory() > 0 && (isAwayLong || inMemory() > spillAboveEvents)
  }

  /** Writes what is in memory now to disk. */
  async function spillMemory(): Promise<void> {
    let rest = inMemory()
    while (spill !== undefined && isSpillOpen && rest > 0) {
      encodeSome()
      if (!(await onDisk(() => spill.write(encoded)))) {
        return
      }
      rest -= Math.max(encoded.length, 1)
      encoded = []
      await turn()
    }
  }

  /** Moves events from the queue to `encoded`: as many as a batch and this turn allow. */
  function encodeSome(): void {
    if (encoded.length > 0) {
      return
    }
    const batch: HeldEvent[] = []
    const endAt = clock.microseconds() + turnMicroseconds
    while (batch.length < batchEvents && queue.length > 0) {
      const waiting = queue.shift()
      if (waiting !== undefined) {
        const { tenant, key, sequence, event, at } = waiting
        try {
          batch.push({ ...encodeEvent({ source, tenant, key, sequence }, event), at })
        } catch (error) {
          giveUp(1, error, event.type)
        }
      }
      if (batch.length % 16 === 0 && clock.microseconds() > endAt) {
        break
      }
    }
    encoded = batch
  }

  function giveUp(count: number, error: unknown, type?: string): void {
    dropped += count
    log.error({ count, type, ...describeFault(error) }, 'an event that no bus takes was dropped')
  }

  /** Publishes the oldest batch. False when the bus, or the disk it lies on, would not. */
  async function publishNext(): Promise<boolean> {
    if (!bus.isConnected) {
      return fail('not connected')
    }
    const isFromSpill = spill !== undefined && spill.events > 0
    const batch = isFromSpill ? await onDisk(() => spill.peek(batchEvents)) : fromMemory()
    if (batch === undefined) {
      return false
    }
    try {
      if (!isStreamReady) {
        await bus.ensureStream({ ...eventStream, maxAgeMs: weekMs, ...options.stream })
        isStreamReady = true
      }
      await publish(batch)
    } catch (error) {
      isStreamReady = false
      return fail(isSwitchyardError(error) ? error.code : 'unknown')
    }
    if (isFromSpill) {
      await onDisk(() => spill.confirm())
    } else {
      encoded = []
    }
    succeed()
    return true
  }

  function fromMemory(): readonly HeldEvent[] {
    encodeSome()
    return encoded
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
        giveUp(batch.length, error)
        return
      }
      // One message spoils the batch: halve it until it stands alone. Repeats are dropped by id.
      const middle = Math.ceil(batch.length / 2)
      await publish(batch.slice(0, middle))
      await publish(batch.slice(middle))
    }
  }

  function fail(reason: string): false {
    failures += 1
    if (awaySince === undefined) {
      awaySince = clock.now()
      log.warn({ reason, backlog: backlog() }, 'events cannot be published; they wait')
    }
    return false
  }

  function succeed(): void {
    retryMs = firstRetryMs
    if (awaySince !== undefined) {
      const awayMs = clock.now() - awaySince
      awaySince = undefined
      log.info({ awayMs, backlog: backlog() }, 'events are published again')
    }
  }

  function oldestAt(): EpochMs | undefined {
    return spill?.oldestAt ?? encoded[0]?.at ?? queue.first?.at
  }

  if (spill !== undefined) {
    wake()
  }

  return {
    append(tenant, key, sequence, event) {
      if (isStopped || (whenFull === 'dropNewest' && inMemory() >= memoryEvents)) {
        dropped += 1
        return
      }
      queue.push({ tenant, key, sequence, event, at: clock.now() })
      if (inMemory() > memoryEvents) {
        queue.shift()
        dropped += 1
      }
      const isPausing = retryTimer !== undefined
      if (!isPausing || inMemory() === spillAboveEvents + 1) {
        wake()
      }
    },

    figures() {
      const since = oldestAt()
      return {
        backlog: backlog(),
        spilledEvents: spill?.events ?? 0,
        spilledBytes: spill?.bytes ?? 0,
        published,
        failures,
        diskFailures,
        dropped: dropped + (spill?.dropped ?? 0),
        torn: spill?.torn ?? 0,
        oldestAgeMs: since === undefined ? 0 : Math.max(clock.now() - since, 0),
      }
    },

    async drain(timeoutMs) {
      if (backlog() === 0 && running === undefined && !isScheduled) {
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
      retryTimer?.cancel()
      retryTimer = undefined
      await running
      await openSpill()
      await spillMemory()
      const lost = inMemory()
      if (lost > 0) {
        dropped += lost
        log.error({ lost }, 'events were lost: the outbox ended with no room on disk')
      }
    },
  }
}
