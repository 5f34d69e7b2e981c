import { readFile } from 'node:fs/promises'
import t from 'tap'
import { decodeEnvelope, encodeEvent, encodePluginEvent } from '../catalogue/envelope.ts'
import { eventExamples } from '../catalogue/events/event-examples.ts'
import { deadLetterStream, eventStream } from '../catalogue/subjects.ts'
import { systemClock } from '../clock.ts'
import { createCommandClient } from '../commands/client.ts'
import { serveCommands } from '../commands/serve.ts'
import { findServices } from '../commands/service.ts'
import { codeOf, createMailbox } from '../rigs/bus-world.ts'
import { natsServerMissing, startNatsServer } from '../rigs/nats-server.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { connectNats } from '../rigs/test-bus.ts'
import { createCounter } from '../testing/counter.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { definePlugin, PLUGIN_API, runPlugin, z } from './index.ts'
import {
  formatPermissions,
  natsPermissions,
  type PermissionsOptions,
  pluginInbox,
} from './nats-permissions.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }
const conf = repositoryFile('examples/nats-server.conf')
const clock = systemClock
/** The permissions that each built-in plugin documents in its README. */
const needs: Readonly<Record<string, Pick<PermissionsOptions, 'gives' | 'serves'>>> = {
  skill: { gives: ['call.classify', 'agent.setSkills', 'agent.list'] },
  callback: {
    gives: ['callback.place', 'callback.withdraw', 'call.classify'],
    serves: ['callback.enqueue', 'callback.cancel'],
  },
  survey: { gives: ['call.runFlow', 'call.originate', 'callback.enqueue'] },
}

t.setTimeout(60_000)

function arrived(call: number) {
  const data = { ...eventExamples['call.arrived'], callId: `call-${call}`, at: Date.now() }
  const origin = { source: '/test', tenant: 'acme', key: `call-${call}`, sequence: 1 }
  return encodeEvent(origin, { type: 'call.arrived', data })
}

/** Classifies each call, and counts them all in one place: replicas race for it. */
const skill = definePlugin({
  name: 'skill',
  api: PLUGIN_API,
  options: z.strictObject({}),
  delivery: { from: 'oldest', backoffMs: 100, takeoverMs: 1_500, timeoutMs: 1_000 },
  publishes: { 'skill.classified': z.object({ callId: z.string() }) },
  setup: ({ kv }) => ({ total: kv('total', z.int()) }),
  events: {
    async 'call.arrived'({ id, data }, { commands, publish, state }) {
      if (data.callId === 'call-bad') {
        throw new TypeError('a fault of the handler')
      }
      await commands.demand('call.classify', { callId: data.callId, priority: 1 })
      await publish('skill.classified', { id, subject: data.callId, data: { callId: data.callId } })
      await state.total.update('all', (total = 0) => total + 1)
    },
  },
  commands: {
    total: {
      description: 'Counts the calls it has classified.',
      input: z.strictObject({}),
      handle: async (_input, { state }) => ({
        ok: true,
        total: (await state.total.get('all'))?.value,
      }),
    },
  },
})

t.test(
  'by the example configuration a plugin does its work, and nothing beyond',
  skip,
  async (t) => {
    const written = await readFile(conf, 'utf8')
    for (const [plugin, permissions] of Object.entries(needs)) {
      t.match(
        written,
        formatPermissions(natsPermissions({ tenant: 'acme', plugin, ...permissions })),
      )
    }
    const server = await startNatsServer(['-c', conf])
    t.teardown(() => server.remove())
    const user = (name: string) => ({
      credentials: { user: name, password: `${name}-secret` },
      ...(name !== 'engine' && { inboxPrefix: pluginInbox('acme', name) }),
    })
    const engine = await connectNats(t, server.url, user('engine'))
    await engine.ensureStream(eventStream)
    const classified = createMailbox<string>()
    const nextId = createCounter()
    const ports = { clock, log: recordingLogger(), newId: () => `id${nextId()}` }
    await serveCommands(
      engine,
      'acme',
      {
        'call.classify'({ callId }) {
          classified.put(callId)
          return { ok: true, isWaiting: true }
        },
        'call.hangUp': () => ({ ok: true }),
      },
      ports,
    )

    const bus = await connectNats(t, server.url, user('skill'))
    const log = recordingLogger()
    const host = runPlugin(skill, { ...ports, bus, tenant: 'acme', log })
    await host.ready
    t.match(host.health(), { isReady: true })
    await engine.publish([arrived(1)])
    t.same(await classified.take(1), ['call-1'])
    const published = createMailbox<string>()
    const own = { stream: eventStream.name, durable: 'own', filter: 'switchyard.*.event.skill.>' }
    await engine.consume(own, (message) => {
      const { id, type, subject } = decodeEnvelope(message.data)
      published.put(`${id} ${type} ${subject}`)
      message.ack()
    })
    t.same(await published.take(1), ['acme.skill.acme.call-1.1 skill.classified call-1'])
    const letters = createMailbox<string>()
    await engine.consume({ stream: deadLetterStream.name, durable: 'test' }, (message) => {
      letters.put(message.subject)
      message.ack()
    })
    const bad = { ...eventExamples['call.arrived'], callId: 'call-bad' }
    const origin = { source: '/test', tenant: 'acme', key: 'call-bad', sequence: 1 }
    await engine.publish([encodeEvent(origin, { type: 'call.arrived', data: bad })])
    t.same(await letters.take(1), ['switchyard.acme.plugin.skill.deadLetter.call.arrived'])
    const services = await findServices(engine, undefined, 500)
    t.same(services.map(({ name }) => name).toSorted(), ['acme-skill', 'switchyard-acme'])
    const total = await engine.request(
      'switchyard.acme.plugin.skill.command.total',
      Buffer.from('{}'),
      5_000,
    )
    t.same(JSON.parse(Buffer.from(total).toString()), { ok: true, total: 1 })

    // From here on: what it must not be able to do.
    const { command } = createCommandClient(bus, 'acme', 'skill')
    const isRefused = { ok: false, error: { code: 'forbidden' } }
    t.match(await command('call.hangUp', { callId: 'call-1' }, { timeoutMs: 500 }), isRefused)
    const elsewhere = createCommandClient(bus, 'globex', 'skill')
    t.match(
      await elsewhere.command('call.classify', { callId: 'c' }, { timeoutMs: 500 }),
      isRefused,
    )
    const from = { id: '1', subject: 'c', at: Date.now() }
    for (const forged of [
      arrived(2),
      encodePluginEvent({ ...from, tenant: 'acme', plugin: 'callback' }, 'callback.connected', {}),
      encodePluginEvent({ ...from, tenant: 'globex', plugin: 'skill' }, 'skill.classified', {}),
    ]) {
      t.equal(await codeOf(() => bus.publish([forged])), 'SY_BUS_UNAVAILABLE', forged.subject)
    }
    const overheard: string[] = []
    for (const subject of ['_INBOX.>', 'switchyard.>', 'switchyard.acme.command.call.classify']) {
      await bus.subscribe(subject, (message) => overheard.push(message.subject))
    }
    const consumed: string[] = []
    for (const [stream, durable, filter] of [
      [eventStream.name, 'spy', 'switchyard.acme.event.>'],
      [eventStream.name, 'PLUGIN_acme_skill', 'switchyard.globex.event.>'],
      [deadLetterStream.name, 'spy', 'switchyard.>'],
    ] as const) {
      const code = await codeOf(() =>
        bus.consume({ stream, durable, filter }, (m) => consumed.push(m.subject)),
      )
      t.equal(code, 'SY_BUS_FORBIDDEN', `${durable} ${filter}`)
    }
    t.equal(await codeOf(() => bus.kv('PLUGIN_acme_callback')), 'SY_BUS_FORBIDDEN')
    t.equal(await codeOf(() => bus.kv('LEASES')), 'SY_BUS_FORBIDDEN')
    await engine.publish([arrived(3)])
    t.same(await classified.take(2), ['call-1', 'call-3'])
    t.same([overheard, consumed], [[], []])
    t.equal((await published.take(2)).length, 2)
    await host.stop()
  },
)

t.test(
  'two replicas handle each event once in effect, through a broker that dies again and again',
  skip,
  async (t) => {
    const server = await startNatsServer()
    t.teardown(() => server.remove())
    const log = recordingLogger()
    const nextId = createCounter()
    const ports = { clock, log, newId: () => `id${nextId()}` }
    const engine = await connectNats(t, server.url)
    await engine.ensureStream(eventStream)
    const times = new Map<string, number>()
    const done = createMailbox<string>()
    await serveCommands(
      engine,
      'acme',
      {
        'call.classify'({ callId }) {
          times.set(callId, (times.get(callId) ?? 0) + 1)
          done.put(callId)
          return { ok: true, isWaiting: true }
        },
      },
      ports,
    )
    const hosts = await Promise.all(
      [1, 2].map(async () => {
        const bus = await connectNats(t, server.url)
        return runPlugin(skill, { ...ports, bus, tenant: 'acme' })
      }),
    )
    await Promise.all(hosts.map(({ ready }) => ready))
    const rounds = 2
    const each = 30
    for (let round = 0; round < rounds; round += 1) {
      const events = Array.from({ length: each }, (_, i) => arrived(round * each + i))
      while ((await codeOf(() => engine.publish(events))) !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await done.take(round * each + 5)
      await server.kill()
      await server.restart()
    }
    await done.take(rounds * each)
    // What was in hand when the broker died comes again when its time to be answered is over.
    const observer = await connectNats(t, server.url)
    for (let look = 0; look < 400; look += 1) {
      const asked = observer.request(
        'switchyard.acme.plugin.skill.command.total',
        Buffer.from('{}'),
        1_000,
      )
      const answer = await asked.then(
        (bytes) => JSON.parse(Buffer.from(bytes).toString()),
        () => ({}),
      )
      if (answer.total >= rounds * each && hosts.every(({ inHand }) => inHand === 0)) {
        break
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    t.equal(times.size, rounds * each)
    t.same(
      [...times].filter(([, count]) => count !== 1),
      [],
      'each call is classified once',
    )
    await Promise.all(hosts.map((host) => host.stop()))
  },
)
