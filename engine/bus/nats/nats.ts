import {
  headers,
  type JetStreamManager,
  type Msg,
  type NatsConnection,
  type Subscription as NatsSubscription,
  nanos,
  RequestStrategy,
  RetentionPolicy,
  StorageType,
} from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { describeFault } from '../../describe-fault.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Bus, StreamOptions, Subscription } from '../bus.ts'
import { defaultDuplicateWindowMs } from '../defaults.ts'
import { checkMessageId, checkName, checkPattern, checkSubject } from '../names.ts'
import { attachConsumer } from './consume.ts'
import { fromNats, fromRequest } from './error.ts'
import { openNatsBucket } from './kv.ts'
import { type Attach, keepAttached } from './lasting.ts'
import { createNatsLink, type NatsLinkOptions } from './link.ts'
import { type BatchPublisher, createBatchPublisher } from './publish.ts'
import { createTurns } from './turns.ts'

export type { NatsCredentials } from './link.ts'

export interface NatsBusOptions extends Omit<NatsLinkOptions, 'clock'> {
  /** @default the system's */
  readonly clock?: Clock
  /** Copies of each stream and bucket it creates: 1, 3 or 5, in a cluster. @default 1 */
  readonly replicas?: number
  /** How long a batch may wait for its acknowledgements. @default 2000 */
  readonly publishTimeoutMs?: DurationMs
}

/** The queue group that makes servers of one subject share its requests. */
const responderGroup = 'switchyard'
/** Headers of NATS micro services: their clients understand our failures too. */
const faultHeader = 'Nats-Service-Error'
const faultCodeHeader = 'Nats-Service-Error-Code'

/**
 * Creates a bus on NATS with JetStream (nats-server 2.9 or newer). Returns at
 * once: the connection is made, and made again after a loss, in the background.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID when a server is not a plain URL
 */
export function createNatsBus(options: NatsBusOptions): Bus {
  const { log, clock = systemClock, replicas = 1, publishTimeoutMs = 2_000 } = options
  const link = createNatsLink({ ...options, clock })
  const turns = createTurns()

  const manager = perConnection((connection) => connection.jetstreamManager({ checkAPI: false }))
  const publisher = perConnection<BatchPublisher>((connection) =>
    createBatchPublisher(connection, clock, publishTimeoutMs, options.inboxPrefix),
  )

  /** One value for each connection, made when it is first needed. */
  function perConnection<T>(open: (connection: NatsConnection) => T): () => T {
    let held: { readonly connection: NatsConnection; readonly value: T } | undefined
    return () => {
      const connection = link.connection()
      if (held?.connection !== connection) {
        held = { connection, value: open(connection) }
      }
      return held.value
    }
  }

  function guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      log.error(describeFault(error), 'a bus handler threw')
    }
  }

  function keep(attach: Attach): Promise<Subscription> {
    return keepAttached({ link, clock, log }, attach)
  }

  /** A plain subscription on this connection and every later one. */
  function listen(
    pattern: string,
    onMessage: (message: Msg) => void,
    queue?: string,
  ): Subscription {
    checkPattern(pattern)
    if (link.isClosed) {
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the bus is closed')
    }
    let subscription: NatsSubscription | undefined
    const forget = link.onUp((connection) => {
      subscription = connection.subscribe(pattern, {
        ...(queue !== undefined && { queue }),
        callback: (error, message) => {
          if (error === null) {
            onMessage(message)
          } else {
            log.error({ pattern, ...describeFault(error) }, 'the broker refused a subscription')
          }
        },
      })
    })
    return {
      async stop() {
        forget()
        subscription?.unsubscribe()
        await flushed()
      },
    }
  }

  /** Resolves when the broker has taken in what was written so far, or is away. */
  async function flushed(): Promise<void> {
    if (link.isConnected) {
      await link
        .connection()
        .flush()
        .catch(() => {})
    }
  }

  async function answer(
    message: Msg,
    handle: (data: Uint8Array, subject: string) => Promise<Uint8Array> | Uint8Array,
  ): Promise<void> {
    try {
      message.respond(await handle(message.data, message.subject))
    } catch (error) {
      log.error({ subject: message.subject, ...describeFault(error) }, 'a bus responder threw')
      respondFault(message, 'internal', '500')
    }
  }

  function respondFault(message: Msg, fault: string, code: string): void {
    const header = headers()
    header.set(faultHeader, fault)
    header.set(faultCodeHeader, code)
    message.respond(new Uint8Array(), { headers: header })
  }

  return {
    async ensureStream(stream) {
      checkName(stream.name)
      stream.subjects.forEach(checkPattern)
      try {
        await ensureStream(await manager(), stream, replicas)
      } catch (error) {
        throw fromNats(error)
      }
    },

    async publish(messages) {
      for (const { subject, id } of messages) {
        checkSubject(subject)
        checkMessageId(id)
      }
      return await publisher().publish(messages)
    },

    async consume(consumeOptions, onMessage) {
      checkName(consumeOptions.durable)
      return await keep(attachConsumer(manager, consumeOptions, onMessage, guard))
    },

    async subscribe(pattern, onMessage) {
      const subscription = listen(pattern, ({ subject, data }) => {
        guard(() => onMessage({ subject, data }))
      })
      await flushed()
      return subscription
    },

    send(subject, data) {
      checkSubject(subject)
      if (link.isConnected) {
        try {
          link.connection().publish(subject, data)
        } catch (error) {
          throw fromNats(error)
        }
      }
    },

    async request(subject, data, timeoutMs) {
      checkSubject(subject)
      const connection = link.connection()
      try {
        const reply = await connection.request(subject, data, { timeout: timeoutMs })
        if (reply.headers?.has(faultCodeHeader)) {
          throw new SwitchyardError('SY_BUS_RESPONDER_FAILED', 'the responder failed')
        }
        return reply.data
      } catch (error) {
        throw fromRequest(error)
      }
    },

    async requestAll(subject, data, withinMs) {
      checkSubject(subject)
      const answers: Uint8Array[] = []
      try {
        const replies = await link.connection().requestMany(subject, data, {
          strategy: RequestStrategy.Timer,
          maxWait: withinMs,
        })
        for await (const reply of replies) {
          if (!reply.headers?.has(faultCodeHeader)) {
            answers.push(reply.data)
          }
        }
        return answers
      } catch (error) {
        const fault = fromRequest(error)
        if (fault.code === 'SY_BUS_NO_RESPONDER') {
          return []
        }
        throw fault
      }
    },

    async respond(pattern, handle, { isShared = true } = {}) {
      const subscription = listen(
        pattern,
        (message) => {
          if (!turns.add(giverOf(message), () => void answer(message, handle))) {
            respondFault(message, 'overloaded', '503')
          }
        },
        isShared ? responderGroup : undefined,
      )
      await flushed()
      return {
        async stop() {
          await subscription.stop()
          await turns.settled()
        },
      }
    },

    async kv(name, { ttlMs } = {}) {
      checkName(name)
      return await openNatsBucket(name, ttlMs, {
        clock,
        connection: () => link.connection(),
        manager,
        keepAttached: keep,
        guard,
        replicas,
      })
    },

    get isConnected() {
      return link.isConnected
    },

    close: () => link.close(),
  }
}

/** Creates the stream, or changes what the options name and leaves the operator's other settings. */
async function ensureStream(
  manager: JetStreamManager,
  { name, subjects, maxAgeMs = 0, duplicateWindowMs }: StreamOptions,
  replicas: number,
): Promise<void> {
  const windowMs = duplicateWindowMs ?? defaultDuplicateWindowMs
  const wanted = {
    subjects: [...subjects],
    max_age: nanos(maxAgeMs),
    // JetStream refuses a window longer than the stream's memory.
    duplicate_window: nanos(maxAgeMs > 0 ? Math.min(windowMs, maxAgeMs) : windowMs),
  }
  const existing = await manager.streams.info(name).catch((error: unknown) => {
    if (fromNats(error).code === 'SY_BUS_NO_RESPONDER') {
      return undefined
    }
    throw error
  })
  if (existing === undefined) {
    await manager.streams.add({
      name,
      ...wanted,
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
    })
    return
  }
  const { config } = existing
  const isSame =
    config.max_age === wanted.max_age &&
    config.duplicate_window === wanted.duplicate_window &&
    config.subjects.join() === wanted.subjects.join()
  if (!isSame) {
    await manager.streams.update(name, { ...config, ...wanted })
  }
}

/** A connection has one inbox for all answers: what precedes the last word of `reply` tells it from others. */
function giverOf({ reply = '' }: Msg): string {
  return reply.slice(0, reply.lastIndexOf('.'))
}
