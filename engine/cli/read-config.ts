import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EngineConfig } from '../config/engine-config.ts'
import { formatFaults } from '../config/fault.ts'
import { parseConfig } from '../config/parse-config.ts'
import { Exit, messageOf } from './terminal.ts'

/**
 * Reads and checks a configuration file, and prints every fault.
 *
 * @throws Exit 2 when it cannot be used
 */
export function readConfig(path: string): EngineConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Exit(2, `switchyard: cannot read ${path}: ${messageOf(error)}`)
  }
  const source = {
    path: resolve(path),
    env: process.env,
    readFile: (file: string) => readFileSync(file, 'utf8'),
  }
  const result = parseConfig(text, source)
  const faults = result.ok ? result.warnings : result.faults
  if (faults.length > 0) {
    process.stderr.write(formatFaults(faults, { path, text }))
  }
  if (!result.ok) {
    const count = faults.filter(({ severity }) => severity === 'error').length
    throw new Exit(2, `${path}: ${count} ${count === 1 ? 'error' : 'errors'}`)
  }
  return result.config
}
