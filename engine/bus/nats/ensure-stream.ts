import { type JetStreamManager, millis, nanos, RetentionPolicy, StorageType } from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import type { StreamOptions } from '../bus.ts'
import { defaultDuplicateWindowMs } from '../defaults.ts'
import { fromNats } from './error.ts'

/** Creates the stream, or changes the settings that the options name and leaves the operator's others alone. */
export async function ensureStream(
  manager: JetStreamManager,
  options: StreamOptions,
  replicas: number,
): Promise<void> {
  const { name, maxAgeMs, newMaxAgeMs = 0, duplicateWindowMs } = options
  const subjects = [...options.subjects]
  const existing = await manager.streams.info(name).catch((error: unknown) => {
    if (fromNats(error).code === 'SY_BUS_NO_RESPONDER') {
      return undefined
    }
    throw error
  })
  if (existing === undefined) {
    await manager.streams.add({
      name,
      subjects,
      ...limits(maxAgeMs ?? newMaxAgeMs, duplicateWindowMs ?? defaultDuplicateWindowMs),
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
    })
    return
  }
  const { config } = existing
  const wanted = limits(
    maxAgeMs ?? millis(config.max_age),
    duplicateWindowMs ?? millis(config.duplicate_window),
  )
  const isSame =
    config.max_age === wanted.max_age &&
    config.duplicate_window === wanted.duplicate_window &&
    config.subjects.join() === subjects.join()
  if (!isSame) {
    await manager.streams.update(name, { ...config, subjects, ...wanted })
  }
}

/** JetStream refuses a window longer than the age limit of the stream. */
function limits(maxAgeMs: DurationMs, windowMs: DurationMs) {
  return {
    max_age: nanos(maxAgeMs),
    duplicate_window: nanos(maxAgeMs > 0 ? Math.min(windowMs, maxAgeMs) : windowMs),
  }
}
