// Compiled and run by .ci/release against the installed tarball: a plugin written with the SDK, tried with the test kit.
import { definePlugin, PLUGIN_API, z } from 'switchyard/plugin'
import { startPlugin } from 'switchyard/testing'

const plugin = definePlugin({
  name: 'trial',
  api: PLUGIN_API,
  options: z.strictObject({ priority: z.int().default(10) }),
  setup: () => ({}),
  events: {
    async 'call.arrived'({ data }, { commands, options }) {
      await commands.demand('call.classify', { callId: data.callId, priority: options.priority })
    },
  },
})

const world = await startPlugin(plugin, { priority: 7 })
await world.givenCall({})
await world.advance(100)
const given = world.commands.map(({ name }) => name)
await world.stop()
if (given.length !== 1 || given[0] !== 'call.classify') {
  throw new Error(`the plugin gave the commands ${JSON.stringify(given)}`)
}
