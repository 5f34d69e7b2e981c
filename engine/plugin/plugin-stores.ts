import type { Bus, KvStore } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { tenantToken } from '../catalogue/subjects.ts'
import { SwitchyardError } from '../errors.ts'

/** How long a handled event is remembered: longer than any redelivery takes. */
const rememberedMs: DurationMs = 24 * 60 * 60_000

/** The two buckets of a plugin in a tenant. Permissions name them; see docs/plugins.md. */
export interface PluginStores {
  /** Opens both, creating them if need be. @throws SwitchyardError SY_BUS_UNAVAILABLE */
  open(): Promise<void>
  /** What the plugin keeps. @throws SwitchyardError SY_BUS_UNAVAILABLE before `open` succeeded */
  data(): KvStore
  /** Which events it has handled; entries end after a day. */
  done(): KvStore
}

/** What a plugin is called in JetStream: its durable consumer, and its buckets. */
export function storeName(tenant: string, plugin: string): string {
  return `PLUGIN_${tenantToken(tenant)}_${plugin}`
}

/** Names the buckets; opens nothing yet. */
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
