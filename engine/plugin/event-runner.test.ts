import t, { type Test } from 'tap'
import { createMailbox } from '../rigs/bus-world.ts'
import { settle } from '../testing/manual-clock.ts'
import { type PluginWorld, startPlugin } from '../testing/plugin-world.ts'
import {
  type DeliveryOptions,
  definePlugin,
  type EventContext,
  type EventData,
  PLUGIN_API,
  type PluginEvent,
  refuse,
  SwitchyardError,
  z,
} from './index.ts'

type Handle = (event: PluginEvent<'call.arrived'>, context: EventContext) => Promise<void> | void

/** A plugin that does with each `call.arrived` what a test says, and writes down the others. */
async function startWith(t: Test, handle: Handle, delivery: DeliveryOptions = {}, replicas = 1) {
  const queued: EventData<'call.queued'>[] = []
  const plugin = definePlugin({
    name: 'tested',
    api: PLUGIN_API,
    options: z.strictObject({}),
    delivery,
    events: {
      'call.arrived': handle,
      'call.queued': ({ data }) => {
        queued.push(data)
      },
    },
  })
  const world = await startPlugin(plugin, {}, { replicas })
  t.teardown(() => world.stop())
  return { world, queued }
}

const outcomes = (world: PluginWorld) =>
  Object.fromEntries(
    world
      .figures()
      .filter(({ name }) => name === 'switchyard_plugin_events_total')
      .map(({ labels, value }) => [`${labels['type']} ${labels['outcome']}`, value]),
  )

t.test(
  'a handler that throws is tried again after growing pauses, then the event is dead-lettered',
  async (t) => {
    const tries: (readonly [number, number])[] = []
    const { world } = await startWith(t, ({ attempt }) => {
      tries.push([attempt, world.clock.now() - beganAt])
      throw new TypeError('+4930123456')
    })
    const beganAt = world.clock.now()
    const event = await world.givenEvent('call.arrived')
    await world.advance(60_000)
    t.same(tries, [
      [1, 0],
      [2, 1_000],
      [3, 3_000],
      [4, 7_000],
      [5, 15_000],
    ])
    t.same(world.deadLetters(), [
      {
        plugin: 'tested',
        tenant: 'acme',
        reason: 'failed',
        fault: 'TypeError',
        tries: 5,
        deadAt: beganAt + 15_000,
        subject: event.subject,
        sequence: 1,
        event: Buffer.from(event.bytes).toString('base64'),
      },
    ])
    t.same(outcomes(world), { 'call.arrived retried': 4, 'call.arrived dead': 1 })
    t.notMatch(JSON.stringify(world.logged), '4930')
    // Published again, by hand, it has all its tries again.
    await world.redeliver(event)
    t.equal(tries.at(-1)?.[0], 1)
  },
)

t.test('a non-retryable failure is dead-lettered at once', async (t) => {
  const { world } = await startWith(t, async (_event, { commands }) => {
    await commands.demand('call.hangUp', { callId: 'c' })
  })
  world.answerCommand('call.hangUp', () => refuse('callUnknown', 'no such call'))
  await world.givenEvent('call.arrived')
  t.match(world.deadLetters(), [{ reason: 'failed', fault: 'SY_COMMAND_REFUSED', tries: 1 }])
})

t.test('an unreachable engine uses up patience, not tries', async (t) => {
  const attempts: number[] = []
  const { world } = await startWith(
    t,
    async ({ attempt, data }, { commands }) => {
      attempts.push(attempt)
      await commands.demand('call.hangUp', { callId: data.callId })
    },
    { tries: 2, patienceMs: 600_000 },
  )
  await world.setEngine(false)
  await world.givenEvent('call.arrived', { callId: 'one' })
  await world.advance(500_000)
  t.ok(attempts.length > 5)
  t.same(new Set(attempts), new Set([1]))
  await world.setEngine(true)
  await world.advance(60_000)
  t.match(world.commands, [{ name: 'call.hangUp', input: { callId: 'one' } }])
  t.same(world.deadLetters(), [])

  await world.setEngine(false)
  await world.givenEvent('call.arrived', { callId: 'two' })
  await world.advance(700_000)
  t.match(world.deadLetters(), [{ reason: 'gaveUp', fault: 'SY_COMMAND_FAILED' }])
})

t.test('a handler that hangs is given up, and what it does later does not count', async (t) => {
  const late = createMailbox<unknown>()
  const { world } = await startWith(
    t,
    async ({ data }, { commands, signal, clock }) => {
      await new Promise<void>((resolve) => clock.setTimer(60_000, resolve))
      late.put(signal.aborted)
      late.put(await commands.command('call.hangUp', { callId: data.callId }))
      late.put(await commands.toPlugin('other', 'do', {}))
      await commands.demand('call.hangUp', { callId: data.callId }).catch(late.put)
    },
    { timeoutMs: 5_000, tries: 2 },
  )
  await world.givenEvent('call.arrived')
  await world.advance(4_999)
  t.same(outcomes(world), {})
  await world.advance(1)
  t.same(outcomes(world), { 'call.arrived retried': 1 })
  await world.advance(100_000)
  t.match(world.deadLetters(), [{ reason: 'timedOut', fault: 'SY_PLUGIN_TIMEOUT', tries: 2 }])
  const refused = { ok: false, error: { code: 'timeout' } }
  t.match(await late.take(8), [
    true,
    refused,
    refused,
    { code: 'SY_PLUGIN_TIMEOUT' },
    true,
    refused,
    refused,
    { code: 'SY_PLUGIN_TIMEOUT' },
  ])
  t.same(world.commands, [])
})

t.test(
  'a handler that runs again after its effect repeats its commands without effect',
  async (t) => {
    let runs = 0
    const { world } = await startWith(t, async ({ data }, { commands }) => {
      runs += 1
      const number = data.callerNumber
      await commands.demand('call.originate', {
        number,
        onAnswer: { type: 'queue', queue: 'sales' },
      })
      await commands.demand('call.originate', {
        number,
        onAnswer: { type: 'queue', queue: 'sales' },
      })
      if (runs === 1) {
        throw new TypeError('after the effect')
      }
    })
    await world.givenEvent('call.arrived')
    await world.advance(1_000)
    t.equal(runs, 2)
    t.equal(world.commands.length, 2)
    t.same(outcomes(world), { 'call.arrived retried': 1, 'call.arrived handled': 1 })
  },
)

t.test('what was done when the broker went away is not done again', async (t) => {
  let runs = 0
  const { world } = await startWith(
    t,
    async () => {
      runs += 1
      await world.setConnected(false)
    },
    { takeoverMs: 5_000 },
    2,
  )
  await world.givenEvent('call.arrived')
  t.equal(runs, 1)
  await world.advance(20_000)
  await world.setConnected(true)
  await world.advance(60_000)
  t.equal(runs, 1)
  t.equal(outcomes(world)['call.arrived repeated'], 1)
})

t.test(
  'events of one call are handled one after the other, events of other calls in parallel',
  async (t) => {
    const begun = createMailbox<() => void>()
    const { world, queued } = await startWith(t, () => new Promise((resolve) => begun.put(resolve)))
    await world.givenEvent('call.arrived', { callId: 'a' })
    await world.givenEvent('call.queued', { callId: 'a' })
    await world.givenEvent('call.queued', { callId: 'b' })
    t.same(
      queued.map(({ callId }) => callId),
      ['b'],
    )
    const [finish] = await begun.take(1)
    finish?.()
    await settle()
    t.same(
      queued.map(({ callId }) => callId),
      ['b', 'a'],
    )
  },
)

t.test('an event whose handler runs long is not given to another replica', async (t) => {
  let runs = 0
  const { world } = await startWith(
    t,
    async (_event, { clock }) => {
      runs += 1
      await new Promise<void>((resolve) => clock.setTimer(60_000, resolve))
    },
    { timeoutMs: 120_000, takeoverMs: 3_000, isOnce: false },
    2,
  )
  await world.givenEvent('call.arrived')
  await world.advance(61_000)
  t.equal(runs, 1)
  t.same(outcomes(world), { 'call.arrived handled': 1 })
  t.equal(world.health(1).state, 'running')
})

t.test('a malformed event is dead-lettered, and the next one is handled', async (t) => {
  const { world, queued } = await startWith(t, () => {
    throw new SwitchyardError('SY_BUS_INVALID', 'not reached')
  })
  await world.givenNewerEvent('call.queued', { queue: 17 })
  await world.givenEvent('call.queued')
  t.equal(queued.length, 1)
  t.match(world.deadLetters(), [{ reason: 'malformed', fault: '', tries: 1 }])
})

t.test('with isOnce: false an event that is delivered again is handled again', async (t) => {
  const { world, queued } = await startWith(t, () => {}, { isOnce: false })
  const event = await world.givenEvent('call.queued')
  await world.redeliver(event)
  t.equal(queued.length, 2)
})

t.test('an event that crashes every replica that handles it is dead-lettered', async (t) => {
  let runs = 0
  const { world } = await startWith(
    t,
    async () => {
      runs += 1
      await new Promise(() => {})
    },
    { tries: 3, timeoutMs: 10_000, takeoverMs: 2_000 },
  )
  await world.givenEvent('call.arrived')
  for (let crash = 0; crash < 6; crash += 1) {
    await world.crash()
    await world.advance(30_000)
  }
  t.equal(runs, 3)
  t.match(world.deadLetters(), [{ reason: 'crashed', fault: '', tries: 3 }])
})

t.test(
  'work that goes on survives a heartbeat that was lost, and so does what waits for it',
  async (t) => {
    let runs = 0
    const { world, queued } = await startWith(
      t,
      async (_event, { clock }) => {
        runs += 1
        await new Promise<void>((resolve) => clock.setTimer(30_000, resolve))
      },
      { timeoutMs: 60_000, takeoverMs: 3_000, isOnce: false },
      2,
    )
    await world.givenEvent('call.arrived', { callId: 'a' })
    await world.givenEvent('call.queued', { callId: 'a' })
    // One heartbeat in three may be lost, whichever it is.
    for (const [hereMs, awayMs] of [
      [1_100, 1_800],
      [1_200, 1_890],
    ] as const) {
      await world.advance(hereMs)
      await world.setConnected(false)
      await world.advance(awayMs)
      await world.setConnected(true)
    }
    await world.advance(25_000)
    t.same([runs, queued.length], [1, 1])
    t.same(outcomes(world), { 'call.arrived handled': 1, 'call.queued handled': 1 })
  },
)

t.test('with isOnce: false the deliveries are counted, ten beyond the tries', async (t) => {
  let runs = 0
  const { world } = await startWith(
    t,
    async () => {
      runs += 1
      await new Promise(() => {})
    },
    { tries: 2, timeoutMs: 10_000, takeoverMs: 2_000, isOnce: false },
  )
  await world.givenEvent('call.arrived')
  for (let crash = 0; crash < 15; crash += 1) {
    await world.crash()
    await world.advance(3_000)
  }
  t.equal(runs, 12)
  t.match(world.deadLetters(), [{ reason: 'crashed', fault: '', tries: 12 }])
})
