import type { Bus } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { EventContext, PluginContext } from './context.ts'
import { type EventHandler, type Plugin, parseOptions } from './definition.ts'
import { fillDelivery } from './delivery.ts'
import { bindCommands, createPluginCommands } from './event-commands.ts'
import { createEventRunner, type EventRunner } from './event-runner.ts'
import { labelled } from './labelled-log.ts'
import { createOnce } from './once.ts'
import { type PluginFigures, registerPluginFigures } from './plugin-figures.ts'
import { createPluginKv } from './plugin-kv.ts'
import { createPlainMetrics, type PluginMetrics } from './plugin-metrics.ts'
import { createPluginStores, type PluginStores, storeName } from './plugin-stores.ts'
import { createPublisher } from './published.ts'
import { createRepeats, type Repeats } from './repeat.ts'

/** What a plugin is given from outside. */
export interface PluginPorts {
  readonly bus: Bus
  readonly tenant: string
  /** The plugin's part of the configuration, unchecked. @default {} */
  readonly options?: unknown
  readonly clock: Clock
  readonly log: Logger
  /** Makes the id of this replica. */
  readonly newId: () => string
  /** In [0, 1). @default Math.random */
  readonly random?: () => number
  /** @default figures that nobody reads */
  readonly metrics?: PluginMetrics
}

/** What one plugin consists of at run time, joined and not started. */
export interface PluginParts {
  readonly context: PluginContext<unknown>
  /** The context with the plugin's own state. */
  withState(): PluginContext<unknown> & { readonly state: unknown }
  readonly runner: EventRunner
  readonly repeats: Repeats
  readonly stores: PluginStores
  readonly figures: PluginFigures
  readonly log: Logger
}

/**
 * Builds the parts of a plugin: its options, stores, commands, publications and its reader of
 * events.
 *
 * @param own the plugin's own state, as `setup` returned it, and the faults its parts report
 * @throws SwitchyardError SY_PLUGIN_INVALID when the options or the delivery cannot be used
 */
export function createPluginParts(
  plugin: Plugin,
  world: PluginPorts,
  own: { readonly faults: Map<string, string>; state(): unknown },
): PluginParts {
  const { bus, tenant, clock, random = Math.random, metrics = createPlainMetrics() } = world
  const { name } = plugin
  const options = parseOptions(plugin, world.options)
  const delivery = fillDelivery(plugin.delivery)
  const log = labelled(world.log, { plugin: name, tenant })
  const figures = registerPluginFigures(metrics, { tenant, plugin: name })
  const stores = createPluginStores(bus, tenant, name)
  const repeats = createRepeats(clock, log, figures.runFailed)
  const commands = createPluginCommands(bus, tenant, name)
  const publish = createPublisher({
    bus,
    tenant,
    plugin: name,
    schemas: plugin.publishes ?? {},
    clock,
    onPublished: figures.eventPublished,
  })

  const context: PluginContext<unknown> = {
    tenant,
    plugin: name,
    instance: world.newId(),
    options,
    clock,
    log,
    metrics,
    commands,
    publish,
    random,
    kv: (store, schema) => createPluginKv(stores.data, store, schema),
    every: repeats.add,
    reportHealth(part, fault) {
      if (fault === undefined) {
        own.faults.delete(part)
      } else {
        own.faults.set(part, fault)
      }
    },
  }
  const withState = () => ({ ...context, state: own.state() })

  const runner = createEventRunner({
    bus,
    tenant,
    plugin: name,
    durable: storeName(tenant, name),
    delivery,
    clock,
    log,
    once: delivery.isOnce ? createOnce(stores.done, clock, delivery.timeoutMs) : undefined,
    onEnded: figures.eventEnded,
    handlerOf(type) {
      const handlers = plugin.events as
        | Record<string, EventHandler<never, EventContext>>
        | undefined
      const handler = handlers && Object.hasOwn(handlers, type) ? handlers[type] : undefined
      return (
        handler &&
        ((event, signal) =>
          handler(event as never, {
            ...withState(),
            signal,
            commands: bindCommands(commands, `${name}/${event.id}`, signal),
            publish: async (type, published) => {
              signal.throwIfAborted()
              await publish(type, published)
            },
          }))
      )
    },
  })

  return { context, withState, runner, repeats, stores, figures, log }
}
