import { readFile, stat } from 'node:fs/promises'

/** What tells one state of a file from another. */
export interface FileStamp {
  readonly modifiedAt: number
  readonly size: number
}

/** The disk, so that a test can hold it. Rejects with the `code` of the system: ENOENT, EACCES. */
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
