import { type App, startApp } from '../engine/app.ts'
import { parseConfig } from '../engine/config/parse-config.ts'
import { createFreeSwitch } from '../engine/esl/free-switch.ts'
import { createLogger } from '../engine/log.ts'
import { agentDialString } from '../engine/sim/agent-phones.ts'

/** One queue with its agents, at number 1000. */
export interface Hotline {
  /** The event socket's port of a simulated switch. */
  readonly port: number
  readonly agents: number
  readonly status: 'available' | 'loggedOut'
  /** YAML for the top of the configuration. @default none, so the bus is in memory */
  readonly top?: string
  /** Logs nothing, for measurements under faults. @default false */
  readonly isSilent?: boolean
}

/** Starts an engine in this process. Resolves when it has read the state of its switch. */
export async function startHotline(
  { port, agents, status, top = '', isSilent = false }: Hotline,
  createSwitch = createFreeSwitch,
): Promise<App> {
  const lines = Array.from(
    { length: agents },
    (_, index) => `      a${index}: { dial: '${agentDialString(index + 1)}' }`,
  )
  const parsed = parseConfig(
    `${top}ops: { host: 127.0.0.1, port: 0 }
switches: { sim: { host: 127.0.0.1, port: ${port}, password: { env: PASSWORD } } }
tenants:
  default:
    queues: { q: { wrapUp: 0s } }
    agentDefaults: { queues: [q], status: ${status} }
    agents:
${lines.join('\n')}
    routes: [{ number: '1000', queue: q }]
`,
    { path: '/bench.yaml', env: { PASSWORD: 'ClueCon' }, readFile: () => '' },
  )
  if (!parsed.ok) {
    throw new TypeError(parsed.faults.map(({ message }) => message).join('; '))
  }
  const log = createLogger(isSilent ? 'silent' : 'error')
  const app = await startApp(parsed.config, { log, createFreeSwitch: createSwitch })
  await new Promise<void>((resolve) => app.engine.onceReady(resolve))
  return app
}
