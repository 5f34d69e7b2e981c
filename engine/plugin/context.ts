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
  /** Gives another plugin's own command. That plugin documents the shape of the reply. */
  toPlugin(
    plugin: string,
    command: string,
    input: Readonly<Record<string, unknown>>,
    options?: CommandOptions,
  ): Promise<Reply<Readonly<Record<string, unknown>>>>
}

/** What the host gives a plugin. Nothing else of the engine is reachable. */
export interface PluginContext<
  Options = unknown,
  Published extends PublishedSchemas = PublishedSchemas,
> {
  readonly tenant: string
  readonly plugin: string
  /** Identifies this replica. */
  readonly instance: string
  readonly options: Options
  /** The only source of time, so that a test can control it. */
  readonly clock: Clock
  /** Never log a secret, or a caller's number or name. */
  readonly log: Logger
  /** Counters, gauges and histograms, exposed together with the host's own. */
  readonly metrics: PluginMetrics
  readonly commands: PluginCommandClient
  /** Publishes one of the events declared in `publishes`. Not for use in `setup`: the stream may not exist yet. */
  readonly publish: Publish<Published>
  /** A random number in [0, 1). */
  random(): number
  /**
   * Opens a store that belongs to the plugin and is shared by its replicas.
   *
   * @param name tells the plugin's stores apart; any text
   * @param schema validates the values
   */
  kv<T>(name: string, schema: z.ZodType<T>): PluginKv<T>
  /**
   * Repeats `run` until the plugin stops, each time `intervalMs` after the previous
   * run has ended. If a run throws, that is logged and counted, and the next one follows.
   */
  every(name: string, intervalMs: DurationMs, run: () => Promise<void> | void): void
  /**
   * Reports the health of one part of the plugin. A fault makes the plugin not ready
   * until the same part is reported without one.
   *
   * @param fault what is wrong, for operators; undefined when nothing is
   */
  reportHealth(part: string, fault: string | undefined): void
}

/** What an event handler is given. */
export interface EventContext<
  Options = unknown,
  State = unknown,
  Published extends PublishedSchemas = PublishedSchemas,
> extends PluginContext<Options, Published> {
  readonly state: State
  /**
   * Bound to the event: each command has an id made from the event and its position
   * in the handler, so that the commands of a handler that runs again after a crash
   * have no second effect. Refused once the handler's time is up.
   */
  readonly commands: PluginCommandClient
  /** Refused once the handler's time is up. */
  readonly publish: Publish<Published>
  /** Aborted when the handler's time is up. */
  readonly signal: AbortSignal
}
