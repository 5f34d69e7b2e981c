import { createFifo } from '../bus/fifo.ts'
import { encodeEvent } from '../catalogue/envelope.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import type { Logger } from '../log.ts'
import type { Disk } from './disk.ts'
import { createSpill, type WhenFull } from './spill.ts'
import type { HeldEvent } from './spill-file.ts'

export interface BacklogLimits {
  /** Events in one batch. @default 500 */
  readonly batchEvents?: number
  /** Above this number of events in memory, the oldest go to disk. @default 10,000 */
  readonly spillAboveEvents?: number
  /** Most events in memory; beyond it `whenFull` decides. @default 100,000 */
  readonly memoryEvents?: number
  /** Most bytes on disk; beyond it `whenFull` decides. @default 256 MiB */
  readonly spillBytes?: number
  /** @default 'dropOldest' */
  readonly whenFull?: WhenFull
}

export interface BacklogFigures {
  /** Events on disk or in memory that are not in the stream yet. */
  readonly backlog: number
  readonly spilledEvents: number
  readonly spilledBytes: number
  /** How many disk operations have failed. */
  readonly diskFailures: number
  /** Events dropped because there was no room, or because no bus would ever accept them. */
  readonly dropped: number
  /** Lines on disk that were cut off or damaged. */
  readonly torn: number
  /** How long the oldest has waited; 0 when there is none. */
  readonly oldestAgeMs: DurationMs
}

/** An event with its identification, as it was handed over. */
export interface WaitingEvent {
  readonly tenant: string
  readonly key: string
  readonly sequence: number
  readonly event: EngineEvent
}

/**
 * The waiting events: first those on disk, then those already encoded, then those just
 * handed over. Only one asynchronous operation may run at a time.
 */
export interface Backlog {
  /** O(1), no I/O. */
  add(waiting: WaitingEvent): void
  /** Finds the events that an earlier process left on disk; retries if the disk failed before. */
  open(): Promise<void>
  /** The oldest events; they stay until {@link confirm}. Undefined when the disk fails. */
  next(): Promise<readonly HeldEvent[] | undefined>
  /** Removes the events that {@link next} returned. */
  confirm(): Promise<void>
  /** Moves the events in memory to disk, as far as there is a disk with room. */
  spill(): Promise<void>
  /** Counts events that the broker will never accept. */
  giveUp(count: number, error: unknown): void
  /** Drops and counts the events in memory; returns how many. */
  clearMemory(): number
  readonly size: number
  readonly inMemory: number
  /** Whether there are more events in memory than there should be. */
  readonly isCrowded: boolean
  figures(): BacklogFigures
}

interface BacklogOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly source: string
  readonly disk: Disk | undefined
  readonly limits: BacklogLimits
  /** Resolves in a later turn of the event loop. */
  readonly turn: () => Promise<void>
}

/** How long one turn spends on encoding; publishing takes about as long again. */
const turnMicroseconds = 600
/** A file that cannot be read this often in a row is left behind, so that the others go on. */
const readsBeforeGivingUp = 10

/** Creates the backlog of an outbox. */
export function createBacklog({ clock, log, source, disk, limits, turn }: BacklogOptions): Backlog {
  const {
    batchEvents = 500,
    spillAboveEvents = 10_000,
    memoryEvents = 100_000,
    spillBytes = 2 ** 28,
    whenFull = 'dropOldest',
  } = limits
  const queue = createFifo<WaitingEvent & { readonly at: EpochMs }>()
  let encoded: readonly HeldEvent[] = []
  const files = disk && createSpill(disk, { maxBytes: spillBytes, whenFull })
  let isOpen = false
  let isNextOnDisk = false
  let failedReads = 0
  let diskFailures = 0
  let isFaultLogged = false
  let dropped = 0

  const inMemory = () => queue.length + encoded.length
  const size = () => inMemory() + (files?.events ?? 0)

  /** Runs a disk operation; undefined when the disk failed. */
  async function onDisk<T>(operation: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await operation()
      isFaultLogged = false
      return result
    } catch (error) {
      diskFailures += 1
      if (!isFaultLogged) {
        isFaultLogged = true
        log.error(describeFault(error), 'the outbox cannot use its disk')
      }
      return undefined
    }
  }

  function giveUp(count: number, error: unknown, type?: string): void {
    dropped += count
    log.error(
      { count, type, ...describeFault(error) },
      'an event was dropped: it cannot be encoded, or the broker will never accept it',
    )
  }

  /** Moves events from the queue to `encoded`: as many as a batch and this turn allow. */
  function encodeSome(): void {
    if (encoded.length > 0) {
      return
    }
    const batch: HeldEvent[] = []
    const endAt = clock.microseconds() + turnMicroseconds
    for (let waiting = queue.shift(); waiting !== undefined; waiting = queue.shift()) {
      const { event, at, ...origin } = waiting
      try {
        batch.push({ ...encodeEvent({ source, ...origin }, event), at })
      } catch (error) {
        giveUp(1, error, event.type)
      }
      const isTurnOver = batch.length % 16 === 0 && clock.microseconds() > endAt
      if (isTurnOver || batch.length >= batchEvents) {
        break
      }
    }
    encoded = batch
  }

  async function readNext(): Promise<readonly HeldEvent[] | undefined> {
    const batch = await onDisk(async () => await files?.peek(batchEvents))
    failedReads = batch === undefined ? failedReads + 1 : 0
    if (failedReads >= readsBeforeGivingUp) {
      failedReads = 0
      const lost = files?.abandonOldest() ?? 0
      log.error(
        { lost },
        'a file of events cannot be read; it was left in place, and its events are not published',
      )
    }
    return batch
  }

  return {
    add(waiting) {
      if (whenFull === 'dropNewest' && inMemory() >= memoryEvents) {
        dropped += 1
        return
      }
      queue.push({ ...waiting, at: clock.now() })
      if (inMemory() > memoryEvents) {
        queue.shift()
        dropped += 1
      }
    },

    async open() {
      if (files !== undefined && !isOpen) {
        isOpen = (await onDisk(() => files.open().then(() => true))) ?? false
      }
    },

    async next() {
      isNextOnDisk = files !== undefined && files.events > 0
      if (isNextOnDisk) {
        return await readNext()
      }
      encodeSome()
      return encoded
    },

    async confirm() {
      if (isNextOnDisk) {
        await onDisk(async () => await files?.confirm())
      } else {
        encoded = []
      }
    },

    async spill() {
      let rest = inMemory()
      while (files !== undefined && isOpen && rest > 0) {
        encodeSome()
        if (!(await onDisk(() => files.write(encoded)))) {
          return
        }
        rest -= Math.max(encoded.length, 1)
        encoded = []
        await turn()
      }
    },

    giveUp,

    clearMemory() {
      const lost = inMemory()
      dropped += lost
      encoded = []
      while (queue.shift() !== undefined) {}
      return lost
    },

    get size() {
      return size()
    },
    get inMemory() {
      return inMemory()
    },
    get isCrowded() {
      return isOpen && inMemory() > spillAboveEvents
    },

    figures() {
      const since = files?.oldestAt ?? encoded[0]?.at ?? queue.first?.at
      return {
        backlog: size(),
        spilledEvents: files?.events ?? 0,
        spilledBytes: files?.bytes ?? 0,
        diskFailures,
        dropped: dropped + (files?.dropped ?? 0),
        torn: files?.torn ?? 0,
        oldestAgeMs: since === undefined ? 0 : Math.max(clock.now() - since, 0),
      }
    },
  }
}
