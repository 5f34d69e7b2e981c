import type { Clock } from '../../clock.ts'
import { describeFault } from '../../describe-fault.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Bus } from '../bus.ts'
import { type Defer, nextTurn } from '../defer.ts'
import { checkMessageId, checkName, checkPattern, checkSubject, patternsOverlap } from '../names.ts'
import { createMemoryConsumer, type MemoryConsumer } from './consumer.ts'
import { createMemoryBucket, type MemoryBucket } from './kv.ts'
import { createMemoryMessages, toSubscription } from './messages.ts'
import { createMemoryStream, type MemoryStream } from './stream.ts'

export interface MemoryBusOptions {
  readonly clock: Clock
  /** Handlers that throw are logged here. */
  readonly log: Logger
  /** When deliveries run. @default the next turn of the event loop */
  readonly defer?: Defer
  readonly limits?: {
    /** How many messages a stream holds; the oldest are dropped first. @default 100,000 */
    readonly streamMessages?: number
    /** How many bytes of payload a stream holds; the oldest messages are dropped first. @default 64 MiB */
    readonly streamBytes?: number
    /** Largest payload; brokers have such a limit too. @default 1 MiB */
    readonly payloadBytes?: number
  }
}

/** A bus within this process, with controls for simulations. */
export interface MemoryBus extends Bus {
  /** Starts (false) or ends an outage of the broker. */
  setConnected(isConnected: boolean): void
  /** How many messages the limits have pushed out of all streams so far. */
  readonly evictedMessages: number
}

/**
 * Creates a bus within this process: the same semantics as the NATS
 * adapter, but no broker, and nothing survives the process. Payloads are passed
 * on without a copy: do not change one after handing it over.
 */
export function createMemoryBus(options: MemoryBusOptions): MemoryBus {
  const { clock, log, defer = nextTurn, limits = {} } = options
  const { streamMessages = 100_000, streamBytes = 2 ** 26, payloadBytes = 2 ** 20 } = limits

  let isConnected = true
  let isClosed = false
  const streams = new Map<string, MemoryStream>()
  const consumers = new Map<string, MemoryConsumer>()
  const buckets = new Map<string, MemoryBucket>()
  let held: (() => void)[] = []

  function requireConnected(): void {
    if (!isConnected) {
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the bus is not connected')
    }
  }

  function checkPayload(data: Uint8Array): void {
    if (data.length > payloadBytes) {
      throw new SwitchyardError('SY_BUS_INVALID', `a payload must not exceed ${payloadBytes} bytes`)
    }
  }

  function guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      log.error(describeFault(error), 'a bus handler threw')
    }
  }

  function deliver(task: () => void): void {
    defer(() => {
      if (isConnected) {
        guard(task)
      } else {
        held.push(task)
      }
    })
  }

  const messages = createMemoryMessages({
    clock,
    log,
    defer,
    isConnected: () => isConnected,
    checkPayload,
    guard,
  })

  return {
    async ensureStream(stream) {
      checkName(stream.name)
      stream.subjects.forEach(checkPattern)
      requireConnected()
      for (const [name, other] of streams) {
        const overlaps = stream.subjects.some((subject) =>
          other.subjects.some((taken) => patternsOverlap(subject, taken)),
        )
        if (name !== stream.name && overlaps) {
          throw new SwitchyardError(
            'SY_BUS_INVALID',
            `stream ${name} already stores these subjects`,
          )
        }
      }
      const existing = streams.get(stream.name)
      if (existing === undefined) {
        const bounds = { messages: streamMessages, bytes: streamBytes }
        streams.set(stream.name, createMemoryStream(stream, bounds, clock))
      } else {
        existing.configure(stream)
      }
    },

    async publish(batch) {
      for (const { subject, id, data } of batch) {
        checkSubject(subject)
        checkMessageId(id)
        checkPayload(data)
      }
      requireConnected()
      return batch.map((message) => {
        const stream = [...streams.values()].find(({ keeps }) => keeps(message.subject))
        if (stream === undefined) {
          throw new SwitchyardError('SY_BUS_NO_RESPONDER', 'no stream stores this subject')
        }
        messages.dispatch(message.subject, message.data)
        return stream.append(message)
      })
    },

    async consume(consumeOptions, onMessage) {
      checkName(consumeOptions.durable)
      requireConnected()
      const stream = streams.get(consumeOptions.stream)
      if (stream === undefined) {
        throw new SwitchyardError(
          'SY_BUS_NO_RESPONDER',
          `there is no stream ${consumeOptions.stream}`,
        )
      }
      const name = `${consumeOptions.stream}/${consumeOptions.durable}`
      let consumer = consumers.get(name)
      if (consumer === undefined) {
        consumer = createMemoryConsumer(consumeOptions, {
          clock,
          stream,
          defer,
          isConnected: () => isConnected,
          guard,
        })
        consumers.set(name, consumer)
        stream.onAppend(consumer.wake)
      } else {
        consumer.configure(consumeOptions)
      }
      return toSubscription(consumer.join(onMessage))
    },

    async subscribe(pattern, onMessage) {
      checkPattern(pattern)
      requireOpen()
      return messages.subscribe(pattern, onMessage)
    },

    send(subject, data) {
      checkSubject(subject)
      checkPayload(data)
      if (isConnected) {
        messages.dispatch(subject, data)
      }
    },

    async request(subject, data, timeoutMs) {
      checkSubject(subject)
      checkPayload(data)
      requireConnected()
      return await messages.request(subject, data, timeoutMs)
    },

    async requestAll(subject, data, withinMs) {
      checkSubject(subject)
      checkPayload(data)
      requireConnected()
      return await messages.requestAll(subject, data, withinMs)
    },

    async respond(pattern, handle, { isShared = true } = {}) {
      checkPattern(pattern)
      requireOpen()
      return messages.respond(pattern, handle, isShared)
    },

    async kv(name, { ttlMs } = {}) {
      checkName(name)
      requireConnected()
      let bucket = buckets.get(name)
      if (bucket === undefined) {
        bucket = createMemoryBucket({ clock, deliver, requireConnected })
        buckets.set(name, bucket)
      }
      if (ttlMs !== undefined) {
        bucket.setTtl(ttlMs)
      }
      return bucket
    },

    get isConnected() {
      return isConnected
    },

    async close() {
      isConnected = false
      isClosed = true
      for (const part of [...consumers.values(), ...buckets.values()]) {
        part.close()
      }
      messages.clear()
    },

    setConnected(next) {
      isConnected = next && !isClosed
      if (isConnected) {
        const tasks = held
        held = []
        tasks.forEach(deliver)
        for (const consumer of consumers.values()) {
          consumer.wake()
        }
      }
    },

    get evictedMessages() {
      let total = 0
      for (const stream of streams.values()) {
        total += stream.evicted
      }
      return total
    },
  }

  function requireOpen(): void {
    if (isClosed) {
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the bus is closed')
    }
  }
}
