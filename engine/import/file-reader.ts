import { dirname, isAbsolute, join } from 'node:path'

/** Reads files for the import. Both throw when they cannot. */
export interface FileReader {
  read(path: string): string
  /** The names in a directory. */
  list(directory: string): readonly string[]
}

/**
 * The files that an include names, in the order of their names, as glob(3) finds
 * them; `undefined` for a pattern that is more than `*` and `?` in the last part.
 *
 * @param from the file that includes
 */
export function findIncluded(
  pattern: string,
  from: string,
  reader: FileReader,
): readonly string[] | undefined {
  const target = isAbsolute(pattern) ? pattern : join(dirname(from), pattern)
  if (!/[*?[\]]/.test(target)) {
    return [target]
  }
  const directory = dirname(target)
  const last = target.slice(target.lastIndexOf('/') + 1)
  if (/[*?[\]]/.test(directory) || /[[\]]/.test(last)) {
    return undefined
  }
  const source = last
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const isNamed = new RegExp(`^${source}$`, 's')
  return namesIn(directory, reader)
    .filter((name) => isNamed.test(name) && (last.startsWith('.') || !name.startsWith('.')))
    .sort()
    .map((name) => join(directory, name))
}

function namesIn(directory: string, reader: FileReader): readonly string[] {
  try {
    return reader.list(directory)
  } catch {
    return []
  }
}
