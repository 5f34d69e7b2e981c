import t, { type Test } from 'tap'
import { eventStream } from '../catalogue/subjects.ts'
import { createMailbox } from '../rigs/bus-world.ts'
import { createTestBus } from '../rigs/test-bus.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { pluginContract } from '../testing/plugin-contract.ts'
import { startPlugin } from '../testing/plugin-world.ts'
import { definePlugin, PLUGIN_API, type PluginContext, runPlugin, z } from './index.ts'

/** Publishes how long a caller waited who gave up after a while, and nothing else. */
const regret = definePlugin({
  name: 'regret',
  api: PLUGIN_API,
  options: z.strictObject({ minWaitMs: z.int().default(0) }),
  publishes: {
    'regret.expressed': z
      .object({
        callId: z.string(),
        waitS: z.number().min(0),
        mood: z.enum(['sad', 'angry']).default('sad'),
      })
      .describe('A caller gave up.'),
    'regret.reviewed': z.object({ reviews: z.int() }).describe('Somebody looked.'),
  },
  setup: ({ kv }) => ({ reviews: kv('reviews', z.int()) }),
  events: {
    async 'call.abandoned'({ data: { callId, waitMs } }, { options, publish }) {
      if (waitMs >= options.minWaitMs) {
        await tell({ publish }, callId, waitMs)
      }
    },
  },
  commands: {
    review: {
      description: 'Looks.',
      input: z.strictObject({}),
      async handle(_input, { state, publish }) {
        const reviews = (await state.reviews.update('all', (count = 0) => count + 1)) ?? 0
        await publish('regret.reviewed', {
          id: `review-${reviews}`,
          subject: 'all',
          data: { reviews },
        })
        return { ok: true }
      },
    },
  },
})

/** A part of a plugin in a function of its own takes the context with the plugin's types. */
async function tell(
  { publish }: Pick<PluginContext<unknown, NonNullable<typeof regret.publishes>>, 'publish'>,
  callId: string,
  waitMs: number,
): Promise<void> {
  const data = { callId, waitS: waitMs / 1000 }
  await publish('regret.expressed', { id: `expressed-${callId}`, subject: callId, data })
}

t.test('a plugin that publishes keeps the plugin contract', async (t) => {
  pluginContract(t, regret)
})

const start = async (t: Test, options = {}) => {
  const world = await startPlugin(regret, options)
  t.teardown(() => world.stop())
  return world
}

t.test('what a plugin publishes is in the stream once, with tenant and time', async (t) => {
  const clock = new ManualClock()
  const { bus, log } = createTestBus(t, clock)
  await bus.ensureStream(eventStream)
  const heard = createMailbox<readonly [string, unknown]>()
  await bus.consume({ stream: eventStream.name, durable: 'test' }, ({ subject, data }) =>
    heard.put([subject, JSON.parse(Buffer.from(data).toString())]),
  )
  const host = runPlugin(regret, {
    bus,
    tenant: 'acme',
    clock,
    log,
    newId: () => 'r1',
  })
  await host.ready
  await bus.request('switchyard.acme.plugin.regret.command.review', Buffer.from('{}'), 1_000)
  t.same(await heard.take(1), [
    [
      'switchyard.acme.event.regret.reviewed',
      {
        specversion: '1.0',
        id: 'acme.regret.review-1',
        source: '/switchyard/plugin/regret',
        type: 'regret.reviewed',
        subject: 'all',
        time: new Date(clock.now()).toISOString(),
        datacontenttype: 'application/json',
        tenant: 'acme',
        sequence: '0000000001',
        data: { tenant: 'acme', reviews: 1, at: clock.now() },
      },
    ],
  ])
  await host.stop()
})

t.test('an event published again is one event, and a default is filled in', async (t) => {
  const world = await start(t)
  const call = await world.givenCall()
  await world.advance(7_000)
  await call.isAbandoned()
  const expected = {
    type: 'regret.expressed',
    id: `expressed-${call.callId}`,
    subject: call.callId,
    data: { callId: call.callId, waitS: 7, mood: 'sad' },
    at: world.clock.now(),
  }
  t.same(world.published, [expected])
  await world.advance(1_000)
  await world.givenEvent('call.abandoned', { callId: call.callId, waitMs: 8_000 })
  t.same(world.published, [expected])
  const counted = world
    .figures()
    .filter(({ name }) => name === 'switchyard_plugin_published_total')
    .map(({ labels, value }) => [labels['type'], labels['outcome'], value])
  t.same(counted, [
    ['regret.expressed', 'published', 1],
    ['regret.expressed', 'repeated', 1],
  ])
})

t.test('an event that the broker did not take is published when it is back', async (t) => {
  const world = await start(t)
  await world.setPublishing(false)
  await world.givenEvent('call.abandoned', { callId: 'c1' })
  await world.advance(20 * 60_000)
  t.same([world.published, world.deadLetters()], [[], []])
  t.match(await world.own('review'), { ok: false })
  await world.setPublishing(true)
  await world.advance(60_000)
  t.match(world.published, [{ type: 'regret.expressed', subject: 'c1' }])
})

t.test(
  'an event that does not match its schema is not published, and the message quotes no value',
  async (t) => {
    const told: unknown[] = []
    const plugin = definePlugin({
      name: 'sloppy',
      api: PLUGIN_API,
      options: z.strictObject({}),
      publishes: { 'sloppy.said': z.strictObject({ number: z.string().max(3) }) },
      events: {
        async 'call.arrived'({ data: { callId } }, { publish }) {
          const said = { id: callId, subject: callId, data: { number: '+4930123456' } }
          for (const [type, event] of [
            ['sloppy.said', said],
            ['sloppy.done', said],
            ['toString', said],
            ['sloppy.said', { ...said, id: 'a b' }],
            ['sloppy.said', { ...said, id: 'x'.repeat(301) }],
            ['sloppy.said', { ...said, subject: '' }],
          ] as const) {
            await publish(type as 'sloppy.said', event).catch((error) => told.push(error.message))
          }
          await publish('sloppy.said', said)
        },
      },
    })
    const world = await startPlugin(plugin)
    t.teardown(() => world.stop())
    await world.givenEvent('call.arrived', { callId: 'c1' })
    const unnamed = 'sloppy: this event type is not declared in `publishes`'
    const shapeless = 'sloppy.said: an event needs an id without white space, and a subject'
    t.same(told, [
      'sloppy.said: does not match its schema: number: too big: expected string to have <=3 characters',
      unnamed,
      unnamed,
      shapeless,
      shapeless,
      shapeless,
    ])
    t.same(world.published, [])
    t.match(world.deadLetters(), [{ reason: 'failed', fault: 'SY_PLUGIN_INVALID', tries: 1 }])
    t.notMatch(JSON.stringify(world.logged), '4930')
  },
)

t.test('nothing is published for an event whose time is up', async (t) => {
  const refused = createMailbox<unknown>()
  const plugin = definePlugin({
    name: 'slow',
    api: PLUGIN_API,
    options: z.strictObject({}),
    delivery: { timeoutMs: 1_000, tries: 1 },
    publishes: { 'slow.said': z.object({}) },
    events: {
      async 'call.arrived'({ id }, { publish, clock }) {
        await new Promise<void>((resolve) => clock.setTimer(5_000, resolve))
        await publish('slow.said', { id, subject: 'all', data: {} }).catch(refused.put)
      },
    },
  })
  const world = await startPlugin(plugin)
  t.teardown(() => world.stop())
  await world.givenEvent('call.arrived')
  await world.advance(10_000)
  t.match(await refused.take(1), [{ code: 'SY_PLUGIN_TIMEOUT' }])
  t.same(world.published, [])
})

t.test('an event that a plugin may not publish is refused by definePlugin', async (t) => {
  const define = (name: string, publishes: object) => () =>
    definePlugin({ name, api: PLUGIN_API, options: z.strictObject({}), publishes } as never)
  const shape = z.object({})
  const named = /must be named valid\.WORD: the plugin's name, and one word in the past tense$/
  const faults: readonly (readonly [() => unknown, RegExp])[] = [
    [define('valid', { 'other.said': shape }), named],
    [define('valid', { 'call.arrived': shape }), named],
    [define('valid', { valid: shape }), named],
    [define('valid', { 'valid.Said': shape }), named],
    [define('valid', { 'valid.said.twice': shape }), named],
    [define('valid', { 'valid.said': z.string() }), /must be a zod object/],
    [define('valid', { 'valid.said': undefined }), /must be a zod object/],
    [
      define('valid', { 'valid.said': z.object({ at: z.int() }) }),
      /^valid: publishes\.valid\.said: must not have the field "at", which is added to every event$/,
    ],
    [
      define('call', {}),
      /^call: event types beginning with call are reserved for the engine; choose another name$/,
    ],
    [
      define('agent', { 'agent.said': shape }),
      /^agent: event types beginning with agent are reserved for the engine/,
    ],
  ]
  for (const [run, message] of faults) {
    t.throws(run, { code: 'SY_PLUGIN_INVALID', message })
  }
})
