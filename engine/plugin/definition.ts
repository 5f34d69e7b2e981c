import { z } from 'zod'
import type { CommandInput, CommandName, CommandOutput } from '../catalogue/commands/commands.ts'
import { commandSchemas } from '../catalogue/commands/commands.ts'
import { type EventData, type EventType, eventSchemas } from '../catalogue/events/events.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Reply } from '../catalogue/refusals.ts'
import type { CommandContext } from '../commands/door.ts'
import { describeShapeFaults } from '../commands/shape-faults.ts'
import { SwitchyardError } from '../errors.ts'
import type { EventContext, PluginContext } from './context.ts'
import { isEngineNoun, type PublishedSchemas, publishedFault } from './published.ts'

/** Raised when a part of the SDK changes shape. A plugin made for another is refused. */
export const PLUGIN_API = 1

/** An event as a handler is given it. */
export interface PluginEvent<T extends EventType = EventType> {
  /** The same event always has the same. */
  readonly id: string
  readonly type: T
  readonly tenant: string
  /** The call or the agent it is about. */
  readonly subject: string
  /** Position among the events of `subject`, from 1. */
  readonly sequence: number
  readonly at: EpochMs
  readonly data: EventData<T>
  /** Which try this is, from 1. */
  readonly attempt: number
}

/**
 * Handles an event. When it resolves, the event is done with, for all replicas;
 * when it throws, the event comes again after a pause, and in the end goes to
 * the dead letters.
 */
export type EventHandler<T extends EventType, Context> = (
  event: PluginEvent<T>,
  context: Context,
) => Promise<void> | void

/** How events are read and repeated. */
export interface DeliveryOptions {
  /** Where a plugin that never ran begins: with the next event, or the oldest the stream keeps. @default 'next' */
  readonly from?: 'oldest' | 'next'
  /** How long a handler may take for one event. @default 10,000 */
  readonly timeoutMs?: DurationMs
  /** How often an event is tried whose handler throws. @default 5 */
  readonly tries?: number
  /** The pause after the first failure; it doubles with each, up to a minute. @default 1,000 */
  readonly backoffMs?: DurationMs
  /** How old an event may get while the broker or the engine is away, before it is given up. @default 1 hour */
  readonly patienceMs?: DurationMs
  /** How long after a replica's death the events it had in hand go to another. @default 30,000 */
  readonly takeoverMs?: DurationMs
  /** Events in hand at a time, all replicas together. @default 64 */
  readonly concurrency?: number
  /**
   * Whether an event that was handled is remembered, so that a redelivery, or
   * another replica, does not handle it again. Costs two writes an event;
   * switch it off only where handling twice is the same as once. @default true
   */
  readonly isOnce?: boolean
}

/** A command of the plugin's own. */
export interface PluginCommand<Input extends z.ZodType, Context> {
  readonly description: string
  readonly input: Input
  /** Carries it out. Answers `{ ok: true, ... }`, or a refusal. */
  handle(
    input: z.output<Input>,
    context: Context & CommandContext,
  ): Promise<Reply<object>> | Reply<object>
}

/** A plugin: what it needs, hears, answers and does. Made by {@link definePlugin}. */
export interface Plugin<
  Options extends z.ZodType = z.ZodType,
  State = unknown,
  Inputs extends Record<string, z.ZodType> = Record<string, z.ZodType>,
  Published extends PublishedSchemas = PublishedSchemas,
> {
  /** Unique in a tenant; lower-case words joined by `-`, at most 40 characters; no noun of the engine's events. */
  readonly name: string
  readonly api: typeof PLUGIN_API
  /** Semantic version, shown by `nats micro ls`. @default '1.0.0' */
  readonly version?: string
  readonly description?: string
  /** Checks the plugin's part of the configuration; describe each key with `.describe()`. */
  readonly options: Options
  readonly delivery?: DeliveryOptions
  /**
   * Events of its own, by `NAME.pastTense`: what `context.publish` takes. Describe each, and each
   * field, with `.describe()`; `tenant` and `at` are added. Write it before the handlers.
   */
  readonly publishes?: Published
  /** Runs once, before the first event; what it returns is `context.state`. Write it before the handlers. */
  readonly setup?: (context: PluginContext<z.output<Options>, Published>) => Promise<State> | State
  /** One handler for each type of event it wants to hear. */
  readonly events?: {
    readonly [T in EventType]?: EventHandler<T, EventContext<z.output<Options>, State, Published>>
  }
  /** Commands of its own, by one word each, for people and other plugins. */
  readonly commands?: {
    readonly [K in keyof Inputs]: PluginCommand<
      Inputs[K],
      PluginContext<z.output<Options>, Published> & { readonly state: State }
    >
  }
  /** Commands of the catalogue that this plugin carries out for everybody, like `callback.enqueue`. */
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
 * Defines a plugin. Returns it as it is: types are inferred, and what no plugin
 * can be is refused here rather than at its start.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID saying what is wrong and how to mend it
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
 * Refuses what is no plugin of this version of the SDK.
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
    throw invalid('a plugin has a name: lower-case words joined by "-", at most 40 characters')
  }
  if (isEngineNoun(name)) {
    throw invalid(`${name}: events called ${name} are the engine's own; name the plugin otherwise`)
  }
  if (api !== PLUGIN_API) {
    throw invalid(`${name}: made for another version of the SDK; this one needs api: ${PLUGIN_API}`)
  }
  if (typeof options?.safeParse !== 'function') {
    throw invalid(`${name}: options is a zod schema; z.strictObject({}) when there are none`)
  }
  checkKeys(name, 'events', Object.keys(events), (type) => Object.hasOwn(eventSchemas, type))
  checkKeys(name, 'serves', Object.keys(serves), (type) => Object.hasOwn(commandSchemas, type))
  checkKeys(name, 'commands', Object.keys(commands), (word) => commandPattern.test(word))
  for (const [type, schema] of Object.entries(publishes)) {
    const fault = publishedFault(name, type, schema)
    if (fault !== undefined) {
      throw invalid(`${name}: publishes.${type}: such an event ${fault}`)
    }
  }
}

/**
 * Checks the options of a plugin, and fills in their defaults.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming each key that is wrong, and no value
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
 * What is wrong with the options of a plugin, key by key, with no value in them;
 * empty when nothing is.
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

/** One thing wrong with the options of a plugin. */
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
