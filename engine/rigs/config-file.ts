import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A valid configuration whose switch does not exist. It needs `ESL_PASSWORD`. */
export const plainConfig = `ops: { host: 127.0.0.1, port: 0 }
switches: { fs1: { host: 127.0.0.1, port: 1, password: { env: ESL_PASSWORD } } }
tenants:
  acme:
    queues: { sales: {} }
    agents: { ann: { dial: user/ann, queues: [sales] } }
    routes: [{ number: '1000', queue: sales }]
`

/** Writes a configuration file for a test. @returns its path */
export function configFile(t: Test, text: string): string {
  const path = join(t.testdir(), 'switchyard.yaml')
  writeFileSync(path, text)
  return path
}
