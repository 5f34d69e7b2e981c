import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The root of the repository, found from the source as from `build/`: the nearest folder above with a package.json. */
const root = above(import.meta.dirname)

/** The absolute path of a file or folder of the repository. @param path relative to its root; empty for the root itself */
export function repositoryFile(path: string): string {
  return join(root, path)
}

function above(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : above(dirname(directory))
}
