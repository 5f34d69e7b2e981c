import type { StreamMessage } from '../bus/bus.ts'
import { systemClock } from '../clock.ts'
import { findServices, startService } from '../commands/service.ts'
import { createCounter } from '../testing/counter.ts'
import { bytes, codeOf, createMailbox, type Rule, text } from './bus-world.ts'

const description = 'for the contract'

/** The rules of NATS micro services, and of the features they use. */
export function busServiceContract(rule: Rule): void {
  rule('of responders that share a subject one answers, otherwise each does', async (t, w) => {
    const { bus } = w
    for (const name of ['a', 'b']) {
      await bus.respond('who', () => bytes(name), { isShared: false })
      await bus.respond('who', () => bytes('shared'))
    }
    await bus.respond(
      'who',
      () => {
        throw new Error('a fault of the responder')
      },
      { isShared: false },
    )
    const asking = bus.requestAll('who', bytes(''), 300)
    await w.passTime(300)
    t.same((await asking).map(text).toSorted(), ['a', 'b', 'shared'])
    const nobody = bus.requestAll('nobody', bytes(''), 300)
    await w.passTime(300)
    t.same(await nobody, [])
    t.equal(await codeOf(() => bus.requestAll('a.*', bytes(''), 300)), 'SY_BUS_INVALID')
  })

  rule('a service answers, is found, and counts its answers', async (t, w) => {
    const { bus } = w
    const nextId = createCounter()
    const start = async () =>
      await startService(
        bus,
        {
          name: 'greeter',
          version: '1.2.3',
          description,
          metadata: { tenant: 'acme' },
          endpoints: [
            {
              name: 'greet',
              subject: 'greet.all',
              handle: async (data) => {
                if (text(data) === '') {
                  throw new Error('whom?')
                }
                return bytes(`hello ${text(data)}`)
              },
            },
          ],
        },
        { clock: systemClock, newId: () => `id${nextId()}` },
      )
    const first = await start()
    const second = await start()
    t.equal(text(await bus.request('greet.all', bytes('ann'), 5_000)), 'hello ann')
    t.equal(
      await codeOf(() => bus.request('greet.all', bytes(''), 5_000)),
      'SY_BUS_RESPONDER_FAILED',
    )

    const find = async (name?: string) => {
      const finding = findServices(bus, name, 300)
      await w.passTime(300)
      return await finding
    }
    const found = await find('greeter')
    t.same(found.map(({ id }) => id).toSorted(), [first.id, second.id])
    const counts = found.flatMap(({ endpoints }) => endpoints)
    const sum = (pick: 'requests' | 'errors') => counts.reduce((all, one) => all + one[pick], 0)
    t.same([sum('requests'), sum('errors')], [2, 1])
    t.same(found[0]?.endpoints[0]?.subject, 'greet.all')
    t.equal((await find()).length, 2)
    t.same(await find('other'), [])

    const info = await bus.request(`$SRV.INFO.greeter.${second.id}`, bytes(''), 5_000)
    t.match(JSON.parse(text(info)), {
      type: 'io.nats.micro.v1.info_response',
      name: 'greeter',
      id: second.id,
      version: '1.2.3',
      description,
      metadata: { tenant: 'acme' },
      endpoints: [{ name: 'greet', subject: 'greet.all', queue_group: 'switchyard', metadata: {} }],
    })
    await first.stop()
    await second.stop()
    t.equal(await codeOf(() => bus.request('greet.all', bytes('x'), 5_000)), 'SY_BUS_NO_RESPONDER')
    t.same(await find('greeter'), [])
  })

  rule('a service that stops answers the requests it has begun', async (t, { bus }) => {
    const begun = createMailbox<() => void>()
    const service = await startService(
      bus,
      {
        name: 'slow',
        version: '1.0.0',
        description,
        endpoints: [
          {
            name: 'work',
            subject: 'work',
            handle: () => new Promise((resolve) => begun.put(() => resolve(bytes('done')))),
          },
        ],
      },
      { clock: systemClock, newId: () => 'id' },
    )
    const answer = bus.request('work', bytes(''), 5_000)
    const [finish] = await begun.take(1)
    const stopping = service.stop()
    finish?.()
    await stopping
    t.equal(text(await answer), 'done')
  })

  rule('invalid names, versions and endpoints of a service are refused', async (t, { bus }) => {
    const handle = async () => bytes('')
    const endpoint = { name: 'one', subject: 'one', handle }
    const valid = { name: 'svc', version: '1.0.0', description, endpoints: [endpoint] }
    const start = (service: typeof valid) =>
      startService(bus, service, { clock: systemClock, newId: () => 'id' })
    for (const wrong of [
      { ...valid, name: 'a b' },
      { ...valid, version: 'new' },
      { ...valid, endpoints: [endpoint, endpoint] },
      { ...valid, endpoints: [{ ...endpoint, name: 'a.b' }] },
    ]) {
      t.equal(await codeOf(() => start(wrong)), 'SY_BUS_INVALID')
    }
  })

  rule(
    'a durable that begins with the next message receives no earlier one',
    async (t, { bus }) => {
      await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
      await bus.publish([{ subject: 's.a', id: '1', data: bytes('1') }])
      const got = createMailbox<StreamMessage>()
      const read = async () =>
        await bus.consume({ stream: 'S', durable: 'd', from: 'next' }, (message) => {
          message.ack()
          got.put(message)
        })
      const reading = await read()
      await bus.publish([{ subject: 's.a', id: '2', data: bytes('2') }])
      await got.take(1)
      await reading.stop()
      await bus.publish([{ subject: 's.a', id: '3', data: bytes('3') }])
      await read()
      t.same(
        (await got.take(2)).map(({ data }) => text(data)),
        ['2', '3'],
      )
    },
  )

  rule(
    'a message whose work is extended is kept, and a limit holds the next one back',
    async (t, w) => {
      const { bus } = w
      await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
      const got = createMailbox<StreamMessage>()
      await bus.consume(
        { stream: 'S', durable: 'd', ackWaitMs: 1_000, maxUnacknowledged: 1 },
        got.put,
      )
      await bus.publish(['1', '2'].map((id) => ({ subject: 's.a', id, data: bytes(id) })))
      const [first] = await got.take(1)
      for (let beat = 0; beat < 4; beat += 1) {
        await w.passTime(500)
        first?.extend()
      }
      t.equal(got.items.length, 1)
      first?.ack()
      const second = (await got.take(2))[1]
      t.same([second && text(second.data), second?.deliveries], ['2', 1])
      second?.ack()
    },
  )

  rule('a key is deleted at the revision that was read, or not at all', async (t, { bus }) => {
    const kv = await bus.kv('B')
    const revision = await kv.create('k', bytes('1'))
    await kv.update('k', bytes('2'), revision)
    t.equal(await codeOf(() => kv.delete('k', revision)), 'SY_BUS_CONFLICT')
    const { revision: now = 0 } = (await kv.get('k')) ?? {}
    await kv.delete('k', now)
    t.equal(await kv.get('k'), undefined)
  })
}
