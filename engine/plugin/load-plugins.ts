import { fileURLToPath } from 'node:url'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'
import { type Plugin, parseOptions } from './definition.ts'
import { loadPlugin } from './load-plugin.ts'

/** A plugin as a tenant's configuration names it. */
export interface ConfiguredPlugin {
  /** Where it is, seen from a directory; undefined for one that comes with Switchyard. */
  readonly module: { readonly path: string; readonly from: string } | undefined
  /** Unchecked. */
  readonly options?: unknown
}

/** A plugin ready to be run for a tenant. */
export interface LoadedPlugin {
  readonly plugin: Plugin
  readonly tenant: string
  readonly options?: unknown
}

/** What is read here of a tenant's configuration. */
export interface TenantPlugins {
  readonly tenantId: string
  readonly plugins: ReadonlyMap<string, ConfiguredPlugin>
}

/** Where the plugins are that come with Switchyard, beside the engine. */
const ownPlugins = fileURLToPath(new URL('../../plugins/', import.meta.url))

/**
 * Loads a plugin by the name the configuration gives it.
 *
 * @param module undefined for one that comes with Switchyard
 * @throws SwitchyardError SY_PLUGIN_INVALID when there is none, or it is called otherwise
 */
export async function loadConfigured(
  name: string,
  module: ConfiguredPlugin['module'],
): Promise<Plugin> {
  const plugin =
    module === undefined ? await loadOwn(name) : await loadPlugin(module.path, module.from)
  if (plugin.name !== name) {
    throw invalid(`the module is the plugin ${plugin.name}: configure it under that name`)
  }
  return plugin
}

/**
 * Loads all plugins of these tenants, and checks their options.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the first place of the configuration that is wrong
 */
export async function loadPlugins(
  tenants: Iterable<TenantPlugins>,
): Promise<readonly LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = []
  for (const { tenantId, plugins } of tenants) {
    for (const [name, { module, options }] of plugins) {
      try {
        const plugin = await loadConfigured(name, module)
        parseOptions(plugin, options)
        loaded.push({ plugin, tenant: tenantId, options })
      } catch (error) {
        const place = `tenants.${tenantId}.plugins.${name}`
        throw isSwitchyardError(error) ? invalid(`${place}: ${error.message}`, error) : error
      }
    }
  }
  return loaded
}

async function loadOwn(name: string): Promise<Plugin> {
  try {
    return await loadPlugin(name, ownPlugins)
  } catch (error) {
    throw isSwitchyardError(error) && error.cause === undefined
      ? invalid(`no plugin of this name comes with Switchyard: say with \`module\` where it is`)
      : error
  }
}

function invalid(message: string, cause?: unknown): SwitchyardError {
  return new SwitchyardError('SY_PLUGIN_INVALID', message, { cause })
}
