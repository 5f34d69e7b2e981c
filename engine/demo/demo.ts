import { type App, startApp } from '../app.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { summarise } from '../metrics/figures.ts'
import { loadPlugins } from '../plugin/load-plugins.ts'
import { createAgentPhones } from '../sim/agent-phones.ts'
import { createCustomerPhones } from '../sim/customer-phones.ts'
import { acdActions, createDialplan } from '../sim/dialplan.ts'
import type { LedgerSummary } from '../sim/ledger.ts'
import { createPopulation, type Population } from '../sim/population.ts'
import { createRandom } from '../sim/random.ts'
import { type ListeningSwitch, startSimulatedSwitch } from '../sim/tcp.ts'
import { type Picture, pictureLine, tableLines } from './live-table.ts'
import { type ServiceFigures, watchServices } from './services.ts'
import { demoConfig, keysFor, numbers, tenant } from './site.ts'

export interface DemoOptions {
  readonly agents: number
  /** Callers a second. */
  readonly rate: number
  /** How long new callers arrive, in seconds. */
  readonly seconds: number
  readonly seed: number
  /** One JSON object as the last line. */
  readonly isJson: boolean
  readonly out: NodeJS.WriteStream
  /** Resolves to end the demo early. */
  readonly stopped: Promise<void>
}

/** The result of the demo; `lost` is counted by the simulated callers, not by the engine. */
export interface DemoResult {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly overflowed: number
  readonly calledBack: number
  /** What the plugins did. */
  readonly services: ServiceFigures
  readonly lost: number
  readonly waitMs: { readonly p50: number; readonly p99: number }
  readonly matchUs: { readonly p50: number; readonly p99: number }
}

/** Time for the last conversations to end, before the callers hang up. */
const drainMs: DurationMs = 10_000
const pictureMs: DurationMs = 1_000

/** Runs the engine on a simulated FreeSWITCH, lets callers come, and shows what happens. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { seed, out } = options
  const random = createRandom(seed)
  const log = createLogger('warn')
  const agentPhones = createAgentPhones({
    clock: systemClock,
    random: random.fork(),
    answerMs: [500, 3_000],
    faults: { noAnswer: 0.02, busy: 0.01, reject: 0.02, unreachable: 0.01 },
  })
  // Agents are busy about 80 % of the time, whatever their number and the rate.
  const talkMs = Math.min(
    20_000,
    Math.max(500, (0.8 * options.agents * 1000) / options.rate - 3_000),
  )
  const customers = createCustomerPhones({
    clock: systemClock,
    random: random.fork(),
    answerMs: [1_000, 4_000],
    faults: { letsItRing: 0.1, isBusy: 0.1 },
    talkMs,
  })
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random: random.fork(),
    log,
    dialplan: createDialplan(
      Object.fromEntries(numbers.map((number) => [number, acdActions({ tenant })])),
    ),
    phones: (dialString) => agentPhones(dialString) ?? customers.phones(dialString),
  })
  const config = demoConfig(sim.port, options.agents)
  const plugins = await loadPlugins(config.tenants.values())
  const app = await startApp(config, { log, random: () => random.next(), plugins })
  const services = await watchServices(app.bus, tenant)
  await new Promise<void>((resolve) => app.engine.onceReady(resolve))
  out.write(`metrics: http://127.0.0.1:${app.opsPort}/metrics\n`)
  const population = createPopulation(sim, {
    clock: systemClock,
    random: random.fork(),
    numbers,
    rate: options.rate,
    patienceMs: 30_000,
    talkMs,
    agentEndsShare: 0.7,
    lingerMs: 20_000,
    keysFor,
    ringsAgain: { share: 0.3, afterMs: [2_000, 8_000] },
  })
  const show = createScreen(app, out, services.figures)
  const timer = setInterval(show, pictureMs)
  try {
    await runCallers(population, options)
  } finally {
    clearInterval(timer)
  }
  show()
  customers.stop()
  const result = summaryOf(population.ledger.summary(), app, services.figures())
  await end(app, sim)
  report(result, options)
  return result
}

async function runCallers(population: Population, options: DemoOptions): Promise<void> {
  population.start()
  await Promise.race([pause(options.seconds * 1000), options.stopped])
  population.stop()
  await Promise.race([population.settled(), pause(drainMs), options.stopped])
  population.hangUpAll()
  await population.settled()
  // The last hang-ups reach the engine one media step later.
  await pause(200)
}

async function end(app: App, sim: ListeningSwitch): Promise<void> {
  await app.stop()
  await sim.stop()
}

function summaryOf(ledger: LedgerSummary, { metrics }: App, services: ServiceFigures): DemoResult {
  const { offered, answered, abandoned, overflowed, lost, unfinished, waitMs } = ledger
  const match = (share: number) => Number((metrics.tally.matchUs.quantile(share) ?? 0).toFixed(1))
  return {
    offered,
    answered,
    abandoned,
    overflowed,
    calledBack: services.connected,
    services,
    lost: lost + unfinished,
    waitMs: { p50: waitMs.p50, p99: waitMs.p99 },
    matchUs: { p50: match(0.5), p99: match(0.99) },
  }
}

function report(result: DemoResult, { isJson, out }: DemoOptions): void {
  const { offered, answered, abandoned, lost, waitMs, matchUs, services } = result
  const lines = [
    '',
    `${offered} callers: ${answered} answered, ${abandoned} hung up before, ${lost} lost.`,
    `They waited ${waitMs.p50} ms (median) and ${waitMs.p99} ms (p99), ringing included.`,
    `${services.classified} were classified; ${services.owed} callbacks were owed: ${services.connected} connected, ${services.absorbed} settled by callers who called again.`,
    `${services.answered} of ${services.asked} answered the survey${services.satisfied === undefined ? '' : `; ${Math.round(100 * services.satisfied)} % of them were satisfied`}.`,
    `A decision took ${matchUs.p50} µs (median) and ${matchUs.p99} µs (p99).`,
  ]
  out.write(`${lines.join('\n')}\n`)
  if (isJson) {
    out.write(`${JSON.stringify(result)}\n`)
  }
}

/** Draws the current figures: in place on a terminal, otherwise as a new line each time. */
function createScreen(
  app: App,
  out: NodeJS.WriteStream,
  services: () => ServiceFigures,
): () => void {
  const startedAt = systemClock.now()
  let drawn = 0
  return () => {
    const picture = pictureOf(app, startedAt, services())
    if (!out.isTTY) {
      out.write(`${pictureLine(picture)}\n`)
      return
    }
    const lines = tableLines(picture)
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`
    // Each line is cleared to its end, because the previous one may have been longer.
    out.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}`)
    drawn = lines.length
  }
}

function pictureOf({ metrics }: App, startedAt: EpochMs, services: ServiceFigures): Picture {
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
    services,
    matchUs: { p50: tally.matchUs.quantile(0.5), p99: tally.matchUs.quantile(0.99) },
  }
}

function pause(ms: DurationMs): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(ms, resolve)
  })
}
