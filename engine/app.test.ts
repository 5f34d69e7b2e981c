import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { type App, startApp } from './app.ts'
import { decodeEnvelope } from './catalogue/envelope.ts'
import type { SwitchId } from './catalogue/ids.ts'
import { type Clock, systemClock, type Timer } from './clock.ts'
import { createCommandClient } from './commands/client.ts'
import { findServices } from './commands/service.ts'
import type { EngineConfig } from './config/engine-config.ts'
import { parseConfig } from './config/parse-config.ts'
import { createLogger } from './log.ts'
import { definePlugin, PLUGIN_API, type Plugin, z } from './plugin/index.ts'
import { type NatsServer, natsServerMissing, startNatsServer } from './rigs/nats-server.ts'
import { agentDialString, createAgentPhones } from './sim/agent-phones.ts'
import { acdActions, createDialplan } from './sim/dialplan.ts'
import { createPopulation } from './sim/population.ts'
import { createRandom } from './sim/random.ts'
import { type ListeningSwitch, startSimulatedSwitch } from './sim/tcp.ts'
import { FakeSwitch } from './testing/fake-switch.ts'
import { recordingLogger } from './testing/recording-logger.ts'

const log = createLogger('silent')
const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    systemClock.setTimer(ms, resolve)
  })

/** @param over what differs from a switch on a free port with the configured password */
async function startSim(
  t: Test,
  over: { readonly password?: string; readonly port?: number } = {},
): Promise<ListeningSwitch> {
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random: createRandom(1),
    log,
    password: 'ClueCon',
    mediaStepMs: 0,
    dialplan: createDialplan({ '1000': acdActions({ tenant: 'acme' }) }),
    phones: createAgentPhones({
      clock: systemClock,
      random: createRandom(2),
      answerMs: [1, 20],
      faults: { busy: 0.1, reject: 0.1 },
    }),
    ...over,
  })
  t.teardown(() => sim.stop())
  return sim
}

function configFor(port: number, more = ''): EngineConfig {
  const agents = Array.from(
    { length: 20 },
    (_, index) => `      a${index}: { dial: '${agentDialString(index + 1)}' }`,
  )
  const text = `ops: { host: 127.0.0.1, port: 0 }
switches: { fs1: { host: 127.0.0.1, port: ${port}, password: { env: PASSWORD } } }
${more}
tenants:
  acme:
    queues: { q: { wrapUp: 0s, retryDeclined: 0s } }
    agentDefaults: { queues: [q], maxMisses: 0, rest: { busy: 0s, declined: 0s } }
    agents:
${agents.join('\n')}
    routes: [{ number: '1000', queue: q }]
`
  const parsed = parseConfig(text, {
    path: '/t.yaml',
    env: { PASSWORD: 'ClueCon' },
    readFile: () => '',
  })
  if (!parsed.ok) {
    throw new Error(parsed.faults.map(({ message }) => message).join())
  }
  return parsed.config
}

/** Lets callers come for a while and leave by themselves. */
async function serve(sim: ListeningSwitch, rate: number, ms: number, during?: () => Promise<void>) {
  const population = createPopulation(sim, {
    clock: systemClock,
    random: createRandom(3),
    numbers: ['1000'],
    rate,
    talkMs: 50,
  })
  population.start()
  await (during?.() ?? pause(ms))
  population.stop()
  await population.settled()
  await pause(100)
  return population.ledger.summary()
}

const ready = (app: App) => new Promise<void>((resolve) => app.engine.onceReady(resolve))

/** A switch, and an engine that is ready for its calls. @param more YAML at the top level */
async function startBoth(t: Test, more = '') {
  const sim = await startSim(t)
  const app = await startApp(configFor(sim.port, more), { log })
  t.teardown(() => app.stop())
  await ready(app)
  return { sim, app }
}

t.test('callers reach agents, are counted, and every event is on the bus', async (t) => {
  const { sim, app } = await startBoth(t)
  const ids: string[] = []
  const types: Record<string, number> = {}
  await app.bus.subscribe('switchyard.acme.event.call.>', ({ data }) => {
    const { id, type } = decodeEnvelope(data)
    ids.push(id)
    types[type] = (types[type] ?? 0) + 1
  })
  const seen = await serve(sim, 100, 1_000)
  t.match(seen, { lost: 0, unfinished: 0, abandoned: 0 })
  t.ok(seen.answered > 50)
  t.equal(new Set(ids).size, ids.length, 'no event twice')
  const { offered, answered } = seen
  t.match(types, { 'call.arrived': offered, 'call.queued': offered, 'call.answered': answered })
  t.equal(types['call.completed'], answered)
  const figures = app.metrics.tally.tenants.get('acme')?.queues.get('q')
  t.match(figures, { offered, answered, abandoned: 0, lost: 0 })
  t.equal(app.engine.liveCalls, 0)
  t.strictSame(sim.channels(), [])
  const url = `http://127.0.0.1:${app.opsPort}`
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  const text = await (await fetch(`${url}/metrics`)).text()
  t.match(text, 'switchyard_switch_connected{switch="fs1"} 1')
  t.match(text, 'switchyard_live_calls 0')
})

t.test('the commands of the catalogue reach the engine over the bus', async (t) => {
  const { app } = await startBoth(t)
  const { command } = createCommandClient(app.bus, 'acme', 'test')
  const callId = '6f4c1f0e-3a51-4bb0-9f1d-0c2b6a3d1e77'
  const number = '+4930123456'
  t.match(await command('queue.list', {}), {
    ok: true,
    queues: [{ queue: 'q', waiting: 0, longestWaitMs: 0, staffed: 20, idle: 20 }],
  })
  t.match(await command('agent.logout', { agent: 'a0' }), { ok: true, state: 'off' })
  t.match(await command('agent.login', { agent: 'a0' }), { ok: true, state: 'idle' })
  const lunch = { agent: 'a1', status: 'onBreak', breakReason: 'lunch' } as const
  t.match(await command('agent.setStatus', lunch), { ok: true, state: 'off' })
  t.match(await command('agent.setSkills', { agent: 'a2', skills: { french: 4 } }), { ok: true })
  const agents = await command('agent.list', { queue: 'q' })
  t.match(agents.ok ? agents.agents.slice(0, 3) : agents, [
    { agent: 'a0', status: 'available', state: 'idle', queues: ['q'] },
    { agent: 'a1', status: 'onBreak', breakReason: 'lunch', state: 'off' },
    { agent: 'a2', skills: { french: 4 } },
  ])
  const refusals = {
    'agent.login': await command('agent.login', { agent: 'nobody' }),
    'agent.endWrapUp': await command('agent.endWrapUp', { agent: 'a0' }),
    'agent.prolongWrapUp': await command('agent.prolongWrapUp', { agent: 'a0', byMs: 5 }),
    'queue.list': await command('queue.list', { queue: 'none' }),
    'call.classify': await command('call.classify', { callId }),
    'call.setPriority': await command('call.setPriority', { callId, priority: 1 }),
    'call.requeue': await command('call.requeue', { callId }),
    'call.transfer': await command('call.transfer', { callId, to: { type: 'queue', queue: 'q' } }),
    'call.runFlow': await command('call.runFlow', { callId, flow: { type: 'named', name: 'x' } }),
    'call.hangUp': await command('call.hangUp', { callId }),
    'call.originate': await command('call.originate', {
      number,
      onAnswer: { type: 'queue', queue: 'q' },
    }),
    'callback.place': await command('callback.place', {
      callId,
      number,
      queue: 'q',
      enqueuedAt: 1,
    }),
    'callback.enqueue': await command('callback.enqueue', { number, queue: 'q', reason: 'other' }),
  }
  t.strictSame(
    Object.fromEntries(
      Object.entries(refusals).map(([name, reply]) => [name, reply.ok ? 'ok' : reply.error.code]),
    ),
    {
      'agent.login': 'agentUnknown',
      'agent.endWrapUp': 'agentNotInWrapUp',
      'agent.prolongWrapUp': 'agentNotInWrapUp',
      'queue.list': 'queueUnknown',
      'call.classify': 'callUnknown',
      'call.setPriority': 'callUnknown',
      'call.requeue': 'callUnknown',
      'call.transfer': 'callUnknown',
      'call.runFlow': 'flowUnknown',
      'call.hangUp': 'callUnknown',
      'call.originate': 'numberRefused',
      'callback.place': 'numberRefused',
      'callback.enqueue': 'notServed',
    },
  )
  t.match(await command('callback.withdraw', { callId }), { ok: true, state: 'unknown' })
  const [served] = await findServices(app.bus, 'switchyard-acme', 500)
  t.match(served, { name: 'switchyard-acme' })
})

t.test(
  'a changed configuration is applied; changes that need a restart are named and ignored',
  async (t) => {
    const sim = await startSim(t)
    const lines = recordingLogger()
    const config = configFor(sim.port)
    const app = await startApp(config, { log: lines })
    t.teardown(() => app.stop())
    await ready(app)
    const [tenantId, acme] = [...config.tenants][0] ?? []
    if (tenantId === undefined || acme === undefined) {
      throw new Error('no tenant')
    }
    const agents = new Map([...acme.agents].slice(0, 3))
    const other = { ...acme, tenantId: 'other' as typeof tenantId }
    const changed = { ...acme, agents }
    await app.reload({
      ...config,
      log: 'debug',
      tenants: new Map([
        [tenantId, changed],
        [other.tenantId, other],
      ]),
    })
    t.equal(app.engine.tenants.get('acme')?.control.listAgents().length, 3)
    t.strictSame(lines.lines.at(-1)?.fields, { left: ['log', 'tenants.other'] })
    t.strictSame([...app.engine.tenants.keys()], ['acme'])

    const strategies = new Map([['none', { module: '/nowhere.js', options: undefined }]])
    const faulty = { ...changed, agents: new Map(), strategies }
    await t.rejects(app.reload({ ...config, tenants: new Map([[tenantId, faulty]]) }), {
      code: 'SY_CONFIG_INVALID',
    })
    t.equal(app.engine.tenants.get('acme')?.control.listAgents().length, 3)
    await app.reload(config)
    t.equal(app.engine.tenants.get('acme')?.control.listAgents().length, 20)
    t.equal(app.metrics.tally.tenants.get('acme')?.agents.idle, 20)
  },
)

t.test('a connection that breaks under load loses nobody', async (t) => {
  const { sim, app } = await startBoth(t)
  const seen = await serve(sim, 60, 0, async () => {
    for (let round = 0; round < 3; round++) {
      await pause(500)
      sim.disconnectClients()
    }
    await pause(1_000)
  })
  t.match(seen, { lost: 0, unfinished: 0 })
  t.ok(seen.answered > 100)
  t.equal(app.engine.liveCalls, 0)
  t.strictSame(sim.channels(), [])
})

t.test('a switch that is away is waited for, and readiness says so', async (t) => {
  const port = await freePort()
  const app = await startApp(configFor(port), { log })
  t.teardown(() => app.stop())
  const readiness = async () => {
    const answer = await fetch(`http://127.0.0.1:${app.opsPort}/readyz`)
    return [answer.status, await answer.text()] as const
  }
  t.match(await readiness(), [503, 'switch fs1 is not connected'])
  const sim = await startSim(t, { port })
  await ready(app)
  t.match(await readiness(), [200, '"ready":true'])
  const seen = await serve(sim, 60, 300)
  t.match(seen, { lost: 0, unfinished: 0, abandoned: 0 })
  t.ok(seen.answered > 5)
})

t.test('an engine whose password the switch refuses is not ready', async (t) => {
  const sim = await startSim(t, { password: 'another' })
  const lines = recordingLogger()
  const app = await startApp(configFor(sim.port), { log: lines })
  t.teardown(() => app.stop())
  const isRefused = () => JSON.stringify(lines.lines).includes('SY_ESL_AUTH')
  for (let waited = 0; waited < 5_000 && !isRefused(); waited += 10) {
    await pause(10)
  }
  t.ok(isRefused(), 'the refusal is logged')
  const answer = await fetch(`http://127.0.0.1:${app.opsPort}/readyz`)
  t.equal(answer.status, 503)
  t.match(await answer.text(), 'switch fs1 is not connected')
})

t.test('an ops port that is taken is an error, and nothing is left running', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const config = configFor(
    1,
    `bus: { nats: { servers: ['nats://127.0.0.1:${await freePort()}'] } }`,
  )
  const ops = { ...config.ops, port: (taken.address() as AddressInfo).port }
  const { clock, timers } = clockWithTimers()
  const notes: string[] = []
  const createFreeSwitch = () => notingSwitch('fs1', notes)
  await new Promise<void>((resolve) => {
    // The one attempt to reach the broker that was under way has failed.
    const lines = { ...log, warn: () => resolve() }
    void t.rejects(startApp({ ...config, ops }, { log: lines, clock, createFreeSwitch }), {
      code: 'SY_CONFIG_INVALID',
    })
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(notes, ['stop fs1'])
  t.equal(timers.size, 0)
})

/** The clock of the system, and its timers that have neither run nor been cancelled. */
function clockWithTimers() {
  const timers = new Set<Timer>()
  const clock: Clock = {
    ...systemClock,
    setTimer(delayMs, run) {
      const timer = systemClock.setTimer(delayMs, () => {
        timers.delete(counted)
        run()
      })
      const counted: Timer = {
        cancel() {
          timers.delete(counted)
          timer.cancel()
        },
      }
      timers.add(counted)
      return counted
    },
  }
  return { clock, timers }
}

/** A TCP port of this machine that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A switch that notes when it is started and stopped, and fails at either. */
function notingSwitch(id: string, notes: string[], failsAt?: 'start' | 'stop') {
  const home = new FakeSwitch(id)
  const note = (what: 'start' | 'stop') => {
    notes.push(`${what} ${id}`)
    if (what === failsAt) {
      throw new TypeError(`${what} of ${id}`)
    }
  }
  const [start, stop] = [home.start.bind(home), home.stop.bind(home)]
  home.start = (observer) => {
    note('start')
    start(observer)
  }
  home.stop = async () => {
    note('stop')
    await stop()
  }
  return home
}

function withSwitches(config: EngineConfig, ids: readonly string[]): EngineConfig {
  const [one] = config.switches.values()
  if (one === undefined) {
    throw new Error('no switch')
  }
  const all = (ids as readonly SwitchId[]).map((id) => [id, { ...one, switchId: id }] as const)
  return { ...config, switches: new Map(all) }
}

t.test(
  'when one plugin cannot be used, none is set up and the ops port is free again',
  async (t) => {
    const config = { ...configFor(1), ops: { host: '127.0.0.1', port: await freePort() } }
    let setUps = 0
    const plugin = definePlugin({
      name: 'front-row',
      api: PLUGIN_API,
      options: z.strictObject({ level: z.int() }),
      setup: () => {
        setUps += 1
      },
    })
    const run = (level: unknown) => ({
      plugin: plugin as unknown as Plugin,
      tenant: 'acme',
      options: { level },
    })
    const notes: string[] = []
    const createFreeSwitch = () => notingSwitch('fs1', notes)
    await t.rejects(startApp(config, { log, createFreeSwitch, plugins: [run(1), run('high')] }), {
      code: 'SY_PLUGIN_INVALID',
    })
    t.equal(setUps, 0)
    t.strictSame(notes, ['start fs1', 'stop fs1'])
    const app = await startApp(config, { log, createFreeSwitch, plugins: [run(1)] })
    t.teardown(() => app.stop())
    t.equal(app.opsPort, config.ops.port)
  },
)

t.test('when one switch cannot be started, those that were started are stopped', async (t) => {
  const config = withSwitches(
    { ...configFor(1), ops: { host: '127.0.0.1', port: await freePort() } },
    ['fs1', 'fs2', 'fs3'],
  )
  const notes: string[] = []
  const lines = recordingLogger()
  const ports = (faults: Readonly<Record<string, 'start' | 'stop'>>) => ({
    log: lines,
    createFreeSwitch: ({ id }: { readonly id: string }) => notingSwitch(id, notes, faults[id]),
  })
  await t.rejects(startApp(config, ports({ fs2: 'start', fs3: 'stop' })), {
    message: 'start of fs2',
  })
  t.strictSame(notes.splice(0), ['start fs1', 'start fs2', 'stop fs1', 'stop fs2', 'stop fs3'])
  t.match(lines.lines.at(-1), {
    message: 'a part of the engine could not be closed',
    fields: { fault: 'TypeError' },
  })

  const app = await startApp(config, ports({ fs1: 'stop' }))
  await t.rejects(app.stop(), { message: 'stop of fs1' })
  t.equal(app.bus.isConnected, false, 'a part that cannot be closed keeps no other one open')
  await t.rejects(fetch(`http://127.0.0.1:${app.opsPort}/healthz`))
})

t.test(
  'when a switch cannot be created, the engine stops trying to reach the broker',
  async (t) => {
    const config = configFor(
      1,
      `bus: { nats: { servers: ['nats://127.0.0.1:${await freePort()}'] } }`,
    )
    const { clock, timers } = clockWithTimers()
    const createFreeSwitch = () => {
      throw new TypeError('no such switch')
    }
    await new Promise<void>((resolve) => {
      // The one attempt that was under way has failed.
      const lines = { ...log, warn: () => resolve() }
      void t.rejects(startApp(config, { log: lines, clock, createFreeSwitch }), {
        message: 'no such switch',
      })
    })
    await new Promise((resolve) => setImmediate(resolve))
    t.equal(timers.size, 0)
  },
)

const noNats = natsServerMissing()
t.test(
  'when the broker is killed and restarted under load, every event is stored once and no caller waits for it',
  { skip: noNats ?? false },
  async (t) => {
    const server: NatsServer = await startNatsServer()
    t.teardown(() => server.remove())
    const { sim, app } = await startBoth(t, `bus: { nats: { servers: ['${server.url}'] } }`)
    const ids: string[] = []
    const seen = await serve(sim, 60, 0, async () => {
      await pause(700)
      await server.kill()
      await pause(1_500)
      await server.restart()
      await pause(700)
    })
    t.match(seen, { lost: 0, unfinished: 0, abandoned: 0 })
    t.ok(seen.waitMs.p99 < 1_000, 'nobody waited for the broker')
    for (let waited = 0; waited < 15_000 && !app.bus.isConnected; waited += 50) {
      await pause(50)
    }
    const answered = new Set<string>()
    const subscription = await app.bus.consume(
      { stream: 'SWITCHYARD_EVENTS', durable: 'test' },
      (message) => {
        const { id, type, subject } = decodeEnvelope(message.data)
        ids.push(id)
        if (type === 'call.completed') {
          answered.add(subject)
        }
        message.ack()
      },
    )
    for (let waited = 0; waited < 15_000 && answered.size < seen.answered; waited += 50) {
      await pause(50)
    }
    t.equal(answered.size, seen.answered)
    t.equal(new Set(ids).size, ids.length, 'none twice')
    await subscription.stop()
  },
)
