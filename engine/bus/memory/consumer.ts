import type { DurationMs, EpochMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import type { ConsumeOptions, StreamMessage } from '../bus.ts'
import { defaultAckWaitMs, maxUnacknowledged } from '../defaults.ts'
import { matchesSubject } from '../names.ts'
import type { MemoryStream, StoredMessage } from './stream.ts'

/** Messages handed out in one turn of the loop. */
const messagesPerTurn = 100

type Handler = (message: StreamMessage) => void

/** A durable consumer: the position of a named reader in a stream, and its unacknowledged messages. */
export interface MemoryConsumer {
  configure(options: ConsumeOptions): void
  /** Adds a reader; several share the messages. Returns a function that removes it. */
  join(handler: Handler): () => void
  /** Looks for messages to deliver: after an append, an answer, or a reconnect. */
  wake(): void
  /** Cancels its timers, when the bus is closed. */
  close(): void
}

interface Surroundings {
  readonly clock: Clock
  readonly stream: MemoryStream
  /** Runs a task in a later turn. */
  readonly defer: (task: () => void) => void
  readonly isConnected: () => boolean
  /** Runs a reader's code; never throws. */
  readonly guard: (run: () => void) => void
}

interface Outstanding {
  readonly stored: StoredMessage
  readonly deliveries: number
  readonly deadlineAt: EpochMs
}

interface Waiting {
  readonly stored: StoredMessage
  readonly deliveries: number
}

/** Creates a consumer that starts at the oldest message. */
export function createMemoryConsumer(
  initial: ConsumeOptions,
  { clock, stream, defer, isConnected, guard }: Surroundings,
): MemoryConsumer {
  let options = initial
  let nextSequence = initial.from === 'next' ? stream.nextSequence : 1
  let isScheduled = false
  let ackTimer: Timer | undefined
  let turn = 0
  const handlers: Handler[] = []
  /** Delivered and unanswered, by stream sequence, in the order of their deadlines: each delivery goes to the end. */
  const outstanding = new Map<number, Outstanding>()
  /** To be redelivered, on request or after a timeout; delivered before anything new. */
  const again = new Map<number, Waiting>()
  const delayed = new Map<number, Timer>()

  const ackWaitMs = () => options.ackWaitMs ?? defaultAckWaitMs
  const maxOutstanding = () => options.maxUnacknowledged ?? maxUnacknowledged
  const mayRepeat = (deliveries: number) => deliveries < (options.maxDeliveries ?? Infinity)

  function wake(): void {
    if (!isScheduled) {
      isScheduled = true
      defer(deliverSome)
    }
  }

  function deliverSome(): void {
    isScheduled = false
    for (let count = 0; count < messagesPerTurn; count += 1) {
      const isFull = outstanding.size + delayed.size >= maxOutstanding()
      if (!isConnected() || handlers.length === 0 || (isFull && again.size === 0)) {
        return
      }
      const next = takeAgain() ?? takeNew()
      if (next === undefined) {
        return
      }
      deliver(next)
    }
    wake()
  }

  function takeAgain(): Waiting | undefined {
    for (const [sequence, waiting] of again) {
      again.delete(sequence)
      return waiting
    }
    return undefined
  }

  function takeNew(): Waiting | undefined {
    for (;;) {
      const stored = stream.read(nextSequence)
      if (stored === undefined) {
        return undefined
      }
      nextSequence = stored.sequence + 1
      if (options.filter === undefined || matchesSubject(options.filter, stored.subject)) {
        return { stored, deliveries: 0 }
      }
    }
  }

  function deliver({ stored, deliveries: before }: Waiting): void {
    const deliveries = before + 1
    outstanding.set(stored.sequence, { stored, deliveries, deadlineAt: clock.now() + ackWaitMs() })
    armAckTimer()
    const handler = handlers[turn % handlers.length]
    turn += 1
    let isAnswered = false
    const answer = (run: () => void) => {
      // An answer given while the broker is away is lost, as on the wire.
      if (!isAnswered && isConnected()) {
        run()
        wake()
      }
      isAnswered = true
    }
    const message: StreamMessage = {
      subject: stored.subject,
      data: stored.data,
      sequence: stored.sequence,
      deliveries,
      ack: () => answer(() => settle(stored.sequence)),
      retry: (delayMs = 0) =>
        answer(() => {
          if (outstanding.delete(stored.sequence) && mayRepeat(deliveries)) {
            repeat({ stored, deliveries }, delayMs)
          }
        }),
      extend() {
        if (!isAnswered && isConnected() && outstanding.delete(stored.sequence)) {
          const deadlineAt = clock.now() + ackWaitMs()
          outstanding.set(stored.sequence, { stored, deliveries, deadlineAt })
        }
      },
    }
    guard(() => handler?.(message))
  }

  function settle(sequence: number): void {
    outstanding.delete(sequence)
    again.delete(sequence)
    delayed.get(sequence)?.cancel()
    delayed.delete(sequence)
  }

  function repeat(waiting: Waiting, delayMs: DurationMs): void {
    const { sequence } = waiting.stored
    if (delayMs <= 0) {
      again.set(sequence, waiting)
      return
    }
    const timer = clock.setTimer(delayMs, () => {
      delayed.delete(sequence)
      again.set(sequence, waiting)
      wake()
    })
    delayed.set(sequence, timer)
  }

  /** One timer serves all: the first of `outstanding` is the first to expire. */
  function armAckTimer(): void {
    if (ackTimer !== undefined) {
      return
    }
    const first = outstanding.values().next().value
    if (first !== undefined) {
      ackTimer = clock.setTimer(first.deadlineAt - clock.now(), () => {
        ackTimer = undefined
        takeBackUnanswered()
        armAckTimer()
        wake()
      })
    }
  }

  function takeBackUnanswered(): void {
    for (const [sequence, { stored, deliveries, deadlineAt }] of outstanding) {
      if (deadlineAt > clock.now()) {
        return
      }
      outstanding.delete(sequence)
      if (mayRepeat(deliveries)) {
        again.set(sequence, { stored, deliveries })
      }
    }
  }

  return {
    wake,
    configure(next) {
      options = next
    },
    join(handler) {
      handlers.push(handler)
      wake()
      return () => {
        const index = handlers.indexOf(handler)
        if (index >= 0) {
          handlers.splice(index, 1)
        }
      }
    },
    close() {
      ackTimer?.cancel()
      for (const timer of delayed.values()) {
        timer.cancel()
      }
      handlers.length = 0
    },
  }
}
