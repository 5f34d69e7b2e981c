import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What the simulated switch says at its end. */
export interface Account {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly lost: number
  readonly unfinished: number
  readonly channelsLeft: number
  readonly untilRungMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** A simulated switch in a process of its own, on the second core where `taskset` is found. */
export interface SwitchProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Resolves when its callers have come and gone. */
  readonly account: Promise<Account>
}

/**
 * Short pauses: a small nursery is swept often and quickly, and on one core by one thread.
 * `npm start` uses the same flags.
 */
export const nodeFlags = ['--max-semi-space-size=4', '--no-parallel-scavenge']

/** @param flags as `npm run sim -- --help` lists them */
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
