import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EngineConfig } from '../config/engine-config.ts'
import { type ParsedConfig, parseConfig } from '../config/parse-config.ts'
import { engineNeeds, type SecretNeeds } from '../config/read-secrets.ts'
import { type Fault, formatFaults } from '../yaml/fault.ts'
import { Exit, messageOf } from './terminal.ts'

/** A valid configuration file. */
export type UsableFile = Extract<ParsedConfig, { readonly ok: true }> & {
  /** Prints faults as a compiler does. @throws Exit 2 when one of them is an error */
  readonly print: (faults: readonly Fault[]) => void
}

/**
 * Reads and checks a configuration file, and prints every fault.
 *
 * @param needs which secrets must be there
 * @throws Exit 2 when it cannot be used
 */
export function readConfig(path: string, needs: SecretNeeds = engineNeeds): EngineConfig {
  return readUsableFile(path, needs).config
}

/** As {@link readConfig}, for callers that may add faults of their own. */
export function readUsableFile(path: string, needs: SecretNeeds = engineNeeds): UsableFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Exit(2, `switchyard: cannot read ${path}: ${messageOf(error)}`)
  }
  const print = (faults: readonly Fault[]): void => {
    if (faults.length > 0) {
      process.stderr.write(formatFaults(faults, { path, text }))
    }
    const count = faults.filter(({ severity }) => severity === 'error').length
    if (count > 0) {
      throw new Exit(2, `${path}: ${count} ${count === 1 ? 'error' : 'errors'}`)
    }
  }
  const result = parseConfig(text, {
    path: resolve(path),
    env: process.env,
    readFile: (file: string) => readFileSync(file, 'utf8'),
    needs,
  })
  if (!result.ok) {
    print(result.faults)
    throw new Exit(2, `${path}: cannot be used`)
  }
  print(result.warnings)
  return { ...result, print }
}
