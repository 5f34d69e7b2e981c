import { type Kept, type PluginKv, SwitchyardError, type z } from '../../../engine/plugin/index.ts'
import type { Scheduler } from './scheduler.ts'

type Watcher = (key: string, value: unknown) => void

interface Entry {
  readonly value: unknown
  readonly revision: number
}

/** Values of all replicas, changed one operation at a time. */
export interface SharedKv {
  /** The store as one replica sees it. */
  open<T>(owner: string, name: string, schema: z.ZodType<T>): PluginKv<T>
  /** Brings watchers up to date. */
  flush(): void
  /** Forgets the watchers of a replica. */
  kill(owner: string): void
  /** What is kept now, by key. */
  kept(name: string): ReadonlyMap<string, Entry>
}

/** @param onWrite hears of each change; throws when it must never be */
export function createSharedKv(
  scheduler: Scheduler,
  onWrite: (name: string, key: string, before: unknown, after: unknown) => void,
): SharedKv {
  const stores = new Map<string, Map<string, Entry>>()
  const watchers: { owner: string; name: string; told: Map<string, number>; watcher: Watcher }[] =
    []
  let revision = 0

  function store(name: string): Map<string, Entry> {
    const known = stores.get(name) ?? new Map<string, Entry>()
    stores.set(name, known)
    return known
  }

  function write(name: string, key: string, value: unknown): void {
    const before = store(name).get(key)?.value
    onWrite(name, key, before, value)
    revision += 1
    if (value === undefined) {
      store(name).delete(key)
    } else {
      store(name).set(key, { value, revision })
    }
  }

  function tell({ name, told, watcher }: (typeof watchers)[number]): void {
    for (const [key, entry] of store(name)) {
      if (told.get(key) !== entry.revision) {
        told.set(key, entry.revision)
        watcher(key, entry.value)
      }
    }
    for (const key of told.keys()) {
      if (!store(name).has(key)) {
        told.delete(key)
        watcher(key, undefined)
      }
    }
  }

  return {
    open<T>(owner: string, name: string, schema: z.ZodType<T>): PluginKv<T> {
      const at = <R>(run: () => R) => scheduler.operation(owner, run)
      const read = (key: string) => store(name).get(key) as Kept<T> | undefined
      // As a broker keeps it: JSON, checked by the schema.
      const pack = (value: T): T => schema.parse(JSON.parse(JSON.stringify(value)))
      return {
        get: (key) => at(() => read(key)),
        create: (key, value) =>
          at(() => {
            const isNew = !store(name).has(key)
            if (isNew) {
              write(name, key, pack(value))
            }
            return isNew
          }),
        put: (key, value) => at(() => write(name, key, pack(value))),
        async update(key, change) {
          for (let race = 0; race < 100; race += 1) {
            const kept = await at(() => read(key))
            const next = change(kept?.value)
            if (next === kept?.value) {
              return next
            }
            const isWritten = await at(() => {
              const isCurrent = store(name).get(key)?.revision === kept?.revision
              if (isCurrent) {
                write(name, key, next === undefined ? undefined : pack(next))
              }
              return isCurrent
            })
            if (isWritten) {
              return next
            }
          }
          throw new SwitchyardError('SY_BUS_CONFLICT', 'the value changes all the time')
        },
        delete: (key) => at(() => write(name, key, undefined)),
        keys: () => at(() => [...store(name).keys()]),
        async watch(watcher) {
          const watching = { owner, name, told: new Map(), watcher: watcher as Watcher }
          watchers.push(watching)
          tell(watching)
          return { stop: async () => {} }
        },
      }
    },
    flush() {
      for (const watching of watchers) {
        tell(watching)
      }
    },
    kill(owner) {
      for (let index = watchers.length - 1; index >= 0; index -= 1) {
        if (watchers[index]?.owner === owner) {
          watchers.splice(index, 1)
        }
      }
    },
    kept: store,
  }
}
