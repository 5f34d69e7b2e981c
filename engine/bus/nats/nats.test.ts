import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, nkeys } from 'nats'
import t, { type Test } from 'tap'
import { decodeEnvelope } from '../../catalogue/envelope.ts'
import { eventExamples } from '../../catalogue/events/event-examples.ts'
import { systemClock } from '../../clock.ts'
import { createOutbox } from '../../outbox/outbox.ts'
import { busContract } from '../../rigs/bus-contract.ts'
import { bytes, codeOf, createMailbox, text } from '../../rigs/bus-world.ts'
import { createMemoryDisk } from '../../rigs/memory-disk.ts'
import { type NatsServer, natsServerMissing, startNatsServer } from '../../rigs/nats-server.ts'
import { recordingLogger } from '../../testing/recording-logger.ts'
import type { StreamMessage } from '../bus.ts'
import { createNatsBus, type NatsBusOptions } from './nats.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }

/** A bus and a way to wait for its connection to change. */
function connectionWatch() {
  let waiting: { readonly isConnected: boolean; readonly resolve: () => void }[] = []
  let state = false
  return {
    onConnection(isConnected: boolean) {
      state = isConnected
      const ready = waiting.filter((one) => one.isConnected === isConnected)
      waiting = waiting.filter((one) => one.isConnected !== isConnected)
      for (const { resolve } of ready) {
        resolve()
      }
    },
    async until(isConnected: boolean) {
      if (state !== isConnected) {
        await new Promise<void>((resolve) => waiting.push({ isConnected, resolve }))
      }
    },
  }
}

/** Opens a bus on a server. */
function openBus(server: NatsServer, over: Partial<NatsBusOptions> = {}) {
  const watch = connectionWatch()
  const log = recordingLogger()
  const { onConnection } = watch
  const bus = createNatsBus({ servers: [server.url], log, onConnection, ...over })
  const stop = async () => {
    await bus.close()
    await server.remove()
  }
  return { server, bus, watch, log, stop }
}

/** A server and a bus on it, both gone after the test. */
async function startBus(t: Test, over: Partial<NatsBusOptions> = {}, args: readonly string[] = []) {
  const opened = openBus(await startNatsServer(args), over)
  t.teardown(opened.stop)
  return opened
}

async function temporaryDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bus-'))
  t.teardown(() => rm(directory, { recursive: true }))
  return directory
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

t.setTimeout(60_000)

t.test('the NATS bus keeps the contract of the port', skip, async (t) => {
  // Most of the time is spent waiting for the broker's own clock.
  t.jobs = 4
  busContract(t, async () => {
    const { server, bus, watch, stop } = openBus(await startNatsServer())
    await watch.until(true)
    return {
      bus,
      passTime: delay,
      async startOutage() {
        await server.kill()
        await watch.until(false)
      },
      async endOutage() {
        await server.restart()
        await watch.until(true)
      },
      stop,
    }
  })
})

t.test('a broker that is not up yet delays nothing', skip, async (t) => {
  const server = await startNatsServer()
  await server.kill()
  const { bus, watch, log, stop } = openBus(server)
  t.teardown(stop)
  const received = createMailbox<string>()
  await bus.subscribe('news', ({ data }) => received.put(text(data)))
  bus.send('news', bytes('dropped'))
  t.equal(bus.isConnected, false)
  t.equal(await codeOf(() => bus.request('news', bytes(''), 60_000)), 'SY_BUS_UNAVAILABLE')
  await delay(350)
  await server.restart()
  await watch.until(true)
  bus.send('news', bytes('1'))
  t.same(await received.take(1), ['1'])
  t.same(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ['warn', 'cannot connect to the broker; trying again'],
      ['info', 'connected to the broker'],
    ],
  )
})

t.test('a bus that is closed while it connects ends quietly', skip, async (t) => {
  const { bus, log } = await startBus(t)
  await bus.close()
  await delay(200)
  t.equal(bus.isConnected, false)
  t.same(log.lines, [])
})

t.test('each kind of credentials is accepted, and none reaches a log', skip, async (t) => {
  const pair = nkeys.createUser()
  const seed = new TextDecoder().decode(pair.getSeed())
  const directory = await temporaryDirectory(t)
  const config = join(directory, 'nats.conf')
  const credsFile = join(directory, 'user.creds')
  await writeFile(config, `authorization { users = [ { nkey: ${pair.getPublicKey()} } ] }`)
  // A server without an operator reads only the key of a credentials file.
  await writeFile(
    credsFile,
    `-----BEGIN NATS USER JWT-----\nx.y.z\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  )
  const doors = [
    {
      args: ['--user', 'engine', '--pass', 's3cret-a'],
      credentials: { user: 'engine', password: 's3cret-a' },
      wrong: { user: 'engine', password: 's3cret-b' },
    },
    {
      args: ['--auth', 's3cret-c'],
      credentials: { token: 's3cret-c' },
      wrong: { token: 's3cret-d' },
    },
    { args: ['-c', config], credentials: { nkey: seed }, wrong: undefined },
    {
      args: ['-c', config],
      credentials: { credsFile },
      wrong: { credsFile: join(directory, 'none.creds') },
    },
  ]
  for (const { args, credentials, wrong } of doors) {
    const { server, bus, watch, log } = await startBus(t, { credentials }, args)
    await watch.until(true)
    t.equal(text((await bus.kv('B')) && bytes('open')), 'open')

    const refused = recordingLogger()
    const warned = createMailbox<string>()
    const other = createNatsBus({
      servers: [server.url],
      log: {
        ...refused,
        warn: (fields, message) => warned.put(JSON.stringify({ ...fields, message })),
      },
      ...(wrong !== undefined && { credentials: wrong }),
    })
    const [warning = ''] = await warned.take(1)
    t.match(warning, 'cannot connect to the broker; trying again')
    t.equal(other.isConnected, false)
    await other.close()
    const logged = JSON.stringify([...log.lines, ...refused.lines, warning])
    t.notMatch(logged, /s3cret|USER NKEY|none\.creds/)
    t.notOk(logged.includes(seed))
  }
})

t.test('credentials in the URL, and anything that is not a NATS URL, are refused', async (t) => {
  for (const server of ['nats://user:s3cret@host:4222', 'http://host', 'host:4222', '']) {
    const fault = await codeOf(() => createNatsBus({ servers: [server], log: recordingLogger() }))
    t.equal(fault, 'SY_CONFIG_INVALID', server)
  }
})

const noOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl on PATH to make a key'
const skipTls = (missing ?? noOpenssl) === undefined ? {} : { skip: missing ?? noOpenssl ?? '' }

t.test(
  'TLS is used on request, and only with a server whose certificate is valid',
  skipTls,
  async (t) => {
    const directory = await temporaryDirectory(t)
    const key = join(directory, 'key.pem')
    const certificate = join(directory, 'certificate.pem')
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', certificate, '-days', '2', ...subject],
    ])
    t.equal(made.status, 0)
    const args = ['--tls', '--tlscert', certificate, '--tlskey', key]
    const { server, bus, watch } = await startBus(t, { tls: { caFile: certificate } }, args)
    await watch.until(true)
    t.equal(bus.isConnected, true)
    const distrustful = createNatsBus({ servers: [server.url], log: recordingLogger(), tls: {} })
    await delay(300)
    t.equal(distrustful.isConnected, false)
    await distrustful.close()
  },
)

t.test(
  'with a broker that hangs each call fails at its time limit, and nothing is lost',
  skip,
  async (t) => {
    const { server, bus, watch } = await startBus(t, { publishTimeoutMs: 300 })
    await watch.until(true)
    await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
    await bus.respond('echo', (data) => data)
    const batch = [{ subject: 's.a', id: '1', data: bytes('1') }]
    server.freeze(true)
    t.equal(await codeOf(() => bus.request('echo', bytes(''), 200)), 'SY_BUS_TIMEOUT')
    t.equal(await codeOf(() => bus.publish(batch)), 'SY_BUS_UNAVAILABLE')
    server.freeze(false)
    t.equal(text(await bus.request('echo', bytes('1'), 5_000)), '1')
    t.same(await bus.publish(batch), [{ isNew: false, sequence: 1 }])
  },
)

t.test("an operator's own settings of a stream are left alone", skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
  const operator = await connect({ servers: server.url })
  t.teardown(() => operator.close())
  const manager = await operator.jetstreamManager()
  const { config } = await manager.streams.info('S')
  const own = {
    max_bytes: 1_000_000,
    max_age: 3_600_000 * 1e6,
    duplicate_window: 30_000 * 1e6,
    description: 'events',
  }
  await manager.streams.update('S', { ...config, ...own })
  await bus.ensureStream({ name: 'S', subjects: ['s.>'], newMaxAgeMs: 7_200_000 })
  t.match((await manager.streams.info('S')).config, own)
  await bus.ensureStream({ name: 'S', subjects: ['s.>', 't.>'] })
  t.match((await manager.streams.info('S')).config, { subjects: ['s.>', 't.>'], ...own })
  await manager.streams.update('S', {
    ...(await manager.streams.info('S')).config,
    duplicate_window: 120_000 * 1e6,
  })
  await bus.ensureStream({ name: 'S', subjects: ['s.>', 't.>'], maxAgeMs: 60_000 })
  t.match((await manager.streams.info('S')).config, {
    subjects: ['s.>', 't.>'],
    max_bytes: 1_000_000,
    max_age: 60_000 * 1e6,
    duplicate_window: 60_000 * 1e6,
  })
})

t.test(
  'a new stream of events keeps seven days, and an operator may change that',
  skip,
  async (t) => {
    const { server, bus, watch } = await startBus(t)
    await watch.until(true)
    const operator = await connect({ servers: server.url })
    t.teardown(() => operator.close())
    const manager = await operator.jetstreamManager()
    const data = eventExamples['call.arrived']
    const publishOne = async () => {
      const outbox = createOutbox({
        ...{ bus, clock: systemClock, log: recordingLogger(), source: '/switchyard/test' },
      })
      outbox.append('acme', 'c', 1, { type: 'call.arrived', data })
      t.ok(await outbox.drain(5_000))
      await outbox.stop()
    }
    const day = 24 * 3_600_000 * 1e6
    await publishOne()
    const { config } = await manager.streams.info('SWITCHYARD_EVENTS')
    t.equal(config.max_age, 7 * day)
    await manager.streams.update('SWITCHYARD_EVENTS', { ...config, max_age: 30 * day })
    await publishOne()
    t.match((await manager.streams.info('SWITCHYARD_EVENTS')).config, { max_age: 30 * day })
  },
)

t.test('a consumer that an operator deleted is created again', skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
  const got = createMailbox<string>()
  await bus.consume({ stream: 'S', durable: 'reader' }, (message) => {
    message.ack()
    got.put(text(message.data))
  })
  await bus.publish([{ subject: 's.a', id: '1', data: bytes('1') }])
  await got.take(1)
  const operator = await connect({ servers: server.url })
  t.teardown(() => operator.close())
  const manager = await operator.jetstreamManager()
  // The deletion can fail while the server writes the last acknowledgement, so it is repeated until
  // the consumer is gone, or is a new one.
  const { created } = await manager.consumers.info('S', 'reader')
  const isThere = () =>
    manager.consumers.info('S', 'reader').then(
      (info) => info.created === created,
      () => false,
    )
  do {
    await manager.consumers.delete('S', 'reader').catch(() => false)
  } while (await isThere())
  await bus.publish([{ subject: 's.a', id: '2', data: bytes('2') }])
  t.same(await got.take(3), ['1', '1', '2'])
})

t.test(
  'a broker is killed repeatedly under load: everything is stored once, in order',
  skip,
  async (t) => {
    const { server, bus, watch, log } = await startBus(t)
    await watch.until(true)
    const outbox = createOutbox({
      bus,
      clock: systemClock,
      log,
      source: '/switchyard/test',
      disk: createMemoryDisk(),
      limits: { batchEvents: 50, outageMs: 200, spillAboveEvents: 500 },
    })
    t.teardown(() => outbox.stop())
    const event = { type: 'call.queued', data: eventExamples['call.queued'] } as const
    let sent = 0
    const send = (count: number) => {
      for (let i = 0; i < count; i += 1) {
        sent += 1
        outbox.append('acme', 'c', sent, event)
      }
    }
    send(1_000)
    await outbox.drain(5_000)
    const got = createMailbox<StreamMessage>()
    await bus.consume({ stream: 'SWITCHYARD_EVENTS', durable: 'reader' }, (message) => {
      message.ack()
      got.put(message)
    })
    for (let outage = 0; outage < 3; outage += 1) {
      for (let round = 0; round < 10; round += 1) {
        send(100)
        await delay(5)
      }
      send(400)
      await server.kill()
      send(400)
      await delay(400)
      await server.restart()
      await watch.until(true)
    }
    t.equal(await outbox.drain(10_000), true)
    t.match(outbox.figures(), { backlog: 0, dropped: 0 })
    const reread = createMailbox<StreamMessage>()
    await bus.consume({ stream: 'SWITCHYARD_EVENTS', durable: 'auditor' }, (message) => {
      message.ack()
      reread.put(message)
    })
    const stored = (await reread.take(sent)).map(({ data }) => decodeEnvelope(data).sequence)
    t.same(
      stored,
      Array.from({ length: sent }, (_, i) => i + 1),
    )
    // The first reader lived through three kills: it has seen everything, some of it perhaps twice.
    while (new Set(got.items.map(({ sequence }) => sequence)).size < sent) {
      await got.take(got.items.length + 1)
    }
    t.equal(new Set(got.items.map(({ sequence }) => sequence)).size, sent)
  },
)

t.test('readers of a broker that lost its store continue with its new one', skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  const stream = { name: 'S', subjects: ['s.>'] }
  await bus.ensureStream(stream)
  const got = createMailbox<string>()
  const note = (message: StreamMessage) => {
    message.ack()
    got.put(text(message.data))
  }
  await bus.consume({ stream: 'S', durable: 'reader' }, note)
  const stopped = await bus.consume({ stream: 'S', durable: 'stopped' }, note)
  await server.kill()
  await stopped.stop()
  await server.restart('empty')
  await watch.until(true)
  const message = { subject: 's.a', id: '1', data: bytes('1') }
  t.equal(await codeOf(() => bus.publish([message])), 'SY_BUS_NO_RESPONDER')
  await bus.ensureStream(stream)
  await bus.publish([message])
  t.same(await got.take(1), ['1'])
})

t.test('a flood of requests leaves turns of the event loop for other work', skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  let turn = 0
  let timer = setImmediate(function tick() {
    turn += 1
    timer = setImmediate(tick)
  })
  const client = await connect({ servers: [server.url] })
  t.teardown(async () => {
    clearImmediate(timer)
    await client.close()
  })
  const perTurn = new Map<number, number>()
  const order: number[] = []
  const subscription = await bus.respond('flood', (data) => {
    perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1)
    order.push(Number(text(data)))
    return data
  })
  const count = 2_000
  const answers = Promise.all(
    Array.from({ length: count }, (_, index) =>
      client.request('flood', bytes(`${index}`), { timeout: 30_000 }),
    ),
  )
  t.strictSame(
    (await answers).map(({ data }) => Number(text(data))),
    Array.from({ length: count }, (_, index) => index),
  )
  t.strictSame(
    order,
    order.toSorted((a, b) => a - b),
    'in the order they came',
  )
  t.ok(Math.max(...perTurn.values()) <= 16, 'a few in each turn')
  for (let index = 0; index < 100; index += 1) {
    client.publish('flood', bytes(`${count + index}`))
  }
  await client.flush()
  await subscription.stop()
  const carriedOut = order.length
  await delay(50)
  t.equal(order.length, carriedOut, 'nothing starts after the end')
})

t.test('a flood by one connection does not delay the requests of another', skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  const order: string[] = []
  await bus.respond('flood', (data) => {
    order.push(text(data))
    return data
  })
  const [flooding, calm] = await Promise.all([0, 1].map(() => connect({ servers: [server.url] })))
  t.teardown(() => Promise.all([flooding?.close(), calm?.close()]))
  const flood = Array.from({ length: 2_000 }, () =>
    flooding?.request('flood', bytes('f'), { timeout: 30_000 }),
  )
  await flooding?.flush()
  await calm?.request('flood', bytes('c'), { timeout: 30_000 })
  await Promise.all(flood)
  t.ok(order.indexOf('c') < 1_900, 'most of the flood is still waiting')
})

t.test('a flood beyond what can be answered is refused, and takes no memory', skip, async (t) => {
  const { server, bus, watch } = await startBus(t)
  await watch.until(true)
  await bus.respond('flood', (data) => data)
  const client = await connect({ servers: [server.url] })
  t.teardown(() => client.close())
  const answers = await Promise.all(
    Array.from({ length: 15_000 }, () => client.request('flood', bytes(''), { timeout: 30_000 })),
  )
  const codes = new Set(answers.map(({ headers }) => headers?.get('Nats-Service-Error-Code')))
  t.strictSame(codes, new Set([undefined, '503']))
})
