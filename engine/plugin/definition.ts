import { z } from 'zod'
import type { CommandInput, CommandName, CommandOutput } from '../catalogue/commands/commands.ts'
import { commandSchemas } from '../catalogue/commands/commands.ts'
import { type EventData, type EventType, eventSchemas } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Reply } from '../catalogue/refusals.ts'
import type { CommandContext } from '../commands/command-endpoint.ts'
import { describeShapeFaults } from '../commands/shape-faults.ts'
import { SwitchyardError } from '../errors.ts'
import type { EventContext, PluginContext } from './context.ts'
import { isEngineNoun, type PublishedSchemas, publishedFault } from './published.ts'

/** Version of the SDK; raised by incompatible changes. A plugin made for another version is refused. */
export const PLUGIN_API = 1

/** An event as a handler receives it. */
export interface PluginEvent<T extends EventType = EventType> {
  /** Stays the same when the event is redelivered. */
  readonly id: string
  readonly type: T
  readonly tenant: string
  /** The call or the agent it is about. */
  readonly subject: string
  /** Position among the events of `subject`, from 1. */
  readonly sequence: number
  readonly at: EpochMs
  readonly data: EventData<T>
  /** Counts the tries, from 1. */
  readonly attempt: number
}

/**
 * Handles an event. When it resolves, the event is done for all replicas. When it
 * throws, the event is redelivered after a pause, and is dead-lettered in the end.
 */
export type EventHandler<T extends EventType, Context> = (
  event: PluginEvent<T>,
  context: Context,
) => Promise<void> | void

/** How events are delivered and retried. */
export interface DeliveryOptions {
  /** Where a plugin begins that has never run: with the next event, or the oldest one in the stream. @default 'next' */
  readonly from?: 'oldest' | 'next'
  /** Time limit of a handler for one event. @default 10,000 */
  readonly timeoutMs?: DurationMs
  /** How often an event is tried while its handler throws. @default 5 */
  readonly tries?: number
  /** The pause after the first failure; it doubles with each, up to a minute. @default 1,000 */
  readonly backoffMs?: DurationMs
  /** How old an event may get while the broker or the engine is unreachable, before it is dead-lettered. @default 1 hour */
  readonly patienceMs?: DurationMs
  /** How long after a replica's death its unacknowledged events go to another one. @default 30,000 */
  readonly takeoverMs?: DurationMs
  /** Unacknowledged events at a time, across all replicas. @default 64 */
  readonly concurrency?: number
  /**
   * Whether handled events are remembered, so that a redelivery or another replica
   * does not handle them again. Costs two writes per event. Switch it off only where
   * handling an event twice has the same effect as once. @default true
   */
  readonly isOnce?: boolean
}

/** A command of the plugin's own. */
export interface PluginCommand<Input extends z.ZodType, Context> {
  readonly description: string
  readonly input: Input
  /** Carries the command out. Returns `{ ok: true, ... }` or a refusal. */
  handle(
    input: z.output<Input>,
    context: Context & CommandContext,
  ): Promise<Reply<object>> | Reply<object>
}

/** A plugin: its options, its state, and the events and commands it handles. Made by {@link definePlugin}. */
export interface Plugin<
  Options extends z.ZodType = z.ZodType,
  State = unknown,
  Inputs extends Record<string, z.ZodType> = Record<string, z.ZodType>,
  Published extends PublishedSchemas = PublishedSchemas,
> {
  /** Unique in a tenant; lower-case words joined by `-`, at most 40 characters; not a noun that the engine's event types begin with. */
  readonly name: string
  readonly api: typeof PLUGIN_API
  /** Semantic version, shown by `nats micro ls`. @default '1.0.0' */
  readonly version?: string
  readonly description?: string
  /** Checks the plugin's part of the configuration; describe each key with `.describe()`. */
  readonly options: Options
  readonly delivery?: DeliveryOptions
  /**
   * Events that it publishes with `context.publish`, by type `NAME.pastTense`. Describe each event and
   * field with `.describe()`; `tenant` and `at` are added. Write it above the handlers.
   */
  readonly publishes?: Published
  /** Runs once, before the first event; its return value is `context.state`. Write it above the handlers. */
  readonly setup?: (context: PluginContext<z.output<Options>, Published>) => Promise<State> | State
  /** One handler per event type that it subscribes to. */
  readonly events?: {
    readonly [T in EventType]?: EventHandler<T, EventContext<z.output<Options>, State, Published>>
  }
  /** Commands of its own, named by one word each, for operators and other plugins. */
  readonly commands?: {
    readonly [K in keyof Inputs]: PluginCommand<
      Inputs[K],
      PluginContext<z.output<Options>, Published> & { readonly state: State }
    >
  }
  /** Commands of the catalogue that this plugin carries out for every client, like `callback.enqueue`. */
  readonly serves?: {
    readonly [N in CommandName]?: (
      input: CommandInput<N>,
      context: PluginContext<z.output<Options>, Published> & {
        readonly state: State
      } & CommandContext,
    ) => Promise<Reply<CommandOutput<N>>> | Reply<CommandOutput<N>>
  }
  /** Releases what `setup` acquired, after the last event. */
  readonly stop?: (
    context: PluginContext<z.output<Options>, Published> & { readonly state: State },
  ) => Promise<void> | void
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const commandPattern = /^[a-z][A-Za-z0-9]{0,39}$/

/**
 * Defines a plugin and returns it unchanged. Types are inferred, and an invalid
 * definition is refused here rather than at start-up.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID stating what is wrong and how to fix it
 */
export function definePlugin<
  Options extends z.ZodType,
  State = undefined,
  Inputs extends Record<string, z.ZodType> = Record<never, never>,
  Published extends PublishedSchemas = Record<never, never>,
>(plugin: Plugin<Options, State, Inputs, Published>): Plugin<Options, State, Inputs, Published> {
  checkPlugin(plugin)
  return plugin
}

/**
 * Refuses a value that is not a plugin for this version of the SDK.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID
 */
export function checkPlugin(value: unknown): asserts value is Plugin {
  const plugin = value as Partial<Plugin> | undefined | null
  const {
    name,
    api,
    options,
    events = {},
    commands = {},
    serves = {},
    publishes = {},
  } = plugin ?? {}
  if (typeof name !== 'string' || !namePattern.test(name) || name.length > 40) {
    throw invalid('a plugin needs a name: lower-case words joined by "-", at most 40 characters')
  }
  if (isEngineNoun(name)) {
    throw invalid(
      `${name}: event types beginning with ${name} are reserved for the engine; choose another name`,
    )
  }
  if (api !== PLUGIN_API) {
    throw invalid(
      `${name}: made for another version of the SDK; this version needs api: ${PLUGIN_API}`,
    )
  }
  if (typeof options?.safeParse !== 'function') {
    throw invalid(`${name}: options must be a zod schema; use z.strictObject({}) if there are none`)
  }
  checkKeys(name, 'events', Object.keys(events), (type) => Object.hasOwn(eventSchemas, type))
  checkKeys(name, 'serves', Object.keys(serves), (type) => Object.hasOwn(commandSchemas, type))
  checkKeys(name, 'commands', Object.keys(commands), (word) => commandPattern.test(word))
  for (const [type, schema] of Object.entries(publishes)) {
    const fault = publishedFault(name, type, schema)
    if (fault !== undefined) {
      throw invalid(`${name}: publishes.${type}: ${fault}`)
    }
  }
}

/**
 * Validates the options of a plugin and fills in their defaults.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming each invalid key, but no value
 */
export function parseOptions<Options extends z.ZodType>(
  plugin: { readonly name: string; readonly options: Options },
  raw: unknown,
): z.output<Options> {
  const result = plugin.options.safeParse(raw ?? {})
  if (!result.success) {
    const faults = describeShapeFaults(result.error, 'options')
    throw invalid(`${plugin.name}: its options cannot be used: ${faults}`)
  }
  return result.data
}

/**
 * Lists what is wrong with the options of a plugin, key by key, without quoting
 * any value; empty when they are valid.
 */
export function optionFaults(
  { options }: Pick<Plugin, 'options'>,
  raw: unknown,
): readonly OptionFault[] {
  const { error } = options.safeParse(raw ?? {})
  return (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    const text = describeShapeFaults(new z.ZodError([issue]), 'options')
    const fault = { path, message: text.slice(text.indexOf(': ') + 2) }
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], message: 'no such option' }))
      : [fault]
  })
}

/** One fault in the options of a plugin. */
export interface OptionFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

function checkKeys(
  plugin: string,
  part: string,
  keys: readonly string[],
  isKnown: (key: string) => boolean,
): void {
  for (const key of keys) {
    if (!isKnown(key)) {
      throw invalid(`${plugin}: ${part}.${key} is not known to this version of the SDK`)
    }
  }
}

function invalid(message: string): SwitchyardError {
  return new SwitchyardError('SY_PLUGIN_INVALID', message)
}
