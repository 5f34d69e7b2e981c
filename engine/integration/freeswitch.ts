import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A FreeSWITCH that runs for a test or a benchmark, on its own ports. */
export interface RunningFreeSwitch {
  readonly pid: number
  readonly eslPort: number
  readonly sipPort: number
  readonly password: string
  /** Kills it and removes its files. */
  stop(): Promise<void>
}

export interface FreeSwitchOptions {
  readonly binary: string
  /** Files to overlay on freeswitch-conf/, by their path in it. */
  readonly overlay?: Readonly<Record<string, string>>
}

const confDir = 'freeswitch-conf'

/**
 * Finds the FreeSWITCH to test with: `FREESWITCH`, or `freeswitch` on the PATH.
 *
 * @returns the path of the binary, or why it is missing
 */
export function findFreeSwitch(
  env: NodeJS.ProcessEnv = process.env,
): { readonly binary: string } | { readonly missing: string } {
  const named = env['FREESWITCH']
  if (named !== undefined && named !== '') {
    return isExecutable(named)
      ? { binary: named }
      : { missing: `FREESWITCH=${named} is not an executable file` }
  }
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const binary = join(directory, 'freeswitch')
    if (isExecutable(binary)) {
      return { binary }
    }
  }
  return { missing: 'no FreeSWITCH: set FREESWITCH to its path, or put it on the PATH' }
}

/**
 * Starts FreeSWITCH with freeswitch-conf/ on free ports. Resolves when its event socket accepts connections.
 *
 * @throws Error if FreeSWITCH ends while starting, or does not open its event socket within 30 s
 */
export async function startFreeSwitch(options: FreeSwitchOptions): Promise<RunningFreeSwitch> {
  const { binary, overlay = {} } = options
  const root = mkdtempSync(join(tmpdir(), 'switchyard-fs-'))
  const conf = join(root, 'conf')
  cpSync(confDir, conf, { recursive: true })
  const [eslPort, sipPort] = [await freePort(), await freePort()]
  const password = 'the-test'
  writeFileSync(join(conf, 'vars.xml'), variables({ eslPort, sipPort, password }))
  for (const [path, text] of Object.entries(overlay)) {
    mkdirSync(dirname(join(conf, path)), { recursive: true })
    writeFileSync(join(conf, path), text)
  }
  const child = spawn(binary, argumentsFor(binary, root, conf), {
    stdio: 'ignore',
    env: { ...process.env, ESL_PASSWORD: password },
  })
  const stop = () => stopChild(child, root)
  try {
    await waitForEventSocket(child, eslPort)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid ?? 0, eslPort, sipPort, password, stop }
}

function variables(ports: { eslPort: number; sipPort: number; password: string }): string {
  const values = {
    local_ip_v4: '127.0.0.1',
    esl_password: ports.password,
    esl_listen_ip: '127.0.0.1',
    esl_port: ports.eslPort,
    sip_listen_ip: '127.0.0.1',
    sip_port: ports.sipPort,
    codecs: 'PCMA,PCMU',
    domain: '127.0.0.1',
    acd_tenant: 'default',
    acd_numbers: '^(1\\d{3})$',
    acd_way_out_after: 30,
  }
  const lines = Object.entries(values).map(
    ([name, value]) => `  <X-PRE-PROCESS cmd="set" data="${name}=${value}"/>`,
  )
  return `<include>\n${lines.join('\n')}\n</include>\n`
}

/** Gives the process its own folders, so that several can run and none leaves files behind. */
function argumentsFor(binary: string, root: string, conf: string): string[] {
  const folders = ['log', 'db', 'run', 'storage', 'recordings', 'scripts', 'htdocs', 'grammar']
  const flags = [...folders, 'temp', 'cache', 'sounds'].flatMap((name) => {
    const folder = join(root, name)
    mkdirSync(folder)
    return [`-${name}`, folder]
  })
  const modules =
    process.env['FREESWITCH_MODS'] ?? join(dirname(binary), '..', 'lib', 'freeswitch', 'mod')
  const mod = existsSync(modules) ? ['-mod', modules] : []
  return ['-nf', '-nc', '-nonat', '-nonatmap', '-np', '-conf', conf, ...flags, ...mod]
}

async function waitForEventSocket(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`FreeSWITCH ended with ${child.exitCode ?? child.signalCode} while starting`)
    }
    if (await canConnect(port)) {
      return
    }
    await sleep(100)
  }
  throw new Error('FreeSWITCH did not open its event socket within 30 s')
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function stopChild(child: ChildProcess, root: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  rmSync(root, { recursive: true, force: true })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
