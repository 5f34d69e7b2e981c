import {
  AckPolicy,
  type ConsumerConfig,
  ConsumerEvents,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  nanos,
} from 'nats'
import type { ConsumeOptions, StreamMessage } from '../bus.ts'
import { defaultAckWaitMs, maxUnacknowledged } from '../defaults.ts'
import { fromNats } from './error.ts'
import type { Attach } from './lasting.ts'

/** How many messages are requested ahead of the reader. */
const prefetch = 200
/** How long one request for messages is valid; after it a lost one is made again. */
const pullMs = 5_000

/**
 * Reads a stream through a durable pull consumer of JetStream.
 *
 * @param guard runs the reader's code; never throws
 */
export function attachConsumer(
  manager: () => Promise<JetStreamManager>,
  options: ConsumeOptions,
  onMessage: (message: StreamMessage) => void,
  guard: (run: () => void) => void,
): Attach {
  return async (connection, onLost) => {
    try {
      await ensureConsumer(await manager(), options)
      const consumer = await connection.jetstream().consumers.get(options.stream, options.durable)
      const messages = await consumer.consume({
        max_messages: prefetch,
        expires: pullMs,
        // Otherwise a failed look-up after an outage would stall it for as long as `expires`.
        bind: true,
        callback: (message) => guard(() => onMessage(toStreamMessage(message))),
      })
      void watchStatus(messages, onLost)
      return () => {
        void messages.close()
      }
    } catch (error) {
      throw fromNats(error)
    }
  }
}

async function ensureConsumer(manager: JetStreamManager, options: ConsumeOptions): Promise<void> {
  const { stream, durable, filter, maxDeliveries } = options
  const wanted: Partial<ConsumerConfig> = {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: options.from === 'next' ? DeliverPolicy.New : DeliverPolicy.All,
    ack_wait: nanos(options.ackWaitMs ?? defaultAckWaitMs),
    max_ack_pending: options.maxUnacknowledged ?? maxUnacknowledged,
    max_deliver: maxDeliveries ?? -1,
    ...(filter !== undefined && { filter_subject: filter }),
  }
  await manager.consumers.add(stream, wanted)
}

async function watchStatus(
  messages: { status(): Promise<AsyncIterable<{ readonly type: string }>> },
  onLost: () => void,
): Promise<void> {
  for await (const { type } of await messages.status()) {
    if (type === ConsumerEvents.ConsumerDeleted || type === ConsumerEvents.NoResponders) {
      onLost()
      return
    }
  }
}

function toStreamMessage(message: JsMsg): StreamMessage {
  return {
    subject: message.subject,
    data: message.data,
    sequence: message.seq,
    deliveries: message.info.deliveryCount,
    ack: () => answer(() => message.ack()),
    retry: (delayMs = 0) => answer(() => message.nak(delayMs)),
    extend: () => answer(() => message.working()),
  }
}

/** An answer on a lost connection is lost, and its message is redelivered: not a fault of the reader. */
function answer(write: () => void): void {
  try {
    write()
  } catch {
    // The client throws when its connection is closed.
  }
}
