import { dirname, isAbsolute, join } from 'node:path'

/** Reads files for the import. Both methods throw on failure. */
export interface FileReader {
  read(path: string): string
  /** Lists the names in a directory. */
  list(directory: string): readonly string[]
}

/**
 * Finds the files of an include, in the order of their names, as glob(3) does. Undefined for
 * a pattern that needs more than `*` and `?` in the last part.
 *
 * @param from the including file
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
