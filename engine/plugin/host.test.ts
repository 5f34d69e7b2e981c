import t, { type Test } from 'tap'
import { pluginContract } from '../testing/plugin-contract.ts'
import { startPlugin } from '../testing/plugin-world.ts'
import { definePlugin, isSwitchyardError, PLUGIN_API, refuse, z } from './index.ts'

/** Raises the priority of callers from some places, and counts them. */
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
      description: 'Says how many came for a number.',
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

t.test('a plugin keeps the contract of plugins', async (t) => {
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

t.test('an event is answered with commands, and what is kept is shared', async (t) => {
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
  t.equal(isSwitchyardError(undefined), false)
})
