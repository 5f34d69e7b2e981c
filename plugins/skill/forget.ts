import type { PluginKv } from '../../engine/plugin/index.ts'

/**
 * Removes expired entries from a store. Reads it in one pass that keeps only the keys to
 * remove; an entry that another replica changes meanwhile is checked again.
 *
 * @returns how many entries had expired
 */
export async function forgetOver<T>(
  store: PluginKv<T>,
  isOver: (value: T) => boolean,
): Promise<number> {
  const over: string[] = []
  const pass = await store.watch((key, value) => {
    if (value !== undefined && isOver(value)) {
      over.push(key)
    }
  })
  await pass.stop()
  for (const key of over) {
    await store.update(key, (value) => (value !== undefined && isOver(value) ? undefined : value))
  }
  return over.length
}
