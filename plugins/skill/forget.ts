import type { PluginKv } from '../../engine/plugin/index.ts'

/**
 * Removes from a store what is over. Reads it in one pass that keeps nothing but
 * the keys to remove; what another replica changes meanwhile is looked at again.
 *
 * @returns how many were over
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
