import { randomUUID } from 'node:crypto'
import { createNatsBus } from '../engine/bus/nats/nats.ts'
import { systemClock } from '../engine/clock.ts'
import { createLogger } from '../engine/log.ts'
import { definePlugin, PLUGIN_API, runPlugin, z } from '../engine/plugin/index.ts'

/** The plugin of the isolation benchmark. It classifies every call that arrives. */
const classifier = definePlugin({
  name: 'classifier',
  api: PLUGIN_API,
  options: z.strictObject({}),
  // Classifying twice has the same effect as once.
  delivery: { isOnce: false, concurrency: 512, takeoverMs: 2_000 },
  events: {
    async 'call.arrived'({ data: { callId } }, { commands }) {
      await commands.command('call.classify', { callId, priority: 1 })
    },
  },
})

const log = createLogger('silent')
const bus = createNatsBus({ servers: [process.argv[2] ?? ''], log })
const host = runPlugin(classifier, {
  bus,
  tenant: 'default',
  clock: systemClock,
  log,
  newId: randomUUID,
})
await host.ready
process.stdout.write('ready\n')
