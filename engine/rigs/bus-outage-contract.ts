import type { KvEntry, StreamMessage } from '../bus/bus.ts'
import { bytes, codeOf, createMailbox, type Rule, text } from './bus-world.ts'

const stream = { name: 'EVENTS', subjects: ['event.>'] }
const event = (id: number) => ({ subject: 'event.x', id: `${id}`, data: bytes(`${id}`) })

/** The rules of a broker that goes away and comes back with the data it had stored. */
export function busOutageContract(rule: Rule): void {
  rule('while the broker is away everything that needs it fails at once', async (t, world) => {
    const { bus } = world
    await bus.ensureStream(stream)
    const kv = await bus.kv('B')
    await bus.respond('echo', (data) => data)
    t.equal(bus.isConnected, true)
    await world.startOutage()
    t.equal(bus.isConnected, false)
    const refused = [
      () => bus.publish([event(1)]),
      () => bus.request('echo', bytes(''), 60_000),
      () => bus.ensureStream(stream),
      () => bus.consume({ stream: 'EVENTS', durable: 'd' }, () => {}),
      () => bus.kv('B'),
      () => kv.get('k'),
      () => kv.create('k', bytes('')),
      () => kv.update('k', bytes(''), 1),
      () => kv.delete('k'),
      () => kv.keys(),
      () => kv.watch(() => {}),
    ]
    for (const run of refused) {
      t.equal(await codeOf(run), 'SY_BUS_UNAVAILABLE', run.toString())
    }
    bus.send('news', bytes('dropped'))
  })

  rule(
    'after an outage subscriptions, responders and watches resume by themselves',
    async (t, w) => {
      const { bus } = w
      const received = createMailbox<string>()
      const note = ({ subject, data }: { subject: string; data: Uint8Array }) =>
        received.put(`${subject} ${text(data)}`)
      const kv = await bus.kv('B')
      await kv.put('k', bytes('before'))
      const watched = createMailbox<KvEntry | undefined>()
      await kv.watch((_key, entry) => watched.put(entry))
      await bus.subscribe('early', note)
      await bus.respond('echo', (data) => data)
      await w.startOutage()
      bus.send('early', bytes('lost'))
      await bus.subscribe('late', note)
      await bus.respond('mirror', (data) => data)
      await w.endOutage()
      t.equal(bus.isConnected, true)
      t.equal(text(await bus.request('echo', bytes('e'), 5_000)), 'e')
      t.equal(text(await bus.request('mirror', bytes('m'), 5_000)), 'm')
      bus.send('early', bytes('1'))
      bus.send('late', bytes('2'))
      t.same(new Set(await received.take(2)), new Set(['early 1', 'late 2']))
      t.equal(text((await kv.get('k'))?.value ?? bytes('')), 'before')
      await kv.put('k', bytes('after'))
      const values = (await watched.take(2)).map((entry) => entry && text(entry.value))
      t.equal(values.at(0), 'before')
      t.equal(values.at(-1), 'after')
    },
  )

  rule('an entry that expires during an outage is reported after it', async (t, world) => {
    const { bus } = world
    const kv = await bus.kv('presence', { ttlMs: 600 })
    await kv.put('k', bytes('1'))
    const reported = createMailbox<string>()
    const watching = await kv.watch((key, entry) =>
      reported.put(entry ? `${key} there` : `${key} gone`),
    )
    const stopped = createMailbox<string>()
    await (await kv.watch((key) => stopped.put(key))).stop()
    await world.startOutage()
    await world.passTime(700)
    await world.endOutage()
    t.same(await reported.take(2), ['k there', 'k gone'])
    await kv.put('k', bytes('2'))
    t.same(await reported.take(3), ['k there', 'k gone', 'k there'])
    t.same(stopped.items, ['k'])
    await watching.stop()
  })

  rule('a batch sent again after an outage is stored once and in order', async (t, world) => {
    const { bus } = world
    await bus.ensureStream(stream)
    const got = createMailbox<StreamMessage>()
    await bus.consume({ stream: 'EVENTS', durable: 'reader' }, (message) => {
      got.put(message)
      message.ack()
    })
    const batch = Array.from({ length: 100 }, (_, i) => event(i))
    await bus.publish(batch.slice(0, 60))
    await got.take(60)
    await world.startOutage()
    t.equal(await codeOf(() => bus.publish(batch.slice(40))), 'SY_BUS_UNAVAILABLE')
    await world.endOutage()
    const published = await bus.publish(batch.slice(40))
    t.same(
      published.map(({ isNew, sequence }) => [sequence, isNew]),
      batch.slice(40).map((_, i) => [i + 41, i >= 20]),
    )
    // An acknowledgement may be lost with the broker: then its message is delivered again.
    while (new Set(got.items.map(({ sequence }) => sequence)).size < 100) {
      await got.take(got.items.length + 1)
    }
    const byId = new Map(got.items.map(({ sequence, data }) => [text(data), sequence]))
    t.same(
      [...byId].toSorted(([, a], [, b]) => a - b),
      batch.map(({ id }, i) => [id, i + 1]),
    )
  })
}
