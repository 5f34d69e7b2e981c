import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type App, startApp } from '../engine/app.ts'
import { parseConfig } from '../engine/config/parse-config.ts'
import { createFreeSwitch, type FreeSwitchOptions } from '../engine/esl/free-switch.ts'
import { createLogger } from '../engine/log.ts'
import { agentDialString } from '../engine/sim/agent-phones.ts'
import type { Switch } from '../engine/switch/switch.ts'

/** What the simulated switch says at its end. */
interface Account {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly lost: number
  readonly unfinished: number
  readonly channelsLeft: number
  readonly untilRungMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

interface Step extends Account {
  readonly rate: number
  /** From the switch's own time stamp of `park` to the engine's offer, in ms. */
  readonly offerMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Share of one core that the engine took. */
  readonly cpu: number
}

const seconds = 10
const warmUpSeconds = 3
const talkMs = 1_000
const firstRate = 300
const growth = 1.25
const attempts = 3
const mostP99Ms = 10
const leastRate = 300
const mostBytesPerCall = 25 * 1024
const waitingCalls = 4_000

/**
 * Short pauses: a small nursery is swept often and quickly, and on one core by one thread.
 * `npm start` uses the same flags.
 */
const nodeFlags = ['--max-semi-space-size=4', '--no-parallel-scavenge']

/**
 * The engine in this process, pinned to one core where `taskset` is found, against
 * the simulated switch in its own: the highest rate at which the time from
 * the switch's stamp on `park` to the engine's `bridge` stays under 10 ms at p99, and
 * the memory of a call that waits.
 *
 * @returns 1 where a promise is broken
 */
export async function run(): Promise<number> {
  if (!nodeFlags.every((flag) => process.execArgv.includes(flag))) {
    const args = [...nodeFlags, ...process.argv.slice(1)]
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1
  }
  const isPinned = spawnSync('taskset', ['-acp', '0', String(process.pid)]).status === 0
  process.stdout.write(isPinned ? '' : 'taskset is not there: the engine shares its core\n')
  process.stdout.write(
    'calls/s  offer ms: p50  p99  max  rung ms, as callers saw it: p50  p99  engine CPU  lost\n',
  )
  let best: Step | undefined
  for (let rate = firstRate; ; rate = Math.round(rate * growth)) {
    const step = await bestOf(attempts, rate)
    if (!isCarried(step)) {
      break
    }
    best = step
  }
  const bytes = await bytesPerCall()
  const isFast = best !== undefined && best.rate >= leastRate
  const isSmall = bytes <= mostBytesPerCall
  const promises: readonly [string, boolean][] = [
    [
      `${best?.rate ?? 0} calls/s on one core with p99 below ${mostP99Ms} ms (at least ${leastRate})`,
      isFast,
    ],
    [`${(bytes / 1024).toFixed(1)} KB a live call (at most ${mostBytesPerCall / 1024})`, isSmall],
  ]
  for (const [promise, isKept] of promises) {
    process.stdout.write(`${isKept ? 'kept  ' : 'BROKEN'} ${promise}\n`)
  }
  return isFast && isSmall ? 0 : 1
}

/** What disturbs the machine only ever adds to a wait: a rate is carried if one attempt of several shows it. */
async function bestOf(most: number, rate: number): Promise<Step> {
  const step = await measureRate(rate)
  const { offerMs, untilRungMs, cpu, lost } = step
  const cells = [
    ...[rate, offerMs.p50, offerMs.p99, offerMs.max, untilRungMs.p50, untilRungMs.p99],
    ...[`${(cpu * 100).toFixed(0)} %`, lost],
  ]
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(7)).join(' ')}\n`)
  return most === 1 || isCarried(step) ? step : bestOf(most - 1, rate)
}

function isCarried({ offerMs, lost, unfinished, channelsLeft }: Step): boolean {
  return offerMs.p99 < mostP99Ms && lost + unfinished + channelsLeft === 0
}

async function measureRate(rate: number): Promise<Step> {
  const agents = Math.ceil(rate * (talkMs / 1000) * 1.6) + 50
  const sim = await startSim([
    ...['--rate', rate, '--seconds', seconds, '--warm-up', warmUpSeconds, '--agents', agents],
    ...['--answer', '5,20', '--talk', talkMs, '--patience', 60_000, '--media-step', 0],
  ])
  const stopwatch = createStopwatch()
  const app = await startEngine(sim.port, agents, 'available', stopwatch.wrap)
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const account = await sim.account
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / 1000 / (performance.now() - startedAt)
  await app.stop()
  return { ...account, rate, cpu, offerMs: stopwatch.spread(account.offered) }
}

/** Heap and buffers of a caller who waits, with everything the engine keeps for them. */
async function bytesPerCall(): Promise<number> {
  const sim = await startSim([
    ...['--burst', waitingCalls, '--rate', 0, '--seconds', 60, '--drain', 0, '--agents', 1],
    ...['--patience', 1e9, '--media-step', 0],
  ])
  const app = await startEngine(sim.port, 1, 'loggedOut')
  const before = heldBytes()
  while (app.engine.liveCalls < waitingCalls) {
    await sleep(50)
  }
  // The events of their arrival have left by then, the answers to the commands have come.
  await sleep(3_000)
  const after = heldBytes()
  sim.child.kill('SIGKILL')
  await app.stop()
  return (after - before) / waitingCalls
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function startSim(flags: readonly (string | number)[]): Promise<{
  readonly child: ChildProcess
  readonly port: number
  readonly account: Promise<Account>
}> {
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

/** Times each call from the switch's stamp on its `park` to its first offer. */
function createStopwatch() {
  const parkedAt = new Map<string, number>()
  const spans: number[] = []
  const wrap = (options: FreeSwitchOptions): Switch => {
    const inner = createFreeSwitch(options)
    return {
      id: inner.id,
      stop: () => inner.stop(),
      snapshot: (...args) => inner.snapshot(...args),
      start: (observer) =>
        inner.start({
          connected: () => observer.connected(),
          disconnected: (error) => observer.disconnected(error),
          event(event) {
            if (event.type === 'callParked') {
              parkedAt.set(event.callId, event.at)
            }
            observer.event(event)
          },
        }),
      send(command, done) {
        inner.send(command, done)
        if (command.type === 'offer' && parkedAt.has(command.callId)) {
          spans.push(Date.now() - (parkedAt.get(command.callId) ?? 0))
          parkedAt.delete(command.callId)
        }
      },
    }
  }
  /** Without those of the warm-up: the first part of the calls. */
  const spread = (calls: number) => {
    const counted = spans.slice(Math.floor((calls * warmUpSeconds) / seconds)).sort((a, b) => a - b)
    const at = (share: number) => counted[Math.floor(share * (counted.length - 1))] ?? 0
    return { p50: at(0.5), p99: at(0.99), max: at(1) }
  }
  return { wrap, spread }
}

async function startEngine(
  port: number,
  agents: number,
  status: string,
  createSwitch = createFreeSwitch,
): Promise<App> {
  const lines = Array.from(
    { length: agents },
    (_, index) => `      a${index}: { dial: '${agentDialString(index + 1)}' }`,
  )
  const parsed = parseConfig(
    `ops: { host: 127.0.0.1, port: 0 }
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
  const app = await startApp(parsed.config, { log: createLogger('error'), createSwitch })
  await new Promise<void>((resolve) => app.engine.onceReady(resolve))
  return app
}
