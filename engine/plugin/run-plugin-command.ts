import { SwitchyardError } from '../errors.ts'
import { type HostHealth, type HostOptions, type PluginHost, runPlugin } from './host.ts'
import { loadPlugin } from './load-plugin.ts'

export interface PluginCommandOptions extends Omit<HostOptions, 'tenant' | 'options'> {
  /** The tenants to run it for, each with its own options. At least one. */
  readonly tenants: readonly { readonly tenant: string; readonly options?: unknown }[]
  /** Where relative paths begin. @default the working directory */
  readonly from?: string
}

/** A plugin that the command line runs, for every tenant that has it. */
export interface RunningPlugin {
  readonly name: string
  /** Resolves when it runs for all; rejects when one of them cannot start. */
  readonly ready: Promise<void>
  /** For /readyz: one entry for each tenant. */
  health(): readonly HostHealth[]
  stop(): Promise<void>
}

/**
 * Loads a plugin and runs it: `switchyard plugin PATH --config FILE`. The bus
 * stays the caller's, to be closed after `stop`.
 *
 * @param path a module or folder, for example `plugins/skill`
 * @throws SwitchyardError SY_PLUGIN_INVALID when it cannot be loaded, or some tenant's options
 *   cannot be used: then nothing runs
 */
export async function runPluginCommand(
  path: string,
  { tenants, from, ...host }: PluginCommandOptions,
): Promise<RunningPlugin> {
  const plugin = await loadPlugin(path, from)
  if (tenants.length === 0) {
    throw new SwitchyardError('SY_PLUGIN_INVALID', `${plugin.name}: no tenant has it`)
  }
  const hosts: PluginHost[] = []
  try {
    for (const { tenant, options } of tenants) {
      hosts.push(runPlugin(plugin, { ...host, tenant, options }))
    }
  } catch (error) {
    await Promise.all(hosts.map((one) => one.stop()))
    throw error
  }
  const ready = Promise.all(hosts.map((one) => one.ready)).then(() => {})
  // Whoever does not wait for it reads the health instead.
  ready.catch(() => {})
  return {
    name: plugin.name,
    ready,
    health: () => hosts.map((one) => one.health()),
    async stop() {
      await Promise.all(hosts.map((one) => one.stop()))
    },
  }
}
