import {
  type JetStreamManager,
  type KV,
  type NatsConnection,
  type KvEntry as NatsKvEntry,
  nanos,
} from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import type { Clock } from '../../clock.ts'
import { SwitchyardError } from '../../errors.ts'
import type { KvEntry, KvStore, Subscription } from '../bus.ts'
import { defaultDuplicateWindowMs } from '../defaults.ts'
import { checkKey } from '../names.ts'
import { fromNats } from './error.ts'
import { attachKvWatch } from './kv-watch.ts'
import type { Attach } from './lasting.ts'

/** A list of keys that takes longer is given up: the client can wait forever for an entry that has expired. */
const keysTimeoutMs: DurationMs = 3_000

interface Surroundings {
  readonly clock: Clock
  readonly connection: () => NatsConnection
  readonly manager: () => Promise<JetStreamManager>
  readonly keepAttached: (attach: Attach) => Promise<Subscription>
  readonly guard: (run: () => void) => void
  readonly replicas: number
}

/** Opens a JetStream bucket; it moves to each new connection by itself. */
export async function openNatsBucket(
  name: string,
  ttlMs: DurationMs | undefined,
  surroundings: Surroundings,
): Promise<KvStore> {
  const { clock, connection, manager, keepAttached, guard, replicas } = surroundings
  let open: { readonly connection: NatsConnection; readonly kv: KV } | undefined

  async function bucket(): Promise<KV> {
    const current = connection()
    if (open?.connection !== current) {
      const kv = await current.jetstream().views.kv(name, {
        replicas,
        history: 1,
        ...(ttlMs !== undefined && { ttl: ttlMs }),
      })
      open = { connection: current, kv }
    }
    return open.kv
  }

  async function run<T>(key: string, operation: (kv: KV) => Promise<T>): Promise<T> {
    checkKey(key)
    try {
      return await operation(await bucket())
    } catch (error) {
      throw fromNats(error)
    }
  }

  async function list(kv: KV): Promise<readonly string[]> {
    const keys: string[] = []
    const iterator = await kv.keys()
    const timer = clock.setTimer(keysTimeoutMs, () => {
      iterator.stop(new Error('the broker did not finish the list of keys'))
    })
    try {
      for await (const key of iterator) {
        keys.push(key)
      }
      return keys
    } finally {
      timer.cancel()
    }
  }

  try {
    await bucket()
    if (ttlMs !== undefined) {
      await setTtl(await manager(), name, ttlMs)
    }
  } catch (error) {
    throw fromNats(error)
  }

  return {
    get: (key) => run(key, async (kv) => toEntry(await kv.get(key))),
    create: (key, value) => run(key, (kv) => kv.create(key, value)),
    update: (key, value, revision) =>
      run(key, async (kv) => {
        if (revision < 1) {
          throw new SwitchyardError('SY_BUS_CONFLICT', 'no entry has a revision below 1')
        }
        return await kv.update(key, value, revision)
      }),
    put: (key, value) => run(key, (kv) => kv.put(key, value)),
    delete: (key, revision) =>
      run(key, (kv) => kv.delete(key, revision === undefined ? {} : { previousSeq: revision })),
    keys: () => run('all', list),
    watch: (onEntry) =>
      keepAttached(
        attachKvWatch({
          name,
          clock,
          bucket,
          manager,
          onEntry: (key, entry) => guard(() => onEntry(key, entry)),
        }),
      ),
  }
}

/** An entry in the form of the port; undefined for a deletion. */
export function toEntry(entry: NatsKvEntry | null): KvEntry | undefined {
  if (entry === null || entry.operation !== 'PUT') {
    return undefined
  }
  return { key: entry.key, value: entry.value, revision: entry.revision }
}

async function setTtl(manager: JetStreamManager, name: string, ttlMs: DurationMs): Promise<void> {
  const stream = `KV_${name}`
  const { config } = await manager.streams.info(stream)
  const max_age = nanos(ttlMs)
  if (config.max_age !== max_age) {
    const maxWindow = nanos(defaultDuplicateWindowMs)
    const duplicate_window = max_age === 0 ? maxWindow : Math.min(max_age, maxWindow)
    await manager.streams.update(stream, { ...config, max_age, duplicate_window })
  }
}
