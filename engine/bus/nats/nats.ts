import type { NatsConnection } from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { describeFault } from '../../describe-fault.ts'
import type { Bus, Subscription } from '../bus.ts'
import { checkMessageId, checkName, checkPattern, checkSubject } from '../names.ts'
import { attachConsumer } from './consume.ts'
import { ensureStream } from './ensure-stream.ts'
import { fromNats } from './error.ts'
import { openNatsBucket } from './kv.ts'
import { type Attach, keepAttached } from './lasting.ts'
import { createNatsLink, type NatsLinkOptions } from './link.ts'
import { createListen } from './listen.ts'
import { type BatchPublisher, createBatchPublisher } from './publish.ts'
import { createRequests } from './requests.ts'

export type { NatsCredentials } from './link.ts'

export interface NatsBusOptions extends Omit<NatsLinkOptions, 'clock'> {
  /** @default the system's */
  readonly clock?: Clock
  /** Replicas of each stream and bucket that it creates: 1, 3 or 5, in a cluster. @default 1 */
  readonly replicas?: number
  /** How long a batch may wait for its acknowledgements. @default 2000 */
  readonly publishTimeoutMs?: DurationMs
}

/**
 * Creates a bus on NATS with JetStream (nats-server 2.9 or newer). Returns at
 * once; it connects, and reconnects after a loss, in the background.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID when a server is not a plain URL
 */
export function createNatsBus(options: NatsBusOptions): Bus {
  const { log, clock = systemClock, replicas = 1, publishTimeoutMs = 2_000 } = options
  const link = createNatsLink({ ...options, clock })
  const listen = createListen(link, log)

  const manager = perConnection((connection) => connection.jetstreamManager({ checkAPI: false }))
  const publisher = perConnection<BatchPublisher>((connection) =>
    createBatchPublisher(connection, clock, publishTimeoutMs, options.inboxPrefix),
  )

  /** Makes one value for each connection, when it is first needed. */
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
      return await listen(pattern, ({ subject, data }) => {
        guard(() => onMessage({ subject, data }))
      })
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

    ...createRequests(link, listen, log),

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
