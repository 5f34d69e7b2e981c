import type { Bus } from '../bus/bus.ts'
import { checkPlugin, parseOptions } from './definition.ts'
import { fillDelivery } from './delivery.ts'
import { type HostHealth, type HostOptions, runPlugin } from './host.ts'
import type { LoadedPlugin } from './load-plugins.ts'

/** A plugin for a tenant, and the bus it runs on. */
export interface PluginRun extends LoadedPlugin {
  readonly bus: Bus
}

/** Plugins that run in one process. */
export interface RunningPlugins {
  /** Resolves when all are running; rejects when one of them cannot start. */
  readonly ready: Promise<void>
  /** For /readyz: one entry per plugin and tenant. */
  health(): readonly HostHealth[]
  stop(): Promise<void>
}

/**
 * Runs plugins, each for its tenant, in this process. The caller owns the buses and
 * closes them after `stop`.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID when a plugin or its options are invalid; then none runs
 */
export function runPlugins(
  runs: readonly PluginRun[],
  host: Omit<HostOptions, 'bus' | 'tenant' | 'options'>,
): RunningPlugins {
  for (const { plugin, options } of runs) {
    // Before the first one starts: a plugin that runs cannot be stopped at once.
    checkPlugin(plugin)
    parseOptions(plugin, options)
    fillDelivery(plugin.delivery)
  }
  const hosts = runs.map(({ plugin, ...run }) => runPlugin(plugin, { ...host, ...run }))
  const ready = Promise.all(hosts.map((one) => one.ready)).then(() => {})
  // Callers that do not await it read the health instead.
  ready.catch(() => {})
  return {
    ready,
    health: () => hosts.map((one) => one.health()),
    async stop() {
      await Promise.all(hosts.map((one) => one.stop()))
    },
  }
}
