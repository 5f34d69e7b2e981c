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
import { type CallDetails, type GivenCall, giveCall } from './given-call.ts'
import { createEventSource, type EventChanges, type GivenEvent } from './given-events.ts'
import { ManualClock, settle } from './manual-clock.ts'
import { createMortal, type Mortal } from './mortal.ts'
import { type RecordedPublication, recordPublished } from './recorded-publications.ts'
import { type LoggedLine, recordingLogger } from './recording-logger.ts'

interface Replica {
  readonly host: PluginHost
  readonly mortal: Mortal
}

/** Options of {@link startPlugin}. */
export interface PluginWorldOptions {
  /** @default 'acme' */
  readonly tenant?: string
  /** How many replicas run on one bus. @default 1 */
  readonly replicas?: number
  /** What `context.random()` returns. @default always 0.5 */
  readonly random?: () => number
}

/** A running plugin on a bus in memory, on a clock that the test controls, with a simulated engine. */
export interface PluginWorld {
  readonly clock: ManualClock
  /** The lines that were logged. */
  readonly logged: readonly LoggedLine[]
  /** Commands of the catalogue that were carried out, in order. */
  readonly commands: readonly RecordedCommand[]
  /** Events of the plugin's own that the stream of events keeps, in order. */
  readonly published: readonly RecordedPublication[]
  /** Publishes an event: its example in docs/events.md with `changes`. Resolves when the plugin is idle. */
  givenEvent<T extends EventType>(type: T, changes?: EventChanges<T>): Promise<GivenEvent>
  /** Publishes what only a newer engine would: an unknown type, or unknown fields. */
  givenNewerEvent(type: string, data: Readonly<Record<string, unknown>>): Promise<void>
  /** Publishes the events of a call that arrives and waits. */
  givenCall(details?: CallDetails): Promise<GivenCall>
  /** Publishes an earlier event again, as may happen after an outage. */
  redeliver(event: GivenEvent): Promise<void>
  /** Sets the engine's answer to a command from now on; the default is the example in docs/commands.md. */
  answerCommand<N extends CommandName>(
    name: N,
    answer: (input: CommandInput<N>) => Promise<Reply<CommandOutput<N>>> | Reply<CommandOutput<N>>,
  ): void
  /** Gives a command of the catalogue, for those that the plugin serves. */
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<Reply<CommandOutput<N>>>
  /** Gives one of the plugin's own commands. */
  own(
    command: string,
    input?: Readonly<Record<string, unknown>>,
  ): Promise<Reply<Readonly<Record<string, unknown>>>>
  /** All stored values of the plugin, by `STORE/KEY`. */
  keptEverywhere(): Promise<Readonly<Record<string, unknown>>>
  /** The values in one of the plugin's stores, by key. */
  kept(store: string): Promise<Readonly<Record<string, unknown>>>
  /** Events that went to the dead letters. */
  deadLetters(): readonly DeadLetter[]
  /** The metrics of the plugin and its host. */
  figures(): readonly PlainFigure[]
  /** Advances time, running each timer at its own time. */
  advance(ms: DurationMs): Promise<void>
  /** Makes the broker unreachable, or reachable again. */
  setConnected(isConnected: boolean): Promise<void>
  /** Makes the stream reject what the plugin publishes, or accept it again. Other traffic is not affected. */
  setPublishing(isTaken: boolean): Promise<void>
  /** Makes the engine unreachable, or starts one that remembers nothing. */
  setEngine(isThere: boolean): Promise<void>
  health(replica?: number): HostHealth
  /** Stops every replica and starts as many new ones, with the stored values. */
  restart(): Promise<void>
  /** Kills every replica with its work in progress, and starts as many new ones. */
  crash(): Promise<void>
  /**
   * Kills the first replica after this many more operations on its bus, before it sees the result
   * of the last one; a new replica takes its place.
   */
  crashAfter(operations: number): void
  stop(): Promise<void>
}

/**
 * Starts a plugin in memory for its tests. Resolves when it is running.
 *
 * @param options the plugin's options, as in the configuration file; the host validates them
 * @throws SwitchyardError SY_PLUGIN_INVALID when they are not valid; whatever `setup` throws
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
  // The host checks the parts of a plugin at run time, whatever their types.
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

  /** Advances time for as long as `work` waits for it, up to a limit. */
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

  /** Resolves when all remaining work waits for the clock or for the test. */
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
    givenCall: (details = {}) => giveCall(world, details, nextCall()),
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

/** Store, key and value of each entry in a plugin's bucket, sorted by key. */
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
