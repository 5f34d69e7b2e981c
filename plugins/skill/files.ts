import { readFile, stat } from 'node:fs/promises'

/** Tells whether a file has changed. */
export interface FileStamp {
  readonly modifiedAt: number
  readonly size: number
}

/** The disk, so that a test can replace it. Errors have the system's `code`: ENOENT, EACCES. */
export interface Files {
  stamp(path: string): Promise<FileStamp>
  read(path: string): Promise<Buffer>
}

/** The disk of this machine. */
export const disk: Files = {
  async stamp(path) {
    const { mtimeMs, size } = await stat(path)
    return { modifiedAt: mtimeMs, size }
  },
  read: (path) => readFile(path),
}
