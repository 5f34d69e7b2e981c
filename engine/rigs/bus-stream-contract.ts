import type { StreamMessage } from '../bus/bus.ts'
import { bytes, codeOf, createMailbox, type Rule, text } from './bus-world.ts'

const stream = { name: 'EVENTS', subjects: ['t.*.event.>'] }
const event = (id: number | string, subject = 't.a.event.call.queued') => ({
  subject,
  id: `${id}`,
  data: bytes(`${id}`),
})
const summary = ({ data, sequence, deliveries }: StreamMessage) => ({
  data: text(data),
  sequence,
  deliveries,
})

/** The rules of streams and their consumers. */
export function busStreamContract(rule: Rule): void {
  rule('a stream keeps a batch in order and drops ids it has seen', async (t, { bus }) => {
    await bus.ensureStream(stream)
    await bus.ensureStream(stream)
    t.same(await bus.publish([event(1), event(2)]), [
      { isNew: true, sequence: 1 },
      { isNew: true, sequence: 2 },
    ])
    t.same(await bus.publish([event(2), event(3), event(3)]), [
      { isNew: false, sequence: 2 },
      { isNew: true, sequence: 3 },
      { isNew: false, sequence: 3 },
    ])
    t.same(await bus.publish([]), [])
    const got = createMailbox<StreamMessage>()
    await bus.consume({ stream: 'EVENTS', durable: 'all' }, got.put)
    t.same((await got.take(3)).map(summary), [
      { data: '1', sequence: 1, deliveries: 1 },
      { data: '2', sequence: 2, deliveries: 1 },
      { data: '3', sequence: 3, deliveries: 1 },
    ])
  })

  rule('an id is forgotten after the duplicate window', async (t, { bus, passTime }) => {
    await bus.ensureStream({ ...stream, duplicateWindowMs: 200 })
    await bus.publish([event(1)])
    t.same(await bus.publish([event(1)]), [{ isNew: false, sequence: 1 }])
    await passTime(700)
    t.same(await bus.publish([event(1)]), [{ isNew: true, sequence: 2 }])
  })

  rule(
    'sending batches again, whole or in part, duplicates and reorders nothing',
    async (t, world) => {
      const { bus } = world
      await bus.ensureStream(stream)
      const all = Array.from({ length: 300 }, (_, i) => event(i))
      for (const [from, to] of [
        [0, 100],
        [50, 150],
        [0, 200],
        [120, 130],
        [200, 300],
        [0, 300],
      ]) {
        await bus.publish(all.slice(from, to))
      }
      const got = createMailbox<StreamMessage>()
      await bus.consume({ stream: 'EVENTS', durable: 'all' }, (message) => {
        got.put(message)
        message.ack()
      })
      const received = await got.take(300)
      t.same(
        received.map(({ sequence, data }) => [sequence, text(data)]),
        all.map(({ id }, index) => [index + 1, id]),
      )
    },
  )

  rule('a message that no stream keeps is an error, not silently dropped', async (t, { bus }) => {
    t.equal(await codeOf(() => bus.publish([event(1)])), 'SY_BUS_NO_RESPONDER')
    t.equal(
      await codeOf(() => bus.consume({ stream: 'EVENTS', durable: 'd' }, () => {})),
      'SY_BUS_NO_RESPONDER',
    )
  })

  rule('a durable consumer resumes after what it acknowledged', async (t, { bus, passTime }) => {
    await bus.ensureStream(stream)
    await bus.publish([event(1), event(2), event(3)])
    const options = { stream: 'EVENTS', durable: 'reader', ackWaitMs: 500 }
    const first = createMailbox<StreamMessage>()
    const reading = await bus.consume(options, (message) => {
      first.put(message)
      if (message.sequence < 3) {
        message.ack()
      }
    })
    await first.take(3)
    await reading.stop()
    await bus.publish([event(4)])
    await passTime(600)
    const second = createMailbox<StreamMessage>()
    await bus.consume(options, (message) => {
      second.put(message)
      message.ack()
    })
    const resumed = (await second.take(2)).map(summary)
    t.same(
      resumed.toSorted((a, b) => a.sequence - b.sequence),
      [
        { data: '3', sequence: 3, deliveries: 2 },
        { data: '4', sequence: 4, deliveries: 1 },
      ],
    )
  })

  rule(
    'readers of one durable share the messages, other durables get all of them',
    async (t, { bus }) => {
      await bus.ensureStream(stream)
      const both = createMailbox<string>()
      const shared = { stream: 'EVENTS', durable: 'shared' }
      for (const reader of ['x', 'y']) {
        await bus.consume(shared, (message) => {
          message.ack()
          both.put(`${reader} ${text(message.data)}`)
        })
      }
      const alone = createMailbox<string>()
      await bus.consume({ stream: 'EVENTS', durable: 'alone' }, (message) => {
        message.ack()
        alone.put(text(message.data))
      })
      const ids = Array.from({ length: 20 }, (_, i) => `${i}`)
      await bus.publish(ids.map((id) => event(id)))
      t.same(await alone.take(20), ids)
      const taken = (await both.take(20)).map((line) => line.split(' ')[1])
      t.same(
        taken.toSorted((a, b) => Number(a) - Number(b)),
        ids,
      )
    },
  )

  rule('a filter lets through only its subjects', async (t, { bus }) => {
    await bus.ensureStream(stream)
    await bus.publish([
      event(1, 't.a.event.call.queued'),
      event(2, 't.b.event.call.queued'),
      event(3, 't.a.event.agent.stateChanged'),
      event(4, 't.a.event.call.answered'),
    ])
    const got = createMailbox<string>()
    await bus.consume({ stream: 'EVENTS', durable: 'f', filter: 't.a.event.call.*' }, (m) => {
      m.ack()
      got.put(`${m.sequence} ${m.subject}`)
    })
    t.same(await got.take(2), ['1 t.a.event.call.queued', '4 t.a.event.call.answered'])
  })

  rule(
    'an unacknowledged message is redelivered, until its deliveries are used up',
    async (t, world) => {
      const { bus, passTime } = world
      await bus.ensureStream(stream)
      const got = createMailbox<ReturnType<typeof summary>>()
      const options = { stream: 'EVENTS', durable: 'slow', ackWaitMs: 300, maxDeliveries: 2 }
      await bus.consume(options, (message) => {
        got.put(summary(message))
        if (text(message.data) === 'last') {
          message.ack()
        }
      })
      await bus.publish([event('mute')])
      await got.take(1)
      await passTime(400)
      await got.take(2)
      await passTime(800)
      await bus.publish([event('last')])
      t.same(await got.take(3), [
        { data: 'mute', sequence: 1, deliveries: 1 },
        { data: 'mute', sequence: 1, deliveries: 2 },
        { data: 'last', sequence: 2, deliveries: 1 },
      ])
    },
  )

  rule('a reader may ask for a message again, at once or later', async (t, world) => {
    const { bus, passTime } = world
    await bus.ensureStream(stream)
    const got = createMailbox<ReturnType<typeof summary>>()
    await bus.consume({ stream: 'EVENTS', durable: 'again' }, (message) => {
      got.put(summary(message))
      if (message.deliveries === 1) {
        message.retry()
      } else if (message.deliveries === 2) {
        message.retry(300)
      } else {
        message.ack()
        message.retry()
      }
    })
    await bus.publish([event('x')])
    await got.take(2)
    await passTime(300)
    t.same(await got.take(3), [
      { data: 'x', sequence: 1, deliveries: 1 },
      { data: 'x', sequence: 1, deliveries: 2 },
      { data: 'x', sequence: 1, deliveries: 3 },
    ])
  })

  rule('a reader that throws gets the message again', async (t, { bus, passTime }) => {
    await bus.ensureStream(stream)
    const got = createMailbox<number>()
    await bus.consume({ stream: 'EVENTS', durable: 'faulty', ackWaitMs: 300 }, (message) => {
      got.put(message.deliveries)
      if (message.deliveries === 1) {
        throw new Error('a fault of the reader')
      }
      message.ack()
    })
    await bus.publish([event(1)])
    await got.take(1)
    await passTime(400)
    t.same(await got.take(2), [1, 2])
  })

  rule('an age limit that is omitted later stays as it was', async (t, { bus, passTime }) => {
    await bus.ensureStream({ ...stream, newMaxAgeMs: 500, duplicateWindowMs: 200 })
    await bus.ensureStream({ ...stream, newMaxAgeMs: 60_000 })
    await bus.ensureStream(stream)
    await bus.publish([event('old')])
    await passTime(1_500)
    await bus.publish([event('new')])
    const got = createMailbox<string>()
    await bus.consume({ stream: 'EVENTS', durable: 'late' }, (message) => {
      message.ack()
      got.put(text(message.data))
    })
    t.same(await got.take(1), ['new'])
  })

  rule('messages older than the age limit are gone', async (t, { bus, passTime }) => {
    await bus.ensureStream({ ...stream, maxAgeMs: 500, duplicateWindowMs: 200 })
    await bus.publish([event('old')])
    await passTime(1_500)
    await bus.publish([event('new')])
    const got = createMailbox<string>()
    await bus.consume({ stream: 'EVENTS', durable: 'late' }, (message) => {
      message.ack()
      got.put(text(message.data))
    })
    t.same(await got.take(1), ['new'])
  })
}
