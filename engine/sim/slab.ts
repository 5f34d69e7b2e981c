/** Memory for what is being written, used again and again: at 90 MB/s the collector would be the bottleneck. */
export interface Slab {
  /** `length` bytes to fill; `free` gives them back. */
  take(length: number): { readonly bytes: Buffer; free(): void }
}

/** @param size bytes held ready; what is larger gets memory of its own. @default 1 MiB */
export function createSlab(size = 2 ** 20): Slab {
  let memory = Buffer.allocUnsafeSlow(0)
  let used = 0
  let taken = 0
  let generation = 0

  return {
    take(length) {
      if (length > size) return { bytes: Buffer.allocUnsafeSlow(length), free: () => undefined }
      if (used + length > memory.length) {
        // What is still being written keeps the old memory; it is not touched again.
        memory = Buffer.allocUnsafeSlow(size)
        used = 0
        taken = 0
        generation++
      }
      const bytes = memory.subarray(used, used + length)
      const mine = generation
      used += length
      taken++
      return {
        bytes,
        free() {
          if (mine === generation && --taken === 0) used = 0
        },
      }
    },
  }
}
