import { readConfig } from './read-config.ts'
import { Exit, parse, say } from './terminal.ts'

/** `switchyard check`. */
export function checkFile(args: readonly string[]): void {
  const { positionals } = parse(args, {}, true)
  const [path] = positionals
  if (path === undefined || positionals.length > 1) {
    throw new Exit(2, 'switchyard check: name one FILE')
  }
  readConfig(path)
  say(`${path}: this configuration can be used\n`)
}
