import type { Disk } from '../outbox/disk.ts'

/** A disk in memory that outlives the outbox that used it, and fails on demand. */
export interface MemoryDisk extends Disk {
  readonly files: Map<string, Uint8Array>
  /**
   * Makes every later append fail after it has written this many of its bytes;
   * `undefined` repairs the disk. Listing and reading still work.
   */
  failAppendsAfter(bytes: number | undefined): void
  /** Makes every later read of this file fail. */
  failReadsOf(name: string): void
}

/** Creates an empty disk. */
export function createMemoryDisk(): MemoryDisk {
  const files = new Map<string, Uint8Array>()
  let failAfter: number | undefined
  const unreadable = new Set<string>()
  return {
    files,
    failAppendsAfter(bytes) {
      failAfter = bytes
    },
    async list() {
      return [...files.keys()]
    },
    async append(name, data) {
      const written = failAfter === undefined ? data : data.subarray(0, failAfter)
      files.set(name, Buffer.concat([files.get(name) ?? new Uint8Array(), written]))
      if (failAfter !== undefined) {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      }
    },
    failReadsOf(name) {
      unreadable.add(name)
    },
    async read(name, offset, length) {
      if (unreadable.has(name)) {
        throw Object.assign(new Error('input/output error'), { code: 'EIO' })
      }
      return Buffer.from(files.get(name)?.subarray(offset, offset + length) ?? [])
    },
    async size(name) {
      return files.get(name)?.length ?? 0
    },
    async remove(name) {
      files.delete(name)
    },
  }
}
