import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsServer } from '../engine/rigs/nats-server.ts'
import type { FloodAccount } from './isolation-flood.ts'

/** What stands around the engine, and can be troubled. */
export interface Surroundings {
  readonly server: NatsServer
  readonly plugin: PluginProcess
}

/** A way to trouble an engine. */
export interface Trouble {
  readonly name: string
  /** How long it lasts; shorter where the benchmark is told so. */
  readonly seconds: number
  /** How long what it leaves behind may take, counted as part of it. */
  readonly aftermathSeconds: number
  /** Where the outbox spills to. @default a disk with room */
  readonly disk?: 'tiny' | 'quota'
  /** Lasts as long as the trouble, and ends it. @returns a remark for the table */
  run(surroundings: Surroundings, ms: number): Promise<string>
}

/** A plugin that classifies, in a process of its own. */
export interface PluginProcess {
  kill(signal: NodeJS.Signals): void
  /** Starts another, where the one before has been killed. Resolves when it hears events. */
  start(): Promise<void>
  /** Kills it, and resolves when it is gone. */
  end(): Promise<void>
}

const killEveryMs = 4_000
const floodPerSecond = 5_000

/** The switch is another machine in truth: a flood must not take its share of this one. */
function giveWay({ pid = 0 }: ChildProcess): void {
  setPriority(pid, constants.priority.PRIORITY_LOW)
}

async function startNode(file: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join('build', 'bench', file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return { child, lines }
}

/** The plugin of {@link Surroundings}; `start` it. */
export function createPluginProcess(url: string): PluginProcess {
  let child: ChildProcess | undefined
  const alive = () => child?.exitCode === null && child.signalCode === null
  return {
    kill: (signal) => child?.kill(signal),
    async start() {
      const started = await startNode('isolation-plugin.js', [url])
      child = started.child
    },
    async end() {
      if (child !== undefined && alive()) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
    },
  }
}

/** The cases of the issue, in order. */
export const troubles: readonly Trouble[] = [
  {
    name: 'plugins hung',
    seconds: 20,
    aftermathSeconds: 8,
    async run({ plugin }, ms) {
      plugin.kill('SIGSTOP')
      await sleep(ms)
      plugin.kill('SIGCONT')
      return ''
    },
  },
  {
    name: 'plugins flooding',
    seconds: 20,
    aftermathSeconds: 2,
    async run({ server }, ms) {
      const { child, lines } = await startNode('isolation-flood.js', [
        server.url,
        String(floodPerSecond),
      ])
      giveWay(child)
      await sleep(ms)
      child.kill('SIGTERM')
      const account = JSON.parse(String((await lines.next()).value)) as FloodAccount
      const each = (count: number) => Math.round(count / account.seconds)
      return `${each(account.given)}/s given, ${each(account.done)}/s done, ${each(account.refused)}/s refused, ${each(account.unanswered)}/s unanswered`
    },
  },
  {
    name: 'plugins killed, again and again',
    seconds: 20,
    aftermathSeconds: 4,
    async run({ plugin }, ms) {
      const endAt = Date.now() + ms
      let kills = 0
      while (Date.now() < endAt) {
        const nextAt = Date.now() + killEveryMs
        await plugin.end()
        await plugin.start()
        kills += 1
        await sleep(Math.max(nextAt - Date.now(), 0))
      }
      return `${kills} times`
    },
  },
  {
    name: 'nats-server killed',
    seconds: 30,
    aftermathSeconds: 12,
    run: killBroker,
  },
  {
    name: 'nats-server stopped',
    seconds: 30,
    aftermathSeconds: 12,
    async run({ server }, ms) {
      server.freeze(true)
      await sleep(ms)
      server.freeze(false)
      return ''
    },
  },
  {
    name: 'spill disk full, nats-server killed',
    seconds: 30,
    aftermathSeconds: 12,
    disk: 'tiny',
    run: killBroker,
  },
  {
    name: 'spill at its limit, nats-server killed',
    seconds: 15,
    aftermathSeconds: 8,
    disk: 'quota',
    run: killBroker,
  },
]

async function killBroker({ server }: Surroundings, ms: number): Promise<string> {
  await server.kill()
  await sleep(ms)
  await server.restart()
  return ''
}

/** A directory for the outbox; undefined where this machine lets us make none of that kind. */
export interface SpillDirectory {
  readonly path: string
  /** Of the configuration. */
  readonly maxBytes: string
  remove(): void
}

const tinyDisk = '2m'

/** Makes a directory to spill to: `tiny` is a file system of 2 MiB, which needs the right to mount. */
export function makeSpillDirectory(kind: Trouble['disk']): SpillDirectory | undefined {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-spill-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  if (kind !== 'tiny') {
    return { path, maxBytes: kind === 'quota' ? '4MiB' : '256MiB', remove }
  }
  const args = ['-t', 'tmpfs', '-o', `size=${tinyDisk}`, 'tmpfs', path]
  if (spawnSync('mount', args).status !== 0) {
    remove()
    return undefined
  }
  return {
    path,
    maxBytes: '256MiB',
    remove() {
      spawnSync('umount', ['-l', path])
      remove()
    },
  }
}
