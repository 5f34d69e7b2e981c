import { type JetStreamManager, type KV, millis } from 'nats'
import type { DurationMs, EpochMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import type { KvEntry } from '../bus.ts'
import { fromNats } from './error.ts'
import type { Attach } from './lasting.ts'

/** How long the client may take to report that it has passed on all present entries. */
const initialTimeoutMs: DurationMs = 2_000
/** How soon an entry that should have expired, and has not, is checked again. */
const recheckMs: DurationMs = 250

interface WatchOptions {
  readonly name: string
  readonly clock: Clock
  readonly bucket: () => Promise<KV>
  readonly manager: () => Promise<JetStreamManager>
  readonly onEntry: (key: string, entry: KvEntry | undefined) => void
}

interface Known {
  readonly revision: number
  /** When the entry may have expired. */
  dueAt: EpochMs
}

/**
 * Watches a bucket. JetStream reports changes but not expiry, so an entry whose
 * time is up is read again, and its end reported. Changes during an outage are
 * found by comparison with what was reported before it.
 */
export function attachKvWatch({ name, clock, bucket, manager, onEntry }: WatchOptions): Attach {
  const known = new Map<string, Known>()

  return async (connection) => {
    const kv = await bucket()
    const { config } = await (await manager()).streams.info(`KV_${name}`).catch(rethrow)
    const ttlMs = millis(config.max_age)
    let isDetached = false
    const phase: { isInitial: boolean } = { isInitial: true }
    let sweepTimer: Timer | undefined
    const present = new Set<string>()

    function report(key: string, revision: number, value: Uint8Array | undefined): void {
      if (value === undefined) {
        if (known.delete(key)) {
          onEntry(key, undefined)
        }
        return
      }
      if (phase.isInitial) {
        present.add(key)
      }
      if (known.get(key)?.revision !== revision) {
        known.delete(key)
        known.set(key, { revision, dueAt: clock.now() + ttlMs })
        onEntry(key, { key, value, revision })
        armSweep()
      }
    }

    function armSweep(): void {
      if (ttlMs > 0 && sweepTimer === undefined && known.size > 0 && !isDetached) {
        const dueAt = Math.min(...[...known.values()].map((entry) => entry.dueAt))
        sweepTimer = clock.setTimer(dueAt - clock.now(), () => {
          void sweep().finally(() => {
            sweepTimer = undefined
            armSweep()
          })
        })
      }
    }

    async function sweep(): Promise<void> {
      for (const [key, entry] of [...known]) {
        if (entry.dueAt <= clock.now() && !isDetached) {
          entry.dueAt = clock.now() + recheckMs
          const isThere = await kv.get(key).then(
            (found) => found !== null,
            () => true,
          )
          if (!isThere && known.get(key) === entry && !isDetached) {
            known.delete(key)
            onEntry(key, undefined)
          }
        }
      }
    }

    let endInitial = () => {}
    const initial = new Promise<void>((resolve) => {
      endInitial = resolve
    })
    const timer = clock.setTimer(initialTimeoutMs, endInitial)
    const iterator = await kv.watch({ initializedFn: endInitial }).catch(rethrow)
    void (async () => {
      for await (const { key, value, revision, operation } of iterator) {
        report(key, revision, operation === 'PUT' ? value : undefined)
      }
    })()
    await Promise.race([initial, connection.closed()])
    timer.cancel()
    phase.isInitial = false
    for (const key of [...known.keys()]) {
      if (!present.has(key)) {
        known.delete(key)
        onEntry(key, undefined)
      }
    }
    armSweep()
    return () => {
      isDetached = true
      sweepTimer?.cancel()
      iterator.stop()
    }
  }
}

function rethrow(error: unknown): never {
  throw fromNats(error)
}
