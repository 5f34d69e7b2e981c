import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNatsServer } from '../engine/rigs/nats-server.ts'
import type { Hotline } from './hotline.ts'
import type { EngineOrder, EngineWord } from './isolation-engine.ts'
import { accountForStream, type StreamAccount } from './isolation-stream.ts'
import { createPluginProcess, makeSpillDirectory, type Trouble } from './isolation-troubles.ts'
import type { Span } from './stopwatch.ts'
import { type Account, nodeFlags, startSwitchProcess } from './switch-process.ts'

/** How a run goes. */
export interface Plan {
  readonly rate: number
  /** Seconds of undisturbed work that count. */
  readonly plainSeconds: number
  /** Undefined: nothing but undisturbed work. */
  readonly trouble: Trouble | undefined
  /** The trouble lasts so long at most. */
  readonly mostSeconds: number
  readonly hasPlugin: boolean
}

/** What a run showed. */
export interface Outcome {
  /** Calls that came before the trouble, without those of the warm-up. */
  readonly plain: readonly Span[]
  /** Calls that came from its beginning to the end of its aftermath. */
  readonly troubled: readonly Span[]
  readonly remark: string
  /** Shares of the engine's core. */
  readonly cpu: { readonly plain: number; readonly troubled: number }
  readonly callers: Account
  readonly stream: StreamAccount
  readonly dropped: number
  readonly backlog: number
}

const warmUpSeconds = 4
/** What is under way when the trouble begins belongs to neither. */
const gapMs = 300
const talkMs = 1_000
/** So many that nobody waits for an agent, also after a pause of everything: that is another wait. */
const agentsPerTalk = 3

/**
 * One engine, its simulated switch, its broker and its plugin, each a process: undisturbed
 * at first, then in trouble.
 *
 * @returns undefined where this machine does not let us make the trouble
 */
export async function runPlan(plan: Plan): Promise<Outcome | undefined> {
  const { rate, plainSeconds, trouble, mostSeconds, hasPlugin } = plan
  const spill = makeSpillDirectory(trouble?.disk)
  if (spill === undefined) {
    return undefined
  }
  const troubleMs = Math.min(trouble?.seconds ?? 0, mostSeconds) * 1_000
  const aftermathMs = (trouble?.aftermathSeconds ?? 0) * 1_000
  const seconds = warmUpSeconds + plainSeconds + (troubleMs + aftermathMs) / 1_000
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
    await sleep(plainSeconds * 1_000)
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
      plain: within(warmAt, troubledAt - gapMs),
      troubled: within(troubledAt, endAt),
      remark,
      cpu: { plain: share(marks[0], marks[1]), troubled: share(marks[1], marks[2]) },
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
  await heard(child, 'ready')
  return {
    child,
    async mark(): Promise<Mark> {
      order(child, 'mark')
      const { cpuUs } = await heard(child, 'mark')
      return { at: Date.now(), cpuUs }
    },
    finish() {
      order(child, 'finish')
      return heard(child, 'report')
    },
  }
}

function order(child: ChildProcess, what: EngineOrder): void {
  child.send(what)
}

async function heard<T extends EngineWord['type']>(child: ChildProcess, type: T) {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the engine ended before its time')
  })
  const [word] = (await Promise.race([once(child, 'message'), ended])) as [EngineWord]
  if (word.type !== type) {
    throw new TypeError(`the engine said ${word.type}, not ${type}`)
  }
  return word as Extract<EngineWord, { type: T }>
}
