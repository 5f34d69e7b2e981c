import type { TenantId } from '../catalogue/ids.ts'
import type { EngineConfig, TenantConfig } from '../config/engine-config.ts'
import { pluginNeeds } from '../config/read-secrets.ts'
import { createLogger } from '../log.ts'
import { parseOptions } from '../plugin/definition.ts'
import { loadPlugin } from '../plugin/load-plugin.ts'
import { type LoadedPlugin, loadPlugins } from '../plugin/load-plugins.ts'
import { startPluginProcess } from './plugin-process.ts'
import { readConfig } from './read-config.ts'
import { Exit, parse, stopSignal, writeOut } from './terminal.ts'

/** `switchyard plugin`: runs one plugin for its tenants, until SIGTERM or SIGINT. */
export async function runPluginProcess(args: readonly string[]): Promise<void> {
  const asked = readArguments(args)
  const path = isPath(asked.plugin) ? asked.plugin : undefined
  const given = path === undefined ? undefined : await loadPlugin(path)
  const name = given?.name ?? asked.plugin
  const config = readConfig(asked.config, pluginNeeds(name, asked.tenant))
  const { bus } = config
  if (bus.type === 'memory') {
    throw new Exit(
      2,
      'switchyard plugin: with `bus: memory` the engine runs its plugins itself; to run one in its own process, configure a broker: bus: { nats: … }',
    )
  }
  const tenants = tenantsOf(config, name, asked)
  const loaded: readonly LoadedPlugin[] =
    given === undefined
      ? await loadPlugins(tenants)
      : tenants.map(({ tenantId, plugins }) => {
          const options = plugins.get(name)?.options
          parseOptions(given, options)
          return { plugin: given, tenant: tenantId, options }
        })
  const credentialsOf = (tenant: string) =>
    config.tenants.get(tenant as TenantId)?.plugins.get(name)?.credentials ?? bus.credentials
  const running = await startPluginProcess(loaded, {
    log: createLogger(config.log),
    ops: { host: config.ops.host, port: asked.port },
    natsOf: (tenant) => ({ ...bus, credentials: credentialsOf(tenant) }),
  })
  writeOut(`switchyard: metrics and health at http://${config.ops.host}:${running.opsPort}\n`)
  const failed = running.ready.then(async () => {
    writeOut('switchyard: ready\n')
    return await new Promise<never>(() => {})
  })
  try {
    // A plugin that cannot start ends the process: a supervisor sees that and starts it again.
    await Promise.race([stopSignal(), failed])
  } finally {
    await running.stop()
  }
}

interface Asked {
  readonly plugin: string
  readonly config: string
  readonly tenant: string | undefined
  readonly port: number
}

function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = parse(
    args,
    {
      config: { type: 'string', short: 'c' },
      tenant: { type: 'string' },
      'ops-port': { type: 'string', default: '0' },
    },
    true,
  )
  const [plugin] = positionals
  const { config, tenant } = values
  if (plugin === undefined || positionals.length > 1) {
    throw new Exit(2, 'switchyard plugin: give exactly one NAME or PATH of a plugin')
  }
  if (typeof config !== 'string') {
    throw new Exit(2, 'switchyard plugin: --config FILE is missing')
  }
  const port = String(values['ops-port'])
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Exit(2, `switchyard plugin: --ops-port ${port} is not a port from 0 to 65535`)
  }
  return {
    plugin,
    config,
    tenant: typeof tenant === 'string' ? tenant : undefined,
    port: Number(port),
  }
}

/** A plugin's name is a plain word; anything else is a path. */
function isPath(plugin: string): boolean {
  return /[./\\]/.test(plugin)
}

/** The tenants to run it for, each with only this plugin. */
function tenantsOf(
  { tenants }: EngineConfig,
  name: string,
  { config, tenant }: Asked,
): readonly Pick<TenantConfig, 'tenantId' | 'plugins'>[] {
  const found = [...tenants.values()].flatMap(({ tenantId, plugins }) => {
    const plugin = plugins.get(name)
    return plugin === undefined || (tenant !== undefined && tenantId !== tenant)
      ? []
      : [{ tenantId, plugins: new Map([[name, plugin]]) }]
  })
  if (found.length === 0) {
    const whose = tenant === undefined ? 'no tenant' : `no tenant ${tenant}`
    throw new Exit(
      2,
      `${config}: ${whose} has the plugin ${name}: add plugins: { ${name}: {} } to the tenant`,
    )
  }
  return found
}
