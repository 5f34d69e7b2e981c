/**
 * A seed made from a name (32-bit FNV-1a). It is the same for the same name on every machine and in
 * every release, since recorded days are replayed with it.
 */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
