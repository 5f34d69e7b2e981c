import { fileURLToPath } from 'node:url'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'
import { type Plugin, parseOptions } from './definition.ts'
import { loadPlugin } from './load-plugin.ts'

/** A plugin as a tenant's configuration names it. */
export interface ConfiguredPlugin {
  /** Its path, relative to the directory `from`; undefined for a built-in plugin. */
  readonly module: { readonly path: string; readonly from: string } | undefined
  /** Not validated yet. */
  readonly options?: unknown
}

/** A loaded plugin, with its options for a tenant. */
export interface LoadedPlugin {
  readonly plugin: Plugin
  readonly tenant: string
  readonly options?: unknown
}

/** The part of a tenant's configuration that is read here. */
export interface TenantPlugins {
  readonly tenantId: string
  readonly plugins: ReadonlyMap<string, ConfiguredPlugin>
}

/** Folder of the built-in plugins, beside the engine. */
const ownPlugins = fileURLToPath(new URL('../../plugins/', import.meta.url))

/**
 * Loads a plugin by the name the configuration gives it.
 *
 * @param module undefined for a built-in plugin
 * @throws SwitchyardError SY_PLUGIN_INVALID when there is none, or its own name is different
 */
export async function loadConfigured(
  name: string,
  module: ConfiguredPlugin['module'],
): Promise<Plugin> {
  const plugin =
    module === undefined ? await loadOwn(name) : await loadPlugin(module.path, module.from)
  if (plugin.name !== name) {
    throw invalid(`the module defines the plugin ${plugin.name}: configure it under that name`)
  }
  return plugin
}

/**
 * Loads all plugins of these tenants and validates their options.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the first place in the configuration that is wrong
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
      ? invalid('no plugin of this name comes with Switchyard: set `module` to its path')
      : error
  }
}

function invalid(message: string, cause?: unknown): SwitchyardError {
  return new SwitchyardError('SY_PLUGIN_INVALID', message, { cause })
}
