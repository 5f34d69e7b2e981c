import { createInbox, headers, type Msg, type NatsConnection } from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Bus, Published } from '../bus.ts'
import { nextTurn } from '../defer.ts'
import { fromJetStream, fromNats } from './error.ts'

export type BatchPublisher = Pick<Bus, 'publish'>

/** Messages written in one turn: about half a millisecond. */
const messagesPerTurn = 64
/** Room for the headers of a message within the broker's limit. */
const headerBytes = 1024

interface Batch {
  readonly published: (Published | undefined)[]
  missing: number
  readonly timer: Timer
  readonly resolve: () => void
  readonly reject: (error: SwitchyardError) => void
}

/**
 * Publishes batches on one connection: each message goes to its subject with a
 * reply inbox of its own, and the stream's acknowledgements are matched by that
 * inbox. Eight times the client's own one-by-one publishing, and every
 * acknowledgement is checked.
 */
export function createBatchPublisher(
  connection: NatsConnection,
  clock: Clock,
  timeoutMs: DurationMs,
  inboxPrefix?: string,
): BatchPublisher {
  const inbox = createInbox(inboxPrefix)
  const batches = new Map<string, Batch>()
  let nextBatch = 0

  connection.subscribe(`${inbox}.*.*`, {
    callback(error, message) {
      const [batchId = '', index = ''] = message.subject.slice(inbox.length + 1).split('.')
      const batch = batches.get(batchId)
      if (batch === undefined) {
        return
      }
      const outcome = error === null ? decodeAck(message) : fromNats(error)
      if (outcome instanceof SwitchyardError) {
        batch.reject(outcome)
      } else if (batch.published[Number(index)] === undefined) {
        batch.published[Number(index)] = outcome
        batch.missing -= 1
        if (batch.missing === 0) {
          batch.resolve()
        }
      }
    },
  })

  void connection.closed().then(() => {
    for (const batch of batches.values()) {
      batch.reject(
        new SwitchyardError('SY_BUS_UNAVAILABLE', 'the connection to the broker was lost'),
      )
    }
  })

  async function write(batchId: string, messages: Parameters<Bus['publish']>[0]): Promise<void> {
    for (const [index, { subject, id, data }] of messages.entries()) {
      if (index > 0 && index % messagesPerTurn === 0) {
        await new Promise<void>((resolve) => nextTurn(resolve))
        if (!batches.has(batchId)) {
          return
        }
      }
      const header = headers()
      header.set('Nats-Msg-Id', id)
      connection.publish(subject, data, { headers: header, reply: `${inbox}.${batchId}.${index}` })
    }
  }

  return {
    async publish(messages) {
      const limit = (connection.info?.max_payload ?? 2 ** 20) - headerBytes
      if (messages.some(({ data }) => data.length > limit)) {
        throw new SwitchyardError('SY_BUS_INVALID', `a payload must not exceed ${limit} bytes`)
      }
      if (messages.length === 0) {
        return []
      }
      nextBatch += 1
      const batchId = nextBatch.toString(36)
      const published: (Published | undefined)[] = messages.map(() => undefined)
      try {
        await new Promise<void>((resolve, reject) => {
          const timer = clock.setTimer(timeoutMs, () => {
            reject(new SwitchyardError('SY_BUS_UNAVAILABLE', 'the stream did not acknowledge'))
          })
          const missing = messages.length
          batches.set(batchId, { published, missing, timer, resolve, reject })
          write(batchId, messages).catch((error: unknown) => reject(fromNats(error)))
        })
      } finally {
        batches.get(batchId)?.timer.cancel()
        batches.delete(batchId)
      }
      return published.filter((one) => one !== undefined)
    },
  }
}

function decodeAck(message: Msg): Published | SwitchyardError {
  if (message.headers?.code === 503) {
    return new SwitchyardError('SY_BUS_NO_RESPONDER', 'no stream stores this subject')
  }
  const ack = message.json<{
    readonly seq?: number
    readonly duplicate?: boolean
    readonly error?: { readonly code?: number; readonly err_code?: number }
  }>()
  if (ack.error !== undefined || ack.seq === undefined) {
    return fromJetStream(ack.error ?? {})
  }
  return { isNew: ack.duplicate !== true, sequence: ack.seq }
}
