import type { DurationMs, EpochMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import { SwitchyardError } from '../../errors.ts'
import type { KvEntry, KvStore } from '../bus.ts'
import { checkKey } from '../names.ts'

type Watcher = (key: string, entry: KvEntry | undefined) => void

/** A bucket in memory, shared by everyone who opens it. */
export interface MemoryBucket extends KvStore {
  /** Sets how long entries live after their last change; 0 means forever. */
  setTtl(ttlMs: DurationMs): void
  /** Cancels its timer, when the bus is closed. */
  close(): void
}

interface Surroundings {
  readonly clock: Clock
  /** Runs a task in a later turn, once the broker can be reached. */
  readonly deliver: (task: () => void) => void
  /** Throws when the broker is away. */
  readonly requireConnected: () => void
}

/** Creates an empty bucket. Revisions count the changes of the whole bucket, as in JetStream. */
export function createMemoryBucket({
  clock,
  deliver,
  requireConnected,
}: Surroundings): MemoryBucket {
  let ttlMs: DurationMs = 0
  let revision = 0
  let sweepTimer: Timer | undefined
  /** In the order of their last change, so that the first is the first to expire. */
  const entries = new Map<string, { readonly entry: KvEntry; readonly changedAt: EpochMs }>()
  const watchers = new Set<Watcher>()

  function set(key: string, value: Uint8Array): number {
    revision += 1
    const entry = { key, value, revision }
    entries.delete(key)
    entries.set(key, { entry, changedAt: clock.now() })
    notify(key, entry)
    armSweep()
    return revision
  }

  function notify(key: string, entry: KvEntry | undefined): void {
    for (const watcher of watchers) {
      deliver(() => {
        if (watchers.has(watcher)) {
          watcher(key, entry)
        }
      })
    }
  }

  /** Removes expired entries: before every operation, and by a timer for watchers. */
  function sweep(): void {
    if (ttlMs > 0) {
      const aliveSince = clock.now() - ttlMs
      for (const [key, { changedAt }] of entries) {
        if (changedAt > aliveSince) {
          return
        }
        entries.delete(key)
        notify(key, undefined)
      }
    }
  }

  function armSweep(): void {
    const first = entries.values().next().value
    if (ttlMs > 0 && sweepTimer === undefined && first !== undefined) {
      sweepTimer = clock.setTimer(first.changedAt + ttlMs - clock.now(), () => {
        sweepTimer = undefined
        sweep()
        armSweep()
      })
    }
  }

  /** Comes before every operation: checks the connection and the key, and removes expired entries. */
  function enter(key: string): void {
    checkKey(key)
    requireConnected()
    sweep()
  }

  function conflict(): SwitchyardError {
    return new SwitchyardError('SY_BUS_CONFLICT', 'the key has been changed by someone else')
  }

  return {
    async get(key) {
      enter(key)
      return entries.get(key)?.entry
    },
    async create(key, value) {
      enter(key)
      if (entries.has(key)) {
        throw conflict()
      }
      return set(key, value)
    },
    async update(key, value, expected) {
      enter(key)
      if (entries.get(key)?.entry.revision !== expected) {
        throw conflict()
      }
      return set(key, value)
    },
    async put(key, value) {
      enter(key)
      return set(key, value)
    },
    async delete(key, expected) {
      enter(key)
      if (expected !== undefined && entries.get(key)?.entry.revision !== expected) {
        throw conflict()
      }
      if (entries.delete(key)) {
        revision += 1
        notify(key, undefined)
      }
    },
    async keys() {
      requireConnected()
      sweep()
      return [...entries.keys()]
    },
    async watch(onEntry) {
      requireConnected()
      sweep()
      const watcher: Watcher = (key, entry) => onEntry(key, entry)
      const present = [...entries.values()]
      watchers.add(watcher)
      await new Promise<void>((resolve) => {
        deliver(() => {
          for (const { entry } of present) {
            watcher(entry.key, entry)
          }
          resolve()
        })
      })
      return {
        async stop() {
          watchers.delete(watcher)
        },
      }
    },
    setTtl(next) {
      ttlMs = next
      sweepTimer?.cancel()
      sweepTimer = undefined
      armSweep()
    },
    close() {
      sweepTimer?.cancel()
      watchers.clear()
    },
  }
}
