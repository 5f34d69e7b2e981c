import t from 'tap'
import { busContract } from '../../rigs/bus-contract.ts'
import { bytes, createMailbox, text } from '../../rigs/bus-world.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { recordingLogger } from '../../testing/recording-logger.ts'
import type { StreamMessage } from '../bus.ts'
import { createMemoryBus, type MemoryBusOptions } from './memory.ts'

const event = (id: number) => ({ subject: 's.a', id: `${id}`, data: bytes(`${id}`) })

/** A bus, its clock, and a stream `S` of what is published on `s.>`. */
async function openBus(options: Partial<MemoryBusOptions> = {}) {
  const clock = new ManualClock()
  const bus = createMemoryBus({ clock, log: recordingLogger(), ...options })
  await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
  return { clock, bus }
}

t.test('the in-process bus keeps the contract of the port', async (t) => {
  busContract(t, async () => {
    const clock = new ManualClock()
    const bus = createMemoryBus({ clock, log: recordingLogger() })
    return {
      bus,
      passTime: (ms) => clock.pass(ms),
      async startOutage() {
        bus.setConnected(false)
      },
      async endOutage() {
        bus.setConnected(true)
      },
      stop: () => bus.close(),
    }
  })
})

t.test('a full stream drops its oldest messages, and counts them', async (t) => {
  const limits = { streamMessages: 3_000, streamBytes: 9_000 }
  const { bus } = await openBus({ limits })
  for (let id = 1; id <= 5_000; id += 1) {
    await bus.publish([event(id)])
  }
  // 2000 messages of 4 bytes fit: the limit of bytes is reached before that of messages.
  t.equal(bus.evictedMessages, 5_000 - 9_000 / 4)
  await bus.publish([{ subject: 's.a', id: 'large', data: new Uint8Array(9_001) }])
  t.equal(bus.evictedMessages, 5_000)

  const { bus: small } = await openBus({ limits: { streamMessages: 10 } })
  const got = createMailbox<StreamMessage>()
  await small.publish(Array.from({ length: 25 }, (_, i) => event(i)))
  await small.consume({ stream: 'S', durable: 'late' }, (message) => {
    message.ack()
    got.put(message)
  })
  t.same(
    (await got.take(10)).map(({ data }) => text(data)),
    Array.from({ length: 10 }, (_, i) => `${i + 15}`),
  )
  t.equal(small.evictedMessages, 15)
  // It does not remember the ids of more messages than it may hold, either.
  t.match(await small.publish([event(24), event(1)]), [{ isNew: false }, { isNew: true }])
})

t.test(
  'a reader that acknowledges nothing receives no more than a thousand messages',
  async (t) => {
    const { bus } = await openBus({ defer: queueMicrotask })
    const got: StreamMessage[] = []
    await bus.consume({ stream: 'S', durable: 'd' }, (message) => got.push(message))
    await bus.publish(Array.from({ length: 1_500 }, (_, i) => event(i)))
    await settle()
    t.equal(got.length, 1_000)
    for (const message of got.slice(0, 200)) {
      message.ack()
    }
    await settle()
    t.equal(got.length, 1_200)
  },
)

t.test('an acknowledgement given while the broker is away is lost, as on the wire', async (t) => {
  const { clock, bus } = await openBus()
  const got = createMailbox<StreamMessage>()
  await bus.consume({ stream: 'S', durable: 'd', ackWaitMs: 1_000 }, got.put)
  await bus.publish([event(1)])
  const [first] = await got.take(1)
  bus.setConnected(false)
  first?.ack()
  await clock.pass(5_000)
  t.equal(got.items.length, 1)
  bus.setConnected(true)
  t.same(
    (await got.take(2)).map(({ deliveries }) => deliveries),
    [1, 2],
  )
})

t.test('a closed bus leaves no timer behind', async (t) => {
  const { clock, bus } = await openBus()
  const kv = await bus.kv('B', { ttlMs: 10_000 })
  await kv.put('k', bytes('1'))
  const got = createMailbox<StreamMessage>()
  await bus.consume({ stream: 'S', durable: 'd' }, (message) => {
    got.put(message)
    if (message.sequence === 2) {
      message.retry(5_000)
    }
  })
  await bus.publish([event(1), event(2)])
  await got.take(2)
  t.equal(clock.pendingTimers, 3)
  await bus.close()
  t.equal(clock.pendingTimers, 0)
})

t.test('an error of a handler is logged without the payload', async (t) => {
  const log = recordingLogger()
  const bus = createMemoryBus({ clock: new ManualClock(), log })
  await bus.subscribe('a', ({ data }) => {
    throw new Error(text(data))
  })
  await bus.respond('b', () => {
    throw 'a string'
  })
  bus.send('a', bytes('+4930123456'))
  bus.send('b', bytes('+4930123456'))
  await settle()
  t.match(log.lines, [
    {
      level: 'error',
      message: 'a bus handler threw',
      fields: { fault: 'Error', place: /memory\.test/ },
    },
    { level: 'error', message: 'a bus responder threw', fields: { subject: 'b', fault: 'string' } },
  ])
  t.notMatch(JSON.stringify(log.lines), /4930/)
})
