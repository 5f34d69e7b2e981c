import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real nats-server with JetStream, on its own port and with its own directory. */
export interface NatsServer {
  readonly url: string
  /** Kills it without warning (SIGKILL). Its stored data remains. */
  kill(): Promise<void>
  /** Stops it from answering while its connections stay open (SIGSTOP), or resumes it. */
  freeze(isFrozen: boolean): void
  /** Starts it again on the same port, with the same store or an empty one. */
  restart(store?: 'same' | 'empty'): Promise<void>
  /** Kills it and removes its directory. */
  remove(): Promise<void>
}

/** Whether every thread of a process is stopped; assumed where /proc cannot be read. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return / [TtZ] /.test(stat.slice(stat.lastIndexOf(')')).slice(1, 4))
    })
  } catch {
    return true
  }
}

/** Why there is no nats-server to test against; undefined when there is one. */
export function natsServerMissing(): string | undefined {
  const { status } = spawnSync('nats-server', ['--version'])
  return status === 0 ? undefined : 'no nats-server on PATH (Debian: apt-get install nats-server)'
}

/**
 * Starts a nats-server found on PATH.
 *
 * @param args more of its command line, for example credentials
 */
export async function startNatsServer(args: readonly string[] = []): Promise<NatsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-nats-'))
  let child: ChildProcess | undefined
  let port = '-1'

  async function run(): Promise<void> {
    const common = ['-a', '127.0.0.1', '-p', port, '-js', '-sd', join(directory, 'store')]
    child = spawn('nats-server', [...common, ...args], {
      // If a consumer is deleted while it is written, files remain where the server runs.
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // Not --ports_file_dir: the file is written a moment after the server is ready.
    port = await readPort(child)
  }

  async function kill(): Promise<void> {
    const dying = child
    child = undefined
    if (dying !== undefined && dying.exitCode === null) {
      const gone = new Promise((resolve) => dying.once('exit', resolve))
      dying.kill('SIGKILL')
      await gone
    }
  }

  // A test that ends early must not leave a server behind.
  const reap = () => child?.kill('SIGKILL')
  process.once('exit', reap)
  await run()
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    async restart(store = 'same') {
      if (store === 'empty') {
        await rm(join(directory, 'store'), { recursive: true })
      }
      await run()
    },
    freeze(isFrozen) {
      child?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT')
      // kill() returns before the signal has arrived: requests sent right away might still be answered.
      while (isFrozen && child?.pid !== undefined && !isStopped(child.pid)) {}
    },
    async remove() {
      await kill()
      process.off('exit', reap)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Resolves to the port when the server reports that it is ready; rejects with its output if it ends first. */
async function readPort(child: ChildProcess): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const port = /Listening for client connections on [^\n]*:(\d+)\n/.exec(output)?.[1]
      if (port !== undefined && output.includes('Server is ready')) {
        resolve(port)
      }
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`nats-server ended: ${output}`)))
  })
}
