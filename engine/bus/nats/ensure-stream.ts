import { type JetStreamManager, nanos, RetentionPolicy, StorageType } from 'nats'
import type { StreamOptions } from '../bus.ts'
import { defaultDuplicateWindowMs } from '../defaults.ts'
import { fromNats } from './error.ts'

/** Creates the stream, or changes the settings that the options name and leaves the operator's others alone. */
export async function ensureStream(
  manager: JetStreamManager,
  { name, subjects, maxAgeMs = 0, duplicateWindowMs }: StreamOptions,
  replicas: number,
): Promise<void> {
  const windowMs = duplicateWindowMs ?? defaultDuplicateWindowMs
  const wanted = {
    subjects: [...subjects],
    max_age: nanos(maxAgeMs),
    // JetStream refuses a window longer than the age limit of the stream.
    duplicate_window: nanos(maxAgeMs > 0 ? Math.min(windowMs, maxAgeMs) : windowMs),
  }
  const existing = await manager.streams.info(name).catch((error: unknown) => {
    if (fromNats(error).code === 'SY_BUS_NO_RESPONDER') {
      return undefined
    }
    throw error
  })
  if (existing === undefined) {
    await manager.streams.add({
      name,
      ...wanted,
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
    })
    return
  }
  const { config } = existing
  const isSame =
    config.max_age === wanted.max_age &&
    config.duplicate_window === wanted.duplicate_window &&
    config.subjects.join() === wanted.subjects.join()
  if (!isSame) {
    await manager.streams.update(name, { ...config, ...wanted })
  }
}
