import t, { type Test } from 'tap'
import type { PluginWorld } from '../../engine/testing/index.ts'
import { createFixture, figure } from './fixture.ts'

const options = { agents: { ann: { english: 5 }, bob: { german: 3 } } }

/** An engine that knows agents, and what it was told of them. */
async function startWithEngine(t: Test, given: unknown = options, replicas = 1) {
  const known = new Map<string, Readonly<Record<string, number>>>([
    ['ann', {}],
    ['bob', { german: 3 }],
  ])
  const world = await createFixture().start(t, given, replicas)
  const play = (world: PluginWorld) => {
    world.answerCommand('agent.list', () => ({
      ok: true,
      agents: [...known].map(([agent, skills]) => ({
        agent,
        status: 'available',
        state: 'idle',
        queues: [],
        skills,
      })),
    }))
    world.answerCommand('agent.setSkills', ({ agent, skills }) => {
      if (!known.has(agent)) {
        const error = { code: 'agentUnknown', message: 'no such agent', retryable: false }
        return { ok: false, error }
      }
      known.set(agent, skills)
      return { ok: true }
    })
  }
  play(world)
  await world.advance(10_000)
  return { world, known, told: () => Object.fromEntries(known) }
}

const pushes = (world: PluginWorld) =>
  world.commands.flatMap(({ name, input }) => (name === 'agent.setSkills' ? [input] : []))

t.test('only differing skills are sent to the engine', async (t) => {
  const { world, told } = await startWithEngine(t)
  t.same(told(), { ann: { english: 5 }, bob: { german: 3 } })
  await world.advance(60_000)
  t.equal(pushes(world).filter(({ agent }) => agent === 'bob').length, 0)
  t.equal(pushes(world).filter(({ agent }) => agent === 'ann').length, 1)
  t.equal(figure(world, 'switchyard_skill_pushes_total', { outcome: 'ok' }), 1)
})

t.test('skills are sent again to an engine that was unreachable or restarted', async (t) => {
  const { world, known, told } = await startWithEngine(t)
  await world.setEngine(false)
  await world.advance(30_000)
  known.set('ann', { english: 1 }).set('bob', {})
  await world.setEngine(true)
  await world.advance(10_000)
  t.same(told(), { ann: { english: 5 }, bob: { german: 3 } })
})

t.test('the skills of an agent who comes on duty are sent at once', async (t) => {
  const { world } = await startWithEngine(t)
  const before = pushes(world).length
  await world.advance(60_000)
  const on = { state: 'idle', previous: 'off' } as const
  const { length } = pushes(world)
  t.equal(length, before)
  await world.givenEvent('agent.stateChanged', { agent: 'bob', ...on })
  t.same(pushes(world).slice(before), [{ agent: 'bob', skills: { german: 3 } }])
  await world.givenEvent('agent.stateChanged', { agent: 'eve', ...on })
  await world.givenEvent('agent.stateChanged', { agent: 'ann', state: 'idle', previous: 'talking' })
  t.equal(pushes(world).length, before + 1)
})

t.test('a command changes skills at run time, overrides the options, and persists', async (t) => {
  const { world, told } = await startWithEngine(t)
  const set = { agent: 'ann', skills: { english: 2, french: 4 } }
  t.same(await world.own('setSkills', set), {
    ok: true,
    ...set,
    from: 'command',
    version: 1,
    isApplied: true,
  })
  t.same(told()['ann'], { english: 2, french: 4 })
  await world.restart()
  await world.advance(60_000)
  t.same(told()['ann'], { english: 2, french: 4 })
  t.same(await world.own('getSkills'), {
    ok: true,
    agents: [
      { agent: 'ann', skills: { english: 2, french: 4 }, from: 'command', version: 1 },
      { agent: 'bob', skills: { german: 3 }, from: 'options', version: 0 },
    ],
  })
  t.same(await world.own('resetSkills', { agent: 'ann' }), {
    ok: true,
    agent: 'ann',
    skills: { english: 5 },
    from: 'options',
    version: 2,
    isApplied: true,
  })
  t.same(told()['ann'], { english: 5 })
  t.match(await world.own('resetSkills', { agent: 'ann' }), { version: 2 }, 'nothing to reset')
})

t.test('changing back and forth within a minute takes effect each time', async (t) => {
  const { world, told } = await startWithEngine(t)
  for (const english of [1, 2, 1, 2, 1]) {
    await world.own('setSkills', { agent: 'ann', skills: { english } })
    t.same(told()['ann'], { english })
  }
})

t.test(
  'skills of agents not in the options, or unknown to the engine, are stored and sent',
  async (t) => {
    const { world, known, told } = await startWithEngine(t)
    const set = { agent: 'eve', skills: { english: 1 } }
    t.match(await world.own('setSkills', set), { ok: true, isApplied: false, version: 1 })
    await world.advance(30_000)
    const warnings = world.logged.filter(({ fields }) => `${fields['agents']}` === 'eve')
    t.match(warnings, [{ level: 'warn' }], 'once')
    known.set('eve', {})
    await world.advance(60_000)
    t.same(told()['eve'], { english: 1 })
    t.match(await world.own('resetSkills', { agent: 'eve' }), { from: 'nobody', isApplied: false })
    t.same(await world.own('getSkills', { agent: 'dan' }), {
      ok: true,
      agents: [{ agent: 'dan', from: 'nobody', version: 0 }],
    })
  },
)

t.test('of two conflicting changes, the later one is told of the conflict', async (t) => {
  const { world } = await startWithEngine(t)
  const change = (english: number, ifVersion: number) =>
    world.own('setSkills', { agent: 'ann', skills: { english }, ifVersion })
  const replies = await Promise.all([change(1, 0), change(2, 0)])
  t.same(replies.map(({ ok }) => ok).toSorted(), [false, true])
  t.match(
    replies.find(({ ok }) => !ok),
    { error: { code: 'invalid', message: 'ifVersion: the current version is 1' } },
  )
  t.match(await change(3, 1), { ok: true, version: 2 })
})

t.test('invalid skills are refused', async (t) => {
  const { world } = await startWithEngine(t)
  t.match(await world.own('setSkills', { agent: 'ann', skills: { english: 6 } }), {
    error: { code: 'invalid', message: /^skills\.english: / },
  })
  t.same(await world.kept('skills'), {})
})

t.test('two replicas agree, and the engine receives an update once', async (t) => {
  const { world, told } = await startWithEngine(t, options, 2)
  t.equal(pushes(world).length, 1)
  for (const english of [1, 2, 3]) {
    await world.own('setSkills', { agent: 'ann', skills: { english } })
  }
  t.equal(pushes(world).length, 4)
  t.same(told()['ann'], { english: 3 })
  const answers = [await world.own('getSkills'), await world.own('getSkills')]
  t.same(answers[0], answers[1])
})

t.test('without any skills the engine is not queried', async (t) => {
  const { world } = await startWithEngine(t, {})
  await world.advance(60_000)
  t.same(world.commands, [])
})
