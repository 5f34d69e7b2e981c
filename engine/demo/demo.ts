import { type App, startApp } from '../app.ts'
import { systemClock } from '../clock.ts'
import type { EngineConfig } from '../config/engine-config.ts'
import { parseConfig } from '../config/parse-config.ts'
import type { DurationMs, EpochMs } from '../core/ids.ts'
import { createLogger } from '../log.ts'
import { summarise } from '../metrics/figures.ts'
import { agentDialString, createAgentPhones } from '../sim/agent-phones.ts'
import { acdActions, createDialplan } from '../sim/dialplan.ts'
import type { LedgerSummary } from '../sim/ledger.ts'
import { createPopulation, type Population } from '../sim/population.ts'
import { createRandom } from '../sim/random.ts'
import { type ListeningSwitch, startSimulatedSwitch } from '../sim/tcp.ts'
import { type Picture, pictureLine, tableLines } from './live-table.ts'

export interface DemoOptions {
  readonly agents: number
  /** Callers a second. */
  readonly rate: number
  /** How long callers come. */
  readonly seconds: number
  readonly seed: number
  /** One JSON object as the last line. */
  readonly isJson: boolean
  readonly out: NodeJS.WriteStream
  /** Resolves when the demo shall end early. */
  readonly stopped: Promise<void>
}

/** What the demo ended with; `lost` is the callers' own account, not the engine's. */
export interface DemoResult {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly overflowed: number
  readonly calledBack: number
  readonly lost: number
  readonly waitMs: { readonly p50: number; readonly p99: number }
  readonly matchUs: { readonly p50: number; readonly p99: number }
}

const tenant = 'demo'
const numbers = ['1001', '1002', '1003'] as const
/** Time for the last conversations to end, before the callers are sent home. */
const drainMs: DurationMs = 10_000
const pictureMs: DurationMs = 1_000

/** Runs the engine on a simulated FreeSWITCH, lets callers come, and shows what happens. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { seed, out } = options
  const random = createRandom(seed)
  const log = createLogger('warn')
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random: random.fork(),
    log,
    dialplan: createDialplan(
      Object.fromEntries(numbers.map((number) => [number, acdActions({ tenant })])),
    ),
    phones: createAgentPhones({
      clock: systemClock,
      random: random.fork(),
      answerMs: [500, 3_000],
      faults: { noAnswer: 0.02, busy: 0.01, reject: 0.02, unreachable: 0.01 },
    }),
  })
  const app = await startApp(demoConfig(sim.port, options.agents), {
    log,
    random: () => random.next(),
  })
  await new Promise<void>((resolve) => app.engine.onceReady(resolve))
  out.write(`metrics: http://127.0.0.1:${app.opsPort}/metrics\n`)
  // Agents are busy about 80 % of the time, whatever their number and the rate.
  const population = createPopulation(sim, {
    clock: systemClock,
    random: random.fork(),
    numbers,
    rate: options.rate,
    patienceMs: 30_000,
    talkMs: Math.min(20_000, Math.max(500, (0.8 * options.agents * 1000) / options.rate - 3_000)),
  })
  const show = createScreen(app, out)
  const timer = setInterval(show, pictureMs)
  try {
    await letThemCome(population, options)
  } finally {
    clearInterval(timer)
  }
  show()
  const result = summaryOf(population.ledger.summary(), app)
  await end(app, sim)
  report(result, options)
  return result
}

async function letThemCome(population: Population, options: DemoOptions): Promise<void> {
  population.start()
  await Promise.race([pause(options.seconds * 1000), options.stopped])
  population.stop()
  await Promise.race([population.settled(), pause(drainMs), options.stopped])
  population.hangUpAll()
  await population.settled()
  // The engine hears of the last hang-ups a media step later.
  await pause(200)
}

async function end(app: App, sim: ListeningSwitch): Promise<void> {
  await app.stop()
  await sim.stop()
}

function summaryOf(ledger: LedgerSummary, { metrics }: App): DemoResult {
  const { offered, answered, abandoned, overflowed, lost, unfinished, waitMs } = ledger
  const match = (share: number) => Number((metrics.tally.matchUs.quantile(share) ?? 0).toFixed(1))
  return {
    offered,
    answered,
    abandoned,
    overflowed,
    calledBack: 0,
    lost: lost + unfinished,
    waitMs: { p50: waitMs.p50, p99: waitMs.p99 },
    matchUs: { p50: match(0.5), p99: match(0.99) },
  }
}

function report(result: DemoResult, { isJson, out }: DemoOptions): void {
  const { offered, answered, abandoned, lost, waitMs, matchUs } = result
  const lines = [
    '',
    `${offered} callers: ${answered} answered, ${abandoned} hung up before, ${lost} lost.`,
    `They waited ${waitMs.p50} ms (median) and ${waitMs.p99} ms (p99), the phone's ringing included.`,
    `A decision took ${matchUs.p50} µs (median) and ${matchUs.p99} µs (p99).`,
  ]
  out.write(`${lines.join('\n')}\n`)
  if (isJson) {
    out.write(`${JSON.stringify(result)}\n`)
  }
}

/** Draws the picture of the moment: in place on a terminal, a line each time elsewhere. */
function createScreen(app: App, out: NodeJS.WriteStream): () => void {
  const startedAt = systemClock.now()
  let drawn = 0
  return () => {
    const picture = pictureOf(app, startedAt)
    if (!out.isTTY) {
      out.write(`${pictureLine(picture)}\n`)
      return
    }
    const lines = tableLines(picture)
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`
    // Each line is cleared to its end: the one before may have been longer.
    out.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}`)
    drawn = lines.length
  }
}

function pictureOf({ metrics }: App, startedAt: EpochMs): Picture {
  const { tally } = metrics
  const now = systemClock.now()
  const figures = tally.tenants.get(tenant)
  if (figures === undefined) {
    throw new TypeError('the demo has no tenant')
  }
  return {
    elapsedMs: now - startedAt,
    queues: [...figures.queues.values()].map((queue) => summarise(queue, now)),
    agents: figures.agents,
    matchUs: { p50: tally.matchUs.quantile(0.5), p99: tally.matchUs.quantile(0.99) },
  }
}

/** Three queues that share the agents: everybody takes sales, some speak French, some are technicians. */
function demoConfig(port: number, agentCount: number): EngineConfig {
  const agents = Array.from({ length: agentCount }, (_, index) => {
    const skills = [
      ...(index % 2 === 0 ? ['french: 4'] : []),
      ...(index % 3 === 0 ? ['repair: 3'] : []),
    ]
    return `      agent${index + 1}: { dial: '${agentDialString(index + 1)}', skills: { ${skills.join(', ')} } }`
  })
  const text = `
ops: { host: 127.0.0.1, port: 0 }
switches:
  sim: { host: 127.0.0.1, port: ${port}, password: { env: DEMO_PASSWORD } }
tenants:
  ${tenant}:
    queues:
      sales: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s }
      french: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s, requires: { french: 3 } }
      repair: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s, requires: { repair: 2 }, priority: 5 }
    agentDefaults: { queues: [sales, french, repair], maxMisses: 0, rest: { unreachable: 5s } }
    agents:
${agents.join('\n')}
    routes:
      - { number: '1001', queue: sales }
      - { number: '1002', queue: french }
      - { number: '1003', queue: repair }
`
  const parsed = parseConfig(text, {
    path: 'demo.yaml',
    env: { DEMO_PASSWORD: 'ClueCon' },
    readFile: () => '',
  })
  if (!parsed.ok) {
    throw new TypeError(parsed.faults.map(({ message }) => message).join('; '))
  }
  return parsed.config
}

function pause(ms: DurationMs): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(ms, resolve)
  })
}
