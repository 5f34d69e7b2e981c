import { appendFile, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A directory of append-only files: all the outbox needs of a disk. A port, so that it can fail in tests. */
export interface Disk {
  /** Names of the files, in no order. */
  list(): Promise<readonly string[]>
  /** Appends `data`, creating the file if necessary. After an error any part of it may have been written. */
  append(name: string, data: Uint8Array): Promise<void>
  /** Up to `length` bytes from `offset`; fewer at the end of the file. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>
  /** Bytes in the file. */
  size(name: string): Promise<number>
  remove(name: string): Promise<void>
}

/**
 * A directory of the file system, created when it is first written to. Its files
 * are readable by their owner alone: events carry callers' numbers. What is
 * written survives the process, but not a power failure: nothing waits for fsync.
 */
export function createFileDisk(directory: string): Disk {
  return {
    async list() {
      try {
        return await readdir(directory)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          return []
        }
        throw error
      }
    },
    async append(name, data) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await appendFile(join(directory, name), data, { mode: 0o600 })
    },
    async read(name, offset, length) {
      const file = await open(join(directory, name))
      try {
        const buffer = Buffer.allocUnsafe(length)
        const { bytesRead } = await file.read(buffer, 0, length, offset)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    async size(name) {
      return (await stat(join(directory, name))).size
    },
    remove: (name) => rm(join(directory, name), { force: true }),
  }
}
