import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNatsServer } from '../engine/rigs/nats-server.ts'
import type { Hotline } from './hotline.ts'
import type { EngineMessage, EngineOrder } from './isolation-engine.ts'
import { accountForStream, type StreamAccount } from './isolation-stream.ts'
import { createPluginProcess, makeSpillDirectory, type Trouble } from './isolation-troubles.ts'
import type { Span } from './stopwatch.ts'
import { type Account, nodeFlags, startSwitchProcess } from './switch-process.ts'

/** The plan of a run. */
export interface Plan {
  /** Calls per second. */
  readonly rate: number
  /** Measured seconds of undisturbed work. */
  readonly baselineSeconds: number
  /** Undefined: only undisturbed work. */
  readonly trouble: Trouble | undefined
  /** The longest time that the trouble may last. */
  readonly maxSeconds: number
  readonly hasPlugin: boolean
}

/** The result of a run. */
export interface Outcome {
  /** Calls that arrived before the trouble, without the warm-up. */
  readonly baseline: readonly Span[]
  /** Calls that arrived between the start of the trouble and the end of its aftermath. */
  readonly troubled: readonly Span[]
  readonly remark: string
  /** The share of its core that the engine used. */
  readonly cpu: { readonly baseline: number; readonly troubled: number }
  readonly callers: Account
  readonly stream: StreamAccount
  readonly dropped: number
  readonly backlog: number
}

const warmUpSeconds = 4
/** Calls that arrive this shortly before the trouble are not counted. */
const gapMs = 300
const talkMs = 1_000
/** Enough that nobody waits for an agent, even after a pause of the whole machine. */
const agentsPerTalk = 3

/**
 * Runs an engine, a simulated switch, a broker and a plugin, each in its own process:
 * undisturbed at first, then in trouble.
 *
 * @returns undefined if this machine does not allow the trouble
 */
export async function runPlan(plan: Plan): Promise<Outcome | undefined> {
  const { rate, baselineSeconds, trouble, maxSeconds, hasPlugin } = plan
  const spill = makeSpillDirectory(trouble?.disk)
  if (spill === undefined) {
    return undefined
  }
  const troubleMs = Math.min(trouble?.seconds ?? 0, maxSeconds) * 1_000
  const aftermathMs = (trouble?.aftermathSeconds ?? 0) * 1_000
  const seconds = warmUpSeconds + baselineSeconds + (troubleMs + aftermathMs) / 1_000
  const agents = Math.ceil(rate * (talkMs / 1000) * agentsPerTalk)
  const server = await startNatsServer()
  const plugin = createPluginProcess(server.url)
  const sim = await startSwitchProcess([
    ...['--rate', rate, '--seconds', seconds, '--agents', agents, '--answer', '5,20'],
    ...['--talk', talkMs, '--patience', 60_000, '--media-step', 0],
  ])
  const top = `bus: { nats: { servers: ['${server.url}'] } }
outbox: { directory: '${spill.path}', maxBytes: ${spill.maxBytes}, whenFull: dropOldest }
`
  const engine = await startEngine({
    port: sim.port,
    agents,
    status: 'available',
    top,
    isSilent: true,
  })
  try {
    if (hasPlugin) {
      await plugin.start()
    }
    await sleep(warmUpSeconds * 1_000)
    const marks = [await engine.mark()]
    await sleep(baselineSeconds * 1_000)
    marks.push(await engine.mark())
    const remark = (await trouble?.run({ server, plugin }, troubleMs)) ?? ''
    await sleep(aftermathMs)
    marks.push(await engine.mark())
    const callers = await sim.account
    const { spans, dropped, backlog } = await engine.finish()
    const [warmAt = 0, troubledAt = 0, endAt = 0] = marks.map(({ at }) => at)
    const within = (from: number, to: number) =>
      spans.filter(({ parkedAt }) => parkedAt >= from && parkedAt < to)
    return {
      baseline: within(warmAt, troubledAt - gapMs),
      troubled: within(troubledAt, endAt),
      remark,
      cpu: { baseline: share(marks[0], marks[1]), troubled: share(marks[1], marks[2]) },
      callers,
      stream: await accountForStream(server.url, callers.offered),
      dropped,
      backlog,
    }
  } finally {
    engine.child.kill('SIGKILL')
    sim.child.kill('SIGKILL')
    await plugin.end()
    await server.remove()
    spill.remove()
  }
}

interface Mark {
  readonly at: number
  readonly cpuUs: number
}

function share(from: Mark | undefined, to: Mark | undefined): number {
  const ms = (to?.at ?? 0) - (from?.at ?? 0)
  return ms === 0 ? 0 : ((to?.cpuUs ?? 0) - (from?.cpuUs ?? 0)) / 1_000 / ms
}

async function startEngine(hotline: Hotline) {
  const args = [...nodeFlags, 'build/bench/isolation-engine.js', JSON.stringify(hotline)]
  const child = spawn('taskset', ['-c', '0', process.execPath, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await receive(child, 'ready')
  return {
    child,
    async mark(): Promise<Mark> {
      order(child, 'mark')
      const { cpuUs } = await receive(child, 'mark')
      return { at: Date.now(), cpuUs }
    },
    finish() {
      order(child, 'finish')
      return receive(child, 'report')
    },
  }
}

function order(child: ChildProcess, what: EngineOrder): void {
  child.send(what)
}

async function receive<T extends EngineMessage['type']>(child: ChildProcess, type: T) {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the engine ended too early')
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [EngineMessage]
  if (message.type !== type) {
    throw new TypeError(`the engine sent ${message.type}, not ${type}`)
  }
  return message as Extract<EngineMessage, { type: T }>
}
