import type { z } from 'zod'
import type { Bus } from '../bus/bus.ts'
import { createMemoryBus } from '../bus/memory/memory.ts'
import type { CommandInput, CommandName, CommandOutput } from '../catalogue/commands/commands.ts'
import type { EventType } from '../catalogue/events/events.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Reply } from '../catalogue/refusals.ts'
import { deadLetterStream, eventStream } from '../catalogue/subjects.ts'
import { SwitchyardError } from '../errors.ts'
import type { DeadLetter } from '../plugin/dead-letter.ts'
import type { Plugin } from '../plugin/definition.ts'
import { createPluginCommands } from '../plugin/event-commands.ts'
import { type HostHealth, type PluginHost, runPlugin } from '../plugin/host.ts'
import { decodeKey } from '../plugin/key-text.ts'
import { createPlainMetrics, type PlainFigure } from '../plugin/plugin-metrics.ts'
import { storeName } from '../plugin/plugin-stores.ts'
import type { PublishedSchemas } from '../plugin/published.ts'
import { createCommandScript, type RecordedCommand } from './command-script.ts'
import { createCounter } from './counter.ts'
import { type CallFacts, type GivenCall, giveCall } from './given-call.ts'
import { createEventSource, type EventChanges, type GivenEvent } from './given-events.ts'
import { ManualClock, settle } from './manual-clock.ts'
import { createMortal, type Mortal } from './mortal.ts'
import { type RecordedPublication, recordPublished } from './recorded-publications.ts'
import { type LoggedLine, recordingLogger } from './recording-logger.ts'

interface Replica {
  readonly host: PluginHost
  readonly mortal: Mortal
}

/** How a plugin is started for a test. */
export interface PluginWorldOptions {
  /** @default 'acme' */
  readonly tenant?: string
  /** How many replicas run, on one bus. @default 1 */
  readonly replicas?: number
  /** What `context.random()` gives. @default always 0.5 */
  readonly random?: () => number
}

/** A plugin that runs, on a bus in memory, in a time that the test moves, with an engine that is played. */
export interface PluginWorld {
  readonly clock: ManualClock
  /** What was logged. */
  readonly logged: readonly LoggedLine[]
  /** Commands of the catalogue that were carried out, in order. */
  readonly commands: readonly RecordedCommand[]
  /** Events of the plugin's own that the stream of events keeps, in order. */
  readonly published: readonly RecordedPublication[]
  /** Publishes an event: its example in docs/events.md with `changes`. Resolves when the plugin rests. */
  givenEvent<T extends EventType>(type: T, changes?: EventChanges<T>): Promise<GivenEvent>
  /** Publishes what only a newer engine would: another type, or fields of its own. */
  givenNewerEvent(type: string, data: Readonly<Record<string, unknown>>): Promise<void>
  /** Lets a call arrive and wait. */
  givenCall(facts?: CallFacts): Promise<GivenCall>
  /** Publishes an event of before again, as the stream may after an outage. */
  redeliver(event: GivenEvent): Promise<void>
  /** Says how the engine answers a command from now on; until then it is the example of docs/commands.md. */
  answerCommand<N extends CommandName>(
    name: N,
    answer: (input: CommandInput<N>) => Promise<Reply<CommandOutput<N>>> | Reply<CommandOutput<N>>,
  ): void
  /** Gives a command of the catalogue, as anybody might: for those the plugin serves. */
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<Reply<CommandOutput<N>>>
  /** Gives a command of the plugin's own. */
  own(
    command: string,
    input?: Readonly<Record<string, unknown>>,
  ): Promise<Reply<Readonly<Record<string, unknown>>>>
  /** Everything the plugin keeps, by `STORE/KEY`. */
  keptEverywhere(): Promise<Readonly<Record<string, unknown>>>
  /** What the plugin keeps in one of its stores, by key. */
  kept(store: string): Promise<Readonly<Record<string, unknown>>>
  /** Events that went to the dead letters. */
  deadLetters(): readonly DeadLetter[]
  /** What the plugin and its host count. */
  figures(): readonly PlainFigure[]
  /** Moves time on, running what falls due, each at its own instant. */
  advance(ms: DurationMs): Promise<void>
  /** Takes the broker away, or brings it back. */
  setConnected(isConnected: boolean): Promise<void>
  /** Refuses what the plugin publishes, as a broker that is away for it alone does, or takes it again. */
  setPublishing(isTaken: boolean): Promise<void>
  /** Takes the engine away, or brings one back that remembers nothing. */
  setEngine(isThere: boolean): Promise<void>
  health(replica?: number): HostHealth
  /** Stops every replica and starts as many anew, on what they kept. */
  restart(): Promise<void>
  /** Kills every replica, with what it has in hand, and starts as many anew. */
  crash(): Promise<void>
  /**
   * Kills the first replica when it has done so many more operations of its bus, before it sees
   * the last one's result; another takes its place.
   */
  crashAfter(operations: number): void
  stop(): Promise<void>
}

/**
 * Starts a plugin in memory for its tests. Resolves when it runs.
 *
 * @param options the plugin's options, unchecked as in the configuration file
 * @throws SwitchyardError SY_PLUGIN_INVALID when they cannot be used; what `setup` threw
 */
export async function startPlugin<
  O extends z.ZodType,
  S,
  I extends Record<string, z.ZodType>,
  P extends PublishedSchemas,
>(
  plugin: Plugin<O, S, I, P>,
  options: unknown = {},
  { tenant = 'acme', replicas = 1, random = () => 0.5 }: PluginWorldOptions = {},
): Promise<PluginWorld> {
  // What a plugin's parts are typed as is nothing to the host, which checks it.
  const anyPlugin = plugin as unknown as Plugin
  const clock = new ManualClock()
  const log = recordingLogger()
  const metrics = createPlainMetrics()
  const bus = createMemoryBus({ clock, log })
  const source = createEventSource(bus, tenant, clock)
  const client = createPluginCommands(bus, tenant, 'test')
  const script = createCommandScript(
    bus,
    tenant,
    { clock, log },
    Object.keys(anyPlugin.serves ?? {}),
  )
  const letters: DeadLetter[] = []
  let replicasNow: Replica[] = []
  let isPublishingTaken = true
  const nextCall = createCounter()
  const nextInstance = createCounter()

  await bus.ensureStream(eventStream)
  await bus.ensureStream({ ...deadLetterStream })
  await bus.consume({ stream: deadLetterStream.name, durable: 'test' }, (message) => {
    letters.push(JSON.parse(Buffer.from(message.data).toString()))
    message.ack()
  })
  await script.start()
  const published = await recordPublished(bus, tenant, plugin.name)

  const lentBus: Bus = {
    ...bus,
    get isConnected() {
      return bus.isConnected
    },
    async publish(messages) {
      const isOwn = messages.some(({ subject }) =>
        subject.startsWith(`switchyard.${tenant}.event.`),
      )
      if (isOwn && !isPublishingTaken) {
        throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the stream did not acknowledge')
      }
      return await bus.publish(messages)
    },
  }

  function start(): Replica {
    const newId = () => `${plugin.name}-${nextInstance()}`
    const mortal = createMortal(lentBus, clock)
    const world = { bus: mortal.bus, clock: mortal.clock }
    return {
      mortal,
      host: runPlugin(anyPlugin, { ...world, tenant, options, log, metrics, random, newId }),
    }
  }

  async function startAll(): Promise<void> {
    replicasNow = Array.from({ length: replicas }, start)
    await patiently(Promise.all(replicasNow.map(({ host }) => host.ready)))
  }

  async function stopAll(): Promise<void> {
    await patiently(Promise.all(replicasNow.map(({ host }) => host.stop())))
  }

  /** Lets time pass for as long as something waits for it, up to its own limit. */
  async function patiently(work: Promise<unknown>): Promise<void> {
    const state = { isDone: false }
    const done = () => {
      state.isDone = true
    }
    work.then(done, done)
    await settle()
    for (let seconds = 0; seconds < 60 && !state.isDone; seconds += 1) {
      await clock.pass(1_000)
    }
    await work
  }

  /** Resolves when nothing goes on that does not wait for the clock or for the test. */
  async function rest(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      await settle()
      if (replicasNow.every(({ host }) => host.inHand === 0)) {
        return
      }
    }
  }

  async function resting<T>(answer: Promise<T>): Promise<T> {
    const result = await answer
    await rest()
    return result
  }

  const world: PluginWorld = {
    clock,
    logged: log.lines,
    commands: script.recorded,
    published,
    givenEvent: (type, changes = {}) => resting(source.publish(type, changes)),
    givenNewerEvent: (type, data) => resting(source.publishNewer(type, data)),
    givenCall: (facts = {}) => giveCall(world, facts, nextCall()),
    redeliver: (event) => resting(source.again(event)),
    answerCommand: (name, answer) => script.answer(name, answer),
    command: (name, input) => resting(client.command(name, input)),
    own: (command, input = {}) => resting(client.toPlugin(plugin.name, command, input)),
    async kept(store) {
      const all = await readKept(bus, storeName(tenant, plugin.name))
      return Object.fromEntries(
        all.flatMap(([name, key, value]) => (name === store ? [[key, value]] : [])),
      )
    },
    async keptEverywhere() {
      const all = await readKept(bus, storeName(tenant, plugin.name))
      return Object.fromEntries(all.map(([name, key, value]) => [`${name}/${key}`, value]))
    },
    deadLetters: () => letters,
    figures: () => metrics.figures(),
    async advance(ms) {
      await clock.pass(ms)
      await rest()
    },
    async setConnected(isConnected) {
      bus.setConnected(isConnected)
      await rest()
    },
    async setPublishing(isTaken) {
      isPublishingTaken = isTaken
      await rest()
    },
    async setEngine(isThere) {
      await (isThere ? script.start() : script.stop())
      await rest()
    },
    health(replica = 0) {
      const one = replicasNow[replica]
      if (one === undefined) {
        throw new RangeError(`there is no replica ${replica}`)
      }
      return one.host.health()
    },
    async restart() {
      await stopAll()
      await startAll()
      await rest()
    },
    async crash() {
      for (const { mortal } of replicasNow) {
        mortal.kill()
      }
      await startAll()
      await rest()
    },
    crashAfter(operations) {
      const [first] = replicasNow
      first?.mortal.killAfter(operations, () => {
        replicasNow[0] = start()
      })
    },
    stop: stopAll,
  }
  await startAll()
  return world
}

/** Store, key and value of everything in a plugin's bucket, in order of the keys. */
async function readKept(bus: Bus, bucket: string): Promise<(readonly [string, string, unknown])[]> {
  const store = await bus.kv(bucket)
  const keys = (await store.keys()).toSorted()
  const entries = await Promise.all(keys.map((key) => store.get(key)))
  return entries.flatMap((entry) => {
    if (entry === undefined) {
      return []
    }
    const [name = '', key = ''] = entry.key.split('.')
    const value: unknown = JSON.parse(Buffer.from(entry.value).toString())
    return [[decodeKey(name), decodeKey(key), value] as const]
  })
}
