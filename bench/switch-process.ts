import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The summary that the simulated switch prints at its end. */
export interface Account {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly lost: number
  readonly unfinished: number
  readonly channelsLeft: number
  readonly untilRungMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** A simulated switch in its own process, on the second core if `taskset` is available. */
export interface SwitchProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Resolves when all callers have left. */
  readonly account: Promise<Account>
}

/**
 * V8 flags for short pauses: a small nursery is collected often and quickly, by a single thread
 * since there is one core. `npm start` uses the same flags.
 */
export const nodeFlags = ['--max-semi-space-size=4', '--no-parallel-scavenge']

/** Starts a simulated switch. @param flags as listed by `npm run sim -- --help` */
export async function startSwitchProcess(
  flags: readonly (string | number)[],
): Promise<SwitchProcess> {
  const args = ['build/engine/sim/main.js', ...flags.map(String)]
  const child = spawn(process.execPath, [...nodeFlags, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  spawnSync('taskset', ['-acp', '1', String(child.pid)])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>() => JSON.parse(String((await lines.next()).value ?? '{}')) as T
  const { port } = await next<{ port: number }>()
  return { child, port, account: next<Account>() }
}
