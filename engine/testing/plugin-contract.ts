import type { Test } from 'tap'
import type { z } from 'zod'
import { isSwitchyardError } from '../errors.ts'
import type { Plugin } from '../plugin/definition.ts'
import type { PublishedSchemas } from '../plugin/published.ts'
import type { GivenEvent } from './given-events.ts'
import { type PluginWorld, type PluginWorldOptions, startPlugin } from './plugin-world.ts'

/** The crash is tried after 1, 2, ... up to this many operations, which covers one or two handlers. */
const maxCrashes = 24

/** What the contract needs to know about a plugin. */
export interface PluginUnderTest {
  /** Valid options. @default {} */
  readonly options?: Readonly<Record<string, unknown>>
  /** Invalid options, each with the key that the refusal must name. */
  readonly badOptions?: readonly {
    readonly options: Readonly<Record<string, unknown>>
    readonly names: string
  }[]
  /**
   * Publishes the events that the plugin is for, and returns them. It must do the
   * same each time.
   *
   * @default one call that is answered and ends, one that is abandoned, an agent who logs out
   */
  readonly story?: (world: PluginWorld) => Promise<readonly GivenEvent[]>
}

/**
 * Registers the contract of plugins as subtests of `t`: what an operator can
 * expect of every plugin.
 */
export function pluginContract<
  O extends z.ZodType,
  S,
  I extends Record<string, z.ZodType>,
  P extends PublishedSchemas,
>(
  t: Test,
  plugin: Plugin<O, S, I, P>,
  { options = {}, badOptions = [], story = defaultStory }: PluginUnderTest = {},
): void {
  const start = (t: Test, over: PluginWorldOptions = {}) => startFor(t, plugin, options, over)

  t.test('it starts without options, or reports which are missing', async (t) => {
    t.match(await refusalOf(plugin, {}), /^$|SY_PLUGIN_INVALID .*: its options cannot be used: \w+/)
    const world = await start(t)
    t.match(world.health(), { state: 'running', isReady: true, faults: {} })
  })

  t.test('options that are unknown or invalid are refused by name', async (t) => {
    const unknown = { options: { ...options, noSuchOption: 1 }, names: 'noSuchOption' }
    for (const bad of [unknown, ...badOptions]) {
      const refusal = await refusalOf(plugin, bad.options)
      t.match(refusal, 'SY_PLUGIN_INVALID')
      t.match(refusal, bad.names)
    }
  })

  t.test('it tolerates types and fields of a newer engine', async (t) => {
    const world = await start(t)
    await world.givenNewerEvent('call.teleported', { to: 'mars' })
    await world.givenNewerEvent('robot.stateChanged', { state: 'dreaming' })
    for (const { type, bytes } of await story(world)) {
      const { data } = JSON.parse(Buffer.from(bytes).toString())
      await world.givenNewerEvent(type, { ...data, colourOfTheSky: ['blue'] })
    }
    t.same(world.deadLetters(), [])
    t.match(world.health(), { isReady: true })
  })

  t.test('a redelivered event changes nothing', async (t) => {
    const world = await start(t)
    const events = await story(world)
    const before = await effects(world)
    for (const event of [...events, ...events.toReversed()]) {
      await world.redeliver(event)
    }
    t.same(await effects(world), before)
    await world.restart()
    for (const event of events) {
      await world.redeliver(event)
    }
    t.same(await effects(world), before)
  })

  t.test('two replicas together handle each event effectively once', async (t) => {
    const alone = await start(t)
    await story(alone)
    const pair = await start(t, { replicas: 2 })
    const events = await story(pair)
    t.same(await effects(pair), await effects(alone))
    for (const event of events) {
      await Promise.all([pair.redeliver(event), pair.redeliver(event)])
    }
    t.same(await effects(pair), await effects(alone))
  })

  t.test(
    'a crash at any point neither repeats nor loses a command or an event of its own',
    async (t) => {
      const undisturbed = await start(t)
      await story(undisturbed)
      for (let operations = 1; operations <= maxCrashes; operations += 1) {
        const world = await start(t)
        world.crashAfter(operations)
        await story(world)
        await world.advance(5 * 60_000)
        t.same(given(world), given(undisturbed), `after ${operations} operations`)
        t.same(world.deadLetters(), [])
      }
    },
  )

  t.test('it waits for an engine that is down', async (t) => {
    const undisturbed = await start(t)
    await story(undisturbed)
    const world = await start(t)
    await world.setEngine(false)
    await story(world)
    await world.setEngine(true)
    await world.advance(5 * 60_000)
    t.same(given(world), given(undisturbed))
    t.same(world.deadLetters(), [])
  })

  t.test('it loses no event of its own while the stream rejects them', async (t) => {
    const undisturbed = await start(t)
    await story(undisturbed)
    const world = await start(t)
    await world.setPublishing(false)
    await story(world)
    t.same(world.published, [])
    await world.setPublishing(true)
    await world.advance(5 * 60_000)
    t.same(given(world), given(undisturbed))
    t.same(world.deadLetters(), [])
  })

  t.test('it stops in time, with events in progress and an engine that hangs', async (t) => {
    const world = await start(t)
    world.answerCommand('call.classify', () => new Promise(() => {}))
    const telling = story(world)
    await world.stop()
    await telling
    t.equal(world.health().state, 'stopped')
  })

  t.test('events that its handlers cannot handle end in the dead letters', async (t) => {
    const types = Object.keys(plugin.events ?? {})
    const fail = () => {
      throw new TypeError('a fault of the handler')
    }
    const events = Object.fromEntries(types.map((type) => [type, fail]))
    const world = await startFor(t, { ...plugin, events }, options, {})
    const given = (await story(world)).filter(({ type }) => types.includes(type))
    await world.advance(60 * 60_000)
    t.same(
      world
        .deadLetters()
        .map(({ reason, fault, subject }) => `${reason} ${fault} ${subject}`)
        .toSorted(),
      given.map(({ subject }) => `failed TypeError ${subject}`).toSorted(),
    )
    t.match(world.health(), { state: 'running' })
  })
}

async function startFor<
  O extends z.ZodType,
  S,
  I extends Record<string, z.ZodType>,
  P extends PublishedSchemas,
>(
  t: Test,
  plugin: Plugin<O, S, I, P>,
  options: unknown,
  over: PluginWorldOptions,
): Promise<PluginWorld> {
  const world = await startPlugin(plugin, options, over)
  t.teardown(() => world.stop())
  return world
}

/** Why a plugin does not start with these options; empty if it starts. */
async function refusalOf<
  O extends z.ZodType,
  S,
  I extends Record<string, z.ZodType>,
  P extends PublishedSchemas,
>(plugin: Plugin<O, S, I, P>, options: unknown): Promise<string> {
  try {
    await (await startPlugin(plugin, options)).stop()
    return ''
  } catch (error) {
    return isSwitchyardError(error)
      ? `${error.code} ${error.message}`
      : `not ours: ${String(error)}`
  }
}

/** Everything that others see of a plugin, sorted, because replicas work in parallel. */
async function effects(world: PluginWorld) {
  const commands = world.commands.map(({ name, input, at }) => ({ name, input, at }))
  return {
    commands: inSomeOrder(commands),
    published: inSomeOrder(world.published),
    kept: await world.keptEverywhere(),
  }
}

/** The commands and events of a plugin without their times: being late is allowed. */
function given(world: PluginWorld) {
  const commands = world.commands.map(({ name, input }) => `${name} ${JSON.stringify(input)}`)
  // Without their data, which may contain how long something took.
  const published = world.published.map(({ type, id, subject }) => `${type} ${id} ${subject}`)
  return inSomeOrder([...commands, ...published])
}

function inSomeOrder<T>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

async function defaultStory(world: PluginWorld): Promise<readonly GivenEvent[]> {
  const answered = await world.givenCall({ callerName: 'Erika Mustermann' })
  const abandoned = await world.givenCall({ queue: 'service' })
  await world.advance(7_000)
  await answered.isAnsweredBy('ann')
  await world.advance(30_000)
  await abandoned.isAbandoned()
  await answered.isCompleted()
  const loggedOut = await world.givenEvent('agent.stateChanged', { agent: 'ann', state: 'off' })
  return [...answered.events, ...abandoned.events, loggedOut]
}
