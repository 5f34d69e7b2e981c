import { connect, RequestStrategy, type ServiceIdentity } from 'nats'
import t from 'tap'
import { systemClock } from '../clock.ts'
import { createMailbox } from '../rigs/bus-world.ts'
import { natsServerMissing, startNatsServer } from '../rigs/nats-server.ts'
import { connectNats } from '../rigs/test-bus.ts'
import { createCounter } from '../testing/counter.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { serveCommands } from './serve.ts'
import { findServices } from './service.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }

t.test('the official NATS client finds the commands, and gives one', skip, async (t) => {
  const server = await startNatsServer()
  t.teardown(() => server.remove())
  const up = createMailbox<boolean>()
  const bus = await connectNats(t, server.url, { onConnection: up.put })
  const connection = await connect({ servers: server.url })
  t.teardown(() => connection.close())
  const nextId = createCounter()
  const serve = () =>
    serveCommands(
      bus,
      'acme',
      { 'agent.login': () => ({ ok: true, state: 'idle' }) },
      { clock: systemClock, log: recordingLogger(), newId: () => `engine-${nextId()}` },
    )
  const services = [await serve(), await serve()]

  const subject = 'switchyard.acme.command.agent.login'
  const reply = await connection.request(subject, '{"agent":"ann"}')
  t.same(reply.json(), { ok: true, state: 'idle' })
  const refused = await connection.request(subject, '{"agnet":"ann"}')
  t.match(refused.json(), { ok: false, error: { code: 'invalid', retryable: false } })

  const client = connection.services.client({ strategy: RequestStrategy.Timer, maxWait: 300 })
  const all = async <T extends ServiceIdentity>(asked: Promise<AsyncIterable<T>>) => {
    const found: T[] = []
    for await (const one of await asked) {
      found.push(one)
    }
    return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }
  const identity = { name: 'switchyard-acme', version: '1.0.0', metadata: { tenant: 'acme' } }
  t.match(await all(client.ping()), [
    { ...identity, id: 'engine-1' },
    { ...identity, id: 'engine-2' },
  ])
  t.match(await all(client.info('switchyard-acme', 'engine-2')), [
    {
      ...identity,
      id: 'engine-2',
      description: 'Commands of the engine',
      endpoints: [
        {
          name: 'agent-login',
          subject,
          queue_group: 'switchyard',
          metadata: { description: 'Makes an agent available.' },
        },
      ],
    },
  ])
  const stats = await all(client.stats('switchyard-acme'))
  const requests = stats.flatMap(({ endpoints = [] }) => endpoints.map((one) => one.num_requests))
  t.equal(
    requests.reduce((sum, one) => sum + one, 0),
    2,
  )
  t.ok(stats.every(({ started }) => !Number.isNaN(Date.parse(started))))

  // After a reconnect the broker finds the same instances, with their counts.
  await server.kill()
  await server.restart()
  await up.take(3)
  const found = await findServices(bus, 'switchyard-acme', 300)
  t.same(found.map(({ id }) => id).toSorted(), ['engine-1', 'engine-2'])
  t.equal(
    found.reduce((sum, { endpoints }) => sum + (endpoints[0]?.requests ?? 0), 0),
    2,
  )
  await Promise.all(services.map((service) => service.stop()))
})
