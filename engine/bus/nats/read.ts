import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  type NatsConnection,
  nanos,
} from 'nats'
import type { DurationMs, EpochMs } from '../../catalogue/ids.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { SwitchyardError } from '../../errors.ts'
import type { BusMessage } from '../bus.ts'
import { fromNats } from './error.ts'
import { createNatsLink, type NatsLink } from './link.ts'
import type { NatsBusOptions } from './nats.ts'

/** Which part of a stream to read. */
export interface ReadOptions {
  readonly stream: string
  /** A subject; `*` and `>` are allowed. @default all */
  readonly filter?: string
  /** Starts at the first message stored at or after this instant. @default the oldest */
  readonly sinceAt?: EpochMs
}

const connectWithinMs: DurationMs = 5_000
const messagesAtOnce = 500
const answerWithinMs: DurationMs = 5_000
/** The broker forgets a reader that has been gone for this long. */
const forgetAfterMs: DurationMs = 60_000

/**
 * Reads everything that a stream holds when the reading starts, in order, and ends.
 * Leaves nothing behind on the broker. Messages that the stream drops by age
 * meanwhile are left out.
 *
 * @throws SwitchyardError SY_BUS_UNAVAILABLE when the broker cannot be reached or is lost
 *   meanwhile, SY_BUS_NO_RESPONDER when it has no such stream
 */
export async function* readNatsStream(
  options: NatsBusOptions,
  read: ReadOptions,
): AsyncGenerator<BusMessage> {
  const { clock = systemClock } = options
  const link = createNatsLink({ ...options, clock })
  try {
    const connection = await connected(link, clock)
    const manager = await connection.jetstreamManager({ checkAPI: false })
    const reader = await manager.consumers.add(read.stream, readerOf(read))
    yield* take(connection, manager, reader)
    await manager.consumers.delete(read.stream, reader.name)
  } catch (error) {
    throw fromNats(error)
  } finally {
    await link.close()
  }
}

function connected(link: NatsLink, clock: Clock): Promise<NatsConnection> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(connectWithinMs, () => {
      forget()
      reject(new SwitchyardError('SY_BUS_UNAVAILABLE', 'the broker cannot be reached'))
    })
    const forget = link.onUp((connection) => {
      timer.cancel()
      resolve(connection)
    })
  })
}

function readerOf({ filter, sinceAt }: ReadOptions) {
  return {
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(forgetAfterMs),
    mem_storage: true,
    ...(filter === undefined ? {} : { filter_subject: filter }),
    ...(sinceAt === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : {
          deliver_policy: DeliverPolicy.StartTime,
          opt_start_time: new Date(sinceAt).toISOString(),
        }),
  }
}

/** Reads as many messages as the broker counted when the reader was created. */
async function* take(
  connection: NatsConnection,
  manager: JetStreamManager,
  { stream_name, name, num_pending: wanted }: ConsumerInfo,
): AsyncGenerator<BusMessage> {
  const consumer = await connection.jetstream().consumers.get(stream_name, name)
  let taken = 0
  while (taken < wanted) {
    const before = taken
    const messages = await consumer.fetch({
      max_messages: Math.min(messagesAtOnce, wanted - taken),
      expires: answerWithinMs,
    })
    for await (const { subject, data, info } of messages) {
      taken += 1
      if (info.deliverySequence !== taken) {
        throw new SwitchyardError(
          'SY_BUS_UNAVAILABLE',
          'messages were lost in transit; run the command again',
        )
      }
      yield { subject, data }
    }
    if (taken === before) {
      const { num_pending: left } = await manager.consumers.info(stream_name, name)
      if (left === 0) {
        return
      }
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the broker stopped answering; run it again')
    }
  }
}
