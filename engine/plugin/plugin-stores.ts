import type { Bus, KvStore } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { tenantToken } from '../catalogue/subjects.ts'
import { SwitchyardError } from '../errors.ts'

/** How long a handled event is remembered; longer than redelivery can take. */
const rememberedMs: DurationMs = 24 * 60 * 60_000

/** The two buckets of a plugin in a tenant. Permissions name them; see docs/plugins.md. */
export interface PluginStores {
  /** Opens both, creating them if necessary. @throws SwitchyardError SY_BUS_UNAVAILABLE */
  open(): Promise<void>
  /** The plugin's stored values. @throws SwitchyardError SY_BUS_UNAVAILABLE before `open` succeeded */
  data(): KvStore
  /** The events it has handled; entries expire after a day. */
  done(): KvStore
}

/** The name of a plugin in JetStream: of its durable consumer and its buckets. */
export function storeName(tenant: string, plugin: string): string {
  return `PLUGIN_${tenantToken(tenant)}_${plugin}`
}

/** Prepares the stores; opens nothing yet. */
export function createPluginStores(bus: Bus, tenant: string, plugin: string): PluginStores {
  const name = storeName(tenant, plugin)
  let opened: { readonly data: KvStore; readonly done: KvStore } | undefined

  function stores() {
    if (opened === undefined) {
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the stores of the plugin are not open yet')
    }
    return opened
  }

  return {
    async open() {
      const data = await bus.kv(name)
      const done = await bus.kv(`${name}_DONE`, { ttlMs: rememberedMs })
      opened = { data, done }
    },
    data: () => stores().data,
    done: () => stores().done,
  }
}
