import type { z } from 'zod'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Reply } from '../catalogue/refusals.ts'
import type { Clock } from '../clock.ts'
import type { CommandClient, CommandOptions } from '../commands/client.ts'
import type { Logger } from '../log.ts'
import type { PluginKv } from './plugin-kv.ts'
import type { PluginMetrics } from './plugin-metrics.ts'
import type { Publish, PublishedSchemas } from './published.ts'

/** Gives commands: those of the catalogue, and those of other plugins. */
export interface PluginCommandClient extends CommandClient {
  /** Gives a command of a plugin's own. The answer's shape is for that plugin's documentation to say. */
  toPlugin(
    plugin: string,
    command: string,
    input: Readonly<Record<string, unknown>>,
    options?: CommandOptions,
  ): Promise<Reply<Readonly<Record<string, unknown>>>>
}

/** What the host lends a plugin. Nothing else of the engine is reachable. */
export interface PluginContext<
  Options = unknown,
  Published extends PublishedSchemas = PublishedSchemas,
> {
  readonly tenant: string
  readonly plugin: string
  /** Tells this replica from the others. */
  readonly instance: string
  readonly options: Options
  /** The only source of time, so that a test can hold it. */
  readonly clock: Clock
  /** Never a secret, a caller's number or name. */
  readonly log: Logger
  /** Counters and histograms, shown with the host's own. */
  readonly metrics: PluginMetrics
  readonly commands: PluginCommandClient
  /** Publishes an event of the plugin's own, one that `publishes` names. Not for `setup`: there may be no stream yet. */
  readonly publish: Publish<Published>
  /** In [0, 1). */
  random(): number
  /**
   * A store of the plugin's own, shared by its replicas.
   *
   * @param name one of several; any text
   * @param schema what its values are
   */
  kv<T>(name: string, schema: z.ZodType<T>): PluginKv<T>
  /**
   * Runs something again and again until the plugin stops: `intervalMs` after the
   * end of the run before. A fault is logged and counted, and the next run comes.
   */
  every(name: string, intervalMs: DurationMs, run: () => Promise<void> | void): void
  /**
   * Tells the plugin's health: a fault makes it not ready until the same part is
   * reported without one.
   *
   * @param fault what is wrong, for people; undefined when all is well
   */
  reportHealth(part: string, fault: string | undefined): void
}

/** What a handler of an event is lent. */
export interface EventContext<
  Options = unknown,
  State = unknown,
  Published extends PublishedSchemas = PublishedSchemas,
> extends PluginContext<Options, Published> {
  readonly state: State
  /**
   * Bound to the event: each command has an id made from the event and the
   * command's turn in the handler, so that a handler that runs again after a
   * crash repeats its commands without effect. Refused once the handler's time is up.
   */
  readonly commands: PluginCommandClient
  /** Refused once the handler's time is up. */
  readonly publish: Publish<Published>
  /** Aborted when the handler's time is up. */
  readonly signal: AbortSignal
}
