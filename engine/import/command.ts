import { parseArgs } from 'node:util'
import type { FileReader } from './file-reader.ts'
import { importCallcenter } from './import-callcenter.ts'

/** The command's ports to the outside: files and terminal. */
export interface ImportWorld extends FileReader {
  /** Writes a file. Throws `EEXIST` for an existing file unless it may be replaced. */
  write(path: string, text: string, mayReplace: boolean): void
  out(text: string): void
  err(text: string): void
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/**
 * `switchyard import-callcenter FILE`: writes the configuration to standard output or to
 * a file, and the report or the faults to standard error.
 *
 * @returns the exit status: 0 success, 1 the output cannot be written, 2 the command line or the
 *   XML cannot be used, or the output file exists
 */
export function runImport(args: readonly string[], world: ImportWorld): number {
  const command = parseCommand(args)
  if (typeof command === 'string') {
    world.err(`switchyard import-callcenter: ${command}\n`)
    return 2
  }
  const { path, output, force, tenant, variables } = command
  const imported = importCallcenter(path, world, { tenant, variables })
  if (!imported.ok) {
    world.err(imported.faults)
    world.err(`${path}: nothing was written\n`)
    return 2
  }
  if (output === undefined) {
    world.out(imported.yaml)
  } else {
    try {
      world.write(output, imported.yaml, force)
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      world.err(
        exists
          ? `switchyard import-callcenter: ${output} exists already; --force replaces it\n`
          : `switchyard import-callcenter: cannot write ${output}: ${messageOf(error)}\n`,
      )
      return exists ? 2 : 1
    }
  }
  world.err(imported.report)
  return 0
}

interface Command {
  readonly path: string
  readonly output: string | undefined
  readonly force: boolean
  readonly tenant: string
  readonly variables: ReadonlyMap<string, string>
}

/** Parses the command line. Returns a message if it is wrong. */
function parseCommand(args: readonly string[]): Command | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        output: { type: 'string', short: 'o' },
        force: { type: 'boolean', default: false },
        tenant: { type: 'string', default: 'default' },
        set: { type: 'string', multiple: true, default: [] },
      },
      allowPositionals: true,
      strict: true,
    })
    const [path] = positionals
    if (path === undefined || positionals.length > 1) {
      return 'name one FILE'
    }
    const { output, force, tenant, set } = values
    if (!idPattern.test(tenant)) {
      return '--tenant takes at most 64 letters A-Z, a-z, digits, _ and -, beginning with a letter or digit'
    }
    const variables = new Map<string, string>()
    for (const pair of set) {
      const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        return '--set takes NAME=VALUE'
      }
      variables.set(name, value)
    }
    return { path, output, force, tenant, variables }
  } catch (error) {
    return messageOf(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
