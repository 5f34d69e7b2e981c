import t from 'tap'
import { pluginContract, startPlugin } from '../../engine/testing/index.ts'
import { createSkillPlugin } from './index.ts'

const files = {
  stamp: async () => {
    throw Object.assign(new Error('x'), { code: 'ENOENT' })
  },
  read: async () => Buffer.from(''),
}
const plugin = createSkillPlugin({ fetch: async () => new Response('{}'), files, environment: {} })
const options = {
  rules: [
    { when: { dialled: '0800100200' }, requires: { english: 4 }, priority: 5 },
    { when: { choice: 1 }, priority: 3 },
  ],
  lastAgent: { hold: '15s' },
}
t.test('contract', async (t) => {
  pluginContract(t, plugin, {
    options,
    badOptions: [{ options: { rules: [{ priority: 'x' }] }, names: 'priority' }],
  })
})
t.test('smoke', async (t) => {
  const world = await startPlugin(plugin, options)
  t.teardown(() => world.stop())
  const call = await world.givenCall({ callerNumber: '+49301' })
  await call.isAnsweredBy('ann')
  await call.isCompleted()
  await world.givenCall({ callerNumber: '+49301' })
  console.error(JSON.stringify(world.commands), await world.keptEverywhere(), world.figures())
})
