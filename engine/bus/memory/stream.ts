import type { EpochMs } from '../../catalogue/ids.ts'
import type { Clock } from '../../clock.ts'
import type { BusMessage, Published, StreamOptions } from '../bus.ts'
import { defaultDuplicateWindowMs } from '../defaults.ts'
import { createFifo } from '../fifo.ts'
import { matchesSubject } from '../names.ts'

/** A message as a stream in memory stores it. */
export interface StoredMessage extends BusMessage {
  readonly sequence: number
  readonly storedAt: EpochMs
}

export interface StreamLimits {
  readonly messages: number
  readonly bytes: number
}

/** One durable stream, in memory and bounded: the oldest messages are dropped first. */
export interface MemoryStream {
  /** Applies the options that a later `ensureStream` names; stored messages stay. */
  configure(options: StreamOptions): void
  readonly subjects: readonly string[]
  keeps(subject: string): boolean
  append(message: BusMessage & { readonly id: string }): Published
  /** The first message at or after `sequence` that is still stored. */
  read(sequence: number): StoredMessage | undefined
  /** The sequence of the next message. */
  readonly nextSequence: number
  /** Calls back after each append. */
  onAppend(listener: () => void): void
  /** How many messages were pushed out by the limits, not by age. */
  readonly evicted: number
}

/** How many removed entries may be at the front before the array is compacted: keeps eviction O(1) on average. */
const compactAfter = 1024

/**
 * Creates a stream. Ids are remembered for the duplicate window, but for no more
 * messages than the stream itself may hold, so that memory stays bounded.
 */
export function createMemoryStream(
  initial: StreamOptions,
  limits: StreamLimits,
  clock: Clock,
): MemoryStream {
  let options = initial
  let messages: (StoredMessage | undefined)[] = []
  let head = 0
  let firstSequence = 1
  let bytes = 0
  let evicted = 0
  /** Ids within the duplicate window, in the order in which they leave it. */
  const seen = new Map<string, number>()
  const seenInOrder = createFifo<{ readonly id: string; readonly at: EpochMs }>()
  const listeners: (() => void)[] = []

  const count = () => messages.length - head

  function dropOldest(): void {
    const oldest = messages[head]
    bytes -= oldest?.data.length ?? 0
    messages[head] = undefined
    head += 1
    firstSequence += 1
    if (head >= compactAfter && head * 2 >= messages.length) {
      messages = messages.slice(head)
      head = 0
    }
  }

  function dropAged(): void {
    const { maxAgeMs = initial.newMaxAgeMs ?? 0 } = options
    if (maxAgeMs > 0) {
      const oldestAt = clock.now() - maxAgeMs
      while (count() > 0 && (messages[head]?.storedAt ?? 0) <= oldestAt) {
        dropOldest()
      }
    }
  }

  function forgetIds(): void {
    const windowStart = clock.now() - (options.duplicateWindowMs ?? defaultDuplicateWindowMs)
    let first = seenInOrder.first
    while (first !== undefined && (first.at <= windowStart || seen.size > limits.messages)) {
      seenInOrder.shift()
      seen.delete(first.id)
      first = seenInOrder.first
    }
  }

  return {
    configure(next) {
      options = { ...options, ...next }
    },
    get subjects() {
      return options.subjects
    },
    keeps: (subject) => options.subjects.some((pattern) => matchesSubject(pattern, subject)),
    append({ subject, data, id }) {
      forgetIds()
      const known = seen.get(id)
      if (known !== undefined) {
        return { isNew: false, sequence: known }
      }
      dropAged()
      const sequence = firstSequence + count()
      const storedAt = clock.now()
      messages.push({ subject, data, sequence, storedAt })
      seen.set(id, sequence)
      seenInOrder.push({ id, at: storedAt })
      bytes += data.length
      while (count() > limits.messages || (bytes > limits.bytes && count() > 1)) {
        dropOldest()
        evicted += 1
      }
      for (const listener of listeners) {
        listener()
      }
      return { isNew: true, sequence }
    },
    read(sequence) {
      dropAged()
      return messages[head + Math.max(sequence - firstSequence, 0)]
    },
    get nextSequence() {
      return firstSequence + count()
    },
    onAppend(listener) {
      listeners.push(listener)
    },
    get evicted() {
      return evicted
    },
  }
}
