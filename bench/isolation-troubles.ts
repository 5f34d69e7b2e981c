import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsServer } from '../engine/rigs/nats-server.ts'
import type { FloodTotals } from './isolation-flood.ts'

/** The surroundings of the engine that a trouble can affect. */
export interface Surroundings {
  readonly server: NatsServer
  readonly plugin: PluginProcess
}

/** A fault around the engine. */
export interface Trouble {
  readonly name: string
  /** How long it lasts, unless the benchmark's options limit it. */
  readonly seconds: number
  /** The measured time after it, in which backlogs are worked off. */
  readonly aftermathSeconds: number
  /** Where the outbox spills to. @default a disk with enough room */
  readonly disk?: 'tiny' | 'quota'
  /** Starts the trouble, waits, and ends it. @returns a remark for the output */
  run(surroundings: Surroundings, ms: number): Promise<string>
}

/** A plugin that classifies calls, in its own process. */
export interface PluginProcess {
  kill(signal: NodeJS.Signals): void
  /** Starts it, or starts it again after it was killed. Resolves when it receives events. */
  start(): Promise<void>
  /** Kills it. Resolves when it has exited. */
  end(): Promise<void>
}

const killEveryMs = 4_000
const floodPerSecond = 5_000

/** Lowers the priority of a process. In production the switch has its own machine, so a flood must not slow it down here. */
function lowerPriority({ pid = 0 }: ChildProcess): void {
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

/** Creates the plugin process without starting it. */
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

/** All troubles, in the order in which they are measured. */
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
      lowerPriority(child)
      await sleep(ms)
      child.kill('SIGTERM')
      const totals = JSON.parse(String((await lines.next()).value)) as FloodTotals
      const each = (count: number) => Math.round(count / totals.seconds)
      return `${each(totals.sent)}/s sent, ${each(totals.done)}/s done, ${each(totals.refused)}/s refused, ${each(totals.unanswered)}/s unanswered`
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

/** A directory for the outbox. */
export interface SpillDirectory {
  readonly path: string
  /** The value of `outbox.maxBytes` in the configuration. */
  readonly maxBytes: string
  remove(): void
}

const tinyDisk = '2m'

/**
 * Makes a directory to spill to. `tiny` is a file system of 2 MiB, which needs the right to mount.
 *
 * @returns undefined if mounting is not allowed
 */
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
