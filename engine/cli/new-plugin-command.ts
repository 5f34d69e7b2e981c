import { newPlugin } from '../plugin/new-plugin.ts'
import { Exit, parse, writeOut } from './terminal.ts'
import { version } from './version.ts'

/** `switchyard new-plugin`. */
export async function writePlugin(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args, { directory: { type: 'string' } }, true)
  const [name] = positionals
  if (name === undefined || positionals.length > 1) {
    throw new Exit(2, 'switchyard new-plugin: give exactly one NAME')
  }
  const { directory } = values
  const { files, next } = await newPlugin(name, {
    version: version(),
    ...(typeof directory === 'string' && { directory }),
  })
  writeOut(`${files.map((file) => `wrote ${file}\n`).join('')}next: ${next}\n`)
}
