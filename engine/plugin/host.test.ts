import t, { type Test } from 'tap'
import { commandExamples } from '../catalogue/commands/command-examples.ts'
import { eventStream } from '../catalogue/subjects.ts'
import { findServices } from '../commands/service.ts'
import { createMailbox } from '../rigs/bus-world.ts'
import { createTestBus } from '../rigs/test-bus.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { pluginContract } from '../testing/plugin-contract.ts'
import { startPlugin } from '../testing/plugin-world.ts'
import { definePlugin, PLUGIN_API, refuse, runPlugin, z } from './index.ts'

/** Raises the priority of callers with a certain prefix, and counts them. */
const vip = definePlugin({
  name: 'vip',
  api: PLUGIN_API,
  options: z.strictObject({
    prefix: z.string().min(1).describe('how their numbers begin'),
    priority: z.int().default(10).describe('what they get'),
  }),
  delivery: { tries: 3 },
  setup(context) {
    return { counts: context.kv('counts', z.int()) }
  },
  events: {
    async 'call.arrived'({ data }, { options, commands, state }) {
      if (data.callerNumber.startsWith(options.prefix)) {
        await commands.demand('call.classify', { callId: data.callId, priority: options.priority })
        await state.counts.update(data.dialledNumber, (count = 0) => count + 1)
      }
    },
  },
  commands: {
    count: {
      description: 'Counts the callers of a number.',
      input: z.strictObject({ dialled: z.string() }),
      async handle({ dialled }, { state }) {
        const kept = await state.counts.get(dialled)
        return kept === undefined
          ? refuse('numberRefused', 'nobody came for it')
          : { ok: true, count: kept.value }
      },
    },
  },
})

t.test('a plugin keeps the plugin contract', async (t) => {
  pluginContract(t, vip, {
    options: { prefix: '+4930' },
    badOptions: [
      { options: { prefix: '' }, names: 'prefix' },
      { options: { prefix: '+49', priority: 'high' }, names: 'priority' },
    ],
  })
})

const startVip = async (t: Test, over = {}) => {
  const world = await startPlugin(vip, { prefix: '+4930' }, over)
  t.teardown(() => world.stop())
  return world
}

t.test('an event is answered with commands, and stored values are shared', async (t) => {
  const world = await startVip(t)
  const { callId } = await world.givenCall({ callerNumber: '+4930123', dialledNumber: '0800' })
  await world.givenCall({ callerNumber: '+4989123' })
  t.same(world.commands, [
    { name: 'call.classify', input: { callId, priority: 10 }, by: 'vip', at: world.clock.now() },
  ])
  t.same(await world.kept('counts'), { '0800': 1 })
  t.same(await world.own('count', { dialled: '0800' }), { ok: true, count: 1 })
  t.match(await world.own('count', { dialled: '0801' }), { error: { code: 'numberRefused' } })
  t.match(await world.own('count', {}), {
    error: { code: 'invalid', message: 'dialled: is missing: expected string', retryable: false },
  })
  t.match(await world.own('uncounted'), { error: { code: 'notServed', retryable: true } })
})

t.test('an invalid plugin is refused by definePlugin', async (t) => {
  const valid = { name: 'valid', api: PLUGIN_API, options: z.strictObject({}) } as const
  const faults: readonly (readonly [object, RegExp])[] = [
    [{ name: 'Not Plain' }, /^a plugin needs a name: lower-case words/],
    [{ name: 'a'.repeat(41) }, /^a plugin needs a name/],
    [{ api: 2 }, /^valid: made for another version of the SDK; this version needs api: 1$/],
    [{ options: {} }, /^valid: options must be a zod schema/],
    [{ events: { 'call.teleported': () => {} } }, /^valid: events\.call\.teleported is not known/],
    [{ serves: { 'call.teleport': () => {} } }, /^valid: serves\.call\.teleport is not known/],
    [{ commands: { 'two words': {} } }, /^valid: commands\.two words is not known/],
  ]
  for (const [fault, message] of faults) {
    t.throws(() => definePlugin({ ...valid, ...fault } as never), {
      code: 'SY_PLUGIN_INVALID',
      message,
    })
  }
  const hasty = { ...valid, delivery: { tries: 0 } }
  await t.rejects(startPlugin(hasty), {
    message: 'delivery.tries: must be a whole number of at least 1',
  })
  await t.rejects(startPlugin(vip, { prefix: 7, priority: '4711' }), {
    code: 'SY_PLUGIN_INVALID',
    message:
      'vip: its options cannot be used: prefix: expected string, received number; priority: expected number, received string',
  })
})

/** A host on a bus of its own, and what a plugin did in it. */
function startHost(t: Test, plugin: object) {
  const clock = new ManualClock()
  const { bus, log } = createTestBus(t, clock)
  const did: string[] = []
  const whole = { name: 'tested', api: PLUGIN_API, options: z.strictObject({}), ...plugin }
  const start = () =>
    runPlugin(definePlugin(whole as never), { bus, tenant: 'acme', clock, log, newId: () => 'r1' })
  return { clock, bus, log, did, start }
}

t.test('the host waits for a broker that is unreachable or has no event stream yet', async (t) => {
  const { bus, clock, start, log } = startHost(t, { events: { 'call.arrived': () => {} } })
  bus.setConnected(false)
  const host = start()
  await clock.pass(60_000)
  t.match(host.health(), { state: 'waiting', isReady: false })
  bus.setConnected(true)
  await clock.pass(1_000)
  t.match(host.health(), { state: 'starting', isReady: false })
  await bus.ensureStream(eventStream)
  await clock.pass(1_000)
  await host.ready
  t.same(host.health(), {
    plugin: 'tested',
    tenant: 'acme',
    state: 'running',
    isReady: true,
    faults: {},
  })
  bus.setConnected(false)
  t.match(host.health(), { state: 'running', isReady: false })
  // One line for each reason, however long it takes.
  t.same(
    log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['code']),
    ['SY_BUS_UNAVAILABLE', 'SY_BUS_NO_RESPONDER'],
  )
  await host.stop()
})

t.test('the host asks for the broker twice a second', async (t) => {
  const { bus, clock, start } = startHost(t, {})
  bus.setConnected(false)
  const host = start()
  await clock.pass(10_000)
  bus.setConnected(true)
  await clock.pass(499)
  t.equal(host.health().state, 'waiting')
  await clock.pass(1)
  t.equal(host.health().state, 'running')
  await host.stop()
})

t.test('a setup that throws or hangs leaves nothing running', async (t) => {
  const command = {
    description: 'never served',
    input: z.strictObject({}),
    handle: () => ({ ok: true }),
  }
  for (const [setup, fault] of [
    [() => Promise.reject(new TypeError('a fault of the setup')), { name: 'TypeError' }],
    [
      () => new Promise(() => {}),
      { code: 'SY_PLUGIN_TIMEOUT', message: /the setup of tested took/ },
    ],
  ] as const) {
    const { clock, bus, start } = startHost(t, { setup, commands: { command } })
    const host = start()
    await clock.pass(10_000)
    await t.rejects(host.ready, fault)
    t.match(host.health(), { state: 'failed', isReady: false })
    t.same(await findServices(bus, undefined, 100), [])
    await host.stop()
    t.equal(host.health().state, 'failed')
    t.equal(clock.pendingTimers, 0)
  }
})

t.test('a plugin that is stopped while it waits never starts', async (t) => {
  const { bus, clock, did, start } = startHost(t, {
    setup: () => {
      did.push('setup')
    },
  })
  bus.setConnected(false)
  const host = start()
  await clock.pass(1_200)
  const stopping = host.stop()
  await clock.pass(100)
  await stopping
  bus.setConnected(true)
  await clock.pass(10_000)
  await t.rejects(host.ready, { message: 'tested was stopped before it had started' })
  t.same([did, host.health().state, clock.pendingTimers], [[], 'stopped', 0])
})

t.test('it stops in order: events, commands, repeated runs, its own stop', async (t) => {
  const order: string[] = []
  const finish = createMailbox<() => void>()
  const plugin = definePlugin({
    name: 'orderly',
    api: PLUGIN_API,
    options: z.strictObject({}),
    setup({ every, reportHealth, clock }) {
      every('sweep', 1_000, () => {
        order.push(`sweep at ${clock.now() % 100_000}`)
        if (order.length === 1) {
          throw new TypeError('a fault of the run')
        }
      })
      reportHealth('customers', 'the file is missing')
      return { recover: () => reportHealth('customers', undefined) }
    },
    events: {
      'call.arrived': () =>
        new Promise<void>((resolve) =>
          finish.put(() => {
            order.push('event')
            resolve()
          }),
        ),
    },
    stop({ state }) {
      state.recover()
      order.push('stop')
    },
  })
  const world = await startPlugin(plugin)
  t.match(world.health(), { isReady: false, faults: { customers: 'the file is missing' } })
  const beganAt = world.clock.now()
  await world.advance(2_500)
  await world.givenEvent('call.arrived')
  const [end] = await finish.take(1)
  const stopping = world.stop()
  const late = world.givenEvent('call.arrived', { callId: 'too-late' })
  end?.()
  await late
  await stopping
  await world.advance(60_000)
  const at = (ms: number) => `sweep at ${(beganAt + ms) % 100_000}`
  t.same(
    order.filter((line) => !line.startsWith('sweep') || line === at(1_000) || line === at(2_000)),
    [at(1_000), at(2_000), 'event', 'stop'],
  )
  t.equal(order.at(-1), 'stop')
  t.match(world.health(), { state: 'stopped', faults: {} })
  t.match(
    world.figures().filter(({ name }) => name === 'switchyard_plugin_runs_failed_total'),
    [{ labels: { tenant: 'acme', plugin: 'orderly', run: 'sweep' }, value: 1 }],
  )
  // What came too late is the next one's.
  await world.restart()
  t.equal((await finish.take(2)).length, 2)
  await world.stop()
})

t.test('a plugin can serve commands of the catalogue', async (t) => {
  const owed: string[] = []
  const plugin = definePlugin({
    name: 'callback',
    api: PLUGIN_API,
    options: z.strictObject({}),
    setup: ({ plugin }) => ({ prefix: plugin }),
    serves: {
      'callback.enqueue': ({ queue }, { state, by, tenant }) => {
        owed.push(`${queue} by ${by} in ${tenant}`)
        return { ok: true, callbackId: `${state.prefix}-${owed.length}`, isNew: true }
      },
    },
  })
  const world = await startPlugin(plugin)
  t.teardown(() => world.stop())
  const { input } = commandExamples['callback.enqueue']
  t.same(await world.command('callback.enqueue', input), {
    ok: true,
    callbackId: 'callback-1',
    isNew: true,
  })
  t.match(await world.command('callback.enqueue', { ...input, number: 'none' }), {
    error: { code: 'invalid' },
  })
  t.same(owed, ['sales by test in acme'])
  t.same(world.commands, [])
  await world.command('callback.cancel', { which: { type: 'id', callbackId: 'callback-1' } })
  t.match(world.commands, [{ name: 'callback.cancel' }])
  t.same(
    world.figures().filter(({ name }) => name === 'switchyard_plugin_commands_total'),
    ['ok', 'invalid'].map((outcome) => ({
      name: 'switchyard_plugin_commands_total',
      labels: { tenant: 'acme', plugin: 'callback', command: 'callback.enqueue', outcome },
      value: 1,
    })),
  )
  t.throws(() => world.health(1), { message: 'there is no replica 1' })
})
