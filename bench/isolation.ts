import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { natsServerMissing } from '../engine/rigs/nats-server.ts'
import { type Outcome, type Plan, runPlan } from './isolation-run.ts'
import { type Trouble, troubles } from './isolation-troubles.ts'
import { type Span, spreadOf } from './stopwatch.ts'

/** Half of the 375 calls/s that `load` reaches on a shared machine. */
const defaultRate = 180
const baselineSeconds = 10
const targets = { ratio: 1.1, plusMs: 1 }
/** Slower undisturbed work means that the machine was busy. Compared with it, every case would look good. */
const maxBaselineMs = 40
/** A batch in flight when the broker went away may be stored and also counted as dropped. */
const batchEvents = 500

/** One row of the table. */
interface Case {
  readonly trouble: Trouble
  readonly outcome: Outcome
  /** Undisturbed work just before and just after it. */
  readonly baseline: readonly Span[]
}

/**
 * Measures the time from the switch's timestamp of `park` to the offer while plugins, broker or
 * disk are in trouble, compared with undisturbed work just before and after. Checks that every
 * event reached the stream once and in order. `npm run bench -- isolation [--rate CALLS]
 * [--seconds MAX] [--attempts N] [--only NAME]`.
 *
 * @returns 1 if a target was missed
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: String(defaultRate) },
      seconds: { type: 'string', default: '30' },
      attempts: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
    },
  })
  const missing = natsServerMissing()
  if (missing !== undefined) {
    print(missing)
    return 1
  }
  // The engine has the first core to itself. Everything else inherits the second.
  const isPinned = spawnSync('taskset', ['-acp', '1', String(process.pid)]).status === 0
  if (!isPinned) {
    print('cannot pin processes: taskset is missing, or the machine has only one core')
    return 1
  }
  const plan = {
    ...{ rate: Number(values.rate), baselineSeconds, maxSeconds: Number(values.seconds) },
    ...{ trouble: undefined, hasPlugin: true },
  }
  const { cases, skipped, extraRuns } = await runAll(
    plan,
    troubles.filter(({ name }) => name.includes(values.only)),
    Number(values.attempts),
  )
  const faults = [...cases.flatMap(faultsOf), ...extraRuns.flatMap(eventFaults)]
  report(cases, extraRuns)
  for (const name of skipped) {
    print(`skipped: ${name}: mounting a file system is not allowed here`)
  }
  for (const fault of faults) {
    print(`MISSED ${fault}`)
  }
  return faults.length === 0 ? 0 : 1
}

async function runAll(plan: Plan, asked: readonly Trouble[], attempts: number) {
  const skipped: string[] = []
  const done: { readonly trouble: Trouble; readonly outcome: Outcome }[] = []
  for (const trouble of asked) {
    const outcome = await retryUntilPassing(attempts, plan, trouble)
    if (outcome === undefined) {
      skipped.push(trouble.name)
    } else {
      done.push({ trouble, outcome })
    }
  }
  const last = await runPlan(plan)
  const withoutPlugin = await runPlan({ ...plan, hasPlugin: false })
  for (const [name, outcome] of [
    ['undisturbed', last],
    ['without a plugin', withoutPlugin],
  ] as const) {
    print(`${name}: ${outcome === undefined ? '' : describe(outcome)}`)
  }
  const extraRuns = [last, withoutPlugin].filter((outcome) => outcome !== undefined)
  const cases = done.map(({ trouble, outcome }, index): Case => {
    const after = done[index + 1]?.outcome ?? last
    return { trouble, outcome, baseline: [...outcome.baseline, ...(after?.baseline ?? [])] }
  })
  return { cases, skipped, extraRuns }
}

/** Disturbances of the machine only ever make a wait longer, so one good attempt of several is enough. */
async function retryUntilPassing(
  attemptsLeft: number,
  plan: Plan,
  trouble: Trouble,
): Promise<Outcome | undefined> {
  const outcome = await runPlan({ ...plan, trouble })
  if (outcome === undefined) {
    return undefined
  }
  print(`${trouble.name}: ${describe(outcome)}`)
  const isLate = lateFaults({ trouble, outcome, baseline: outcome.baseline }).length > 0
  // A lost event is a fault whatever the next attempt shows.
  const isFinal = attemptsLeft <= 1 || eventFaults(outcome).length > 0
  return isLate && !isFinal ? retryUntilPassing(attemptsLeft - 1, plan, trouble) : outcome
}

function limitOf({ baseline }: Case): number {
  return targets.ratio * spreadOf(baseline).p99 + targets.plusMs
}

function faultsOf(one: Case): readonly string[] {
  const faults = [...lateFaults(one), ...eventFaults(one.outcome)]
  return faults.map((fault) => `${one.trouble.name}: ${fault}`)
}

function lateFaults(one: Case): readonly string[] {
  const { p99 } = spreadOf(one.outcome.troubled)
  const baseline = spreadOf(one.baseline).p99
  const limit = limitOf(one)
  if (baseline > maxBaselineMs) {
    return [`no valid comparison: the machine was busy, p99 of undisturbed work was ${baseline} ms`]
  }
  return p99 > limit ? [`p99 ${p99} ms, above the limit of ${limit.toFixed(1)} ms`] : []
}

function eventFaults({ callers, stream, dropped, backlog }: Outcome): readonly string[] {
  const unserved = callers.lost + callers.unfinished + callers.channelsLeft
  const { missing, duplicates, outOfOrder } = stream
  const isCounted = missing <= dropped && missing >= dropped - (dropped > 0 ? batchEvents : 0)
  return [
    ...(unserved > 0 ? [`${unserved} callers were not served`] : []),
    ...(isCounted
      ? []
      : [`${missing} events are missing from the stream, ${dropped} were counted as dropped`]),
    ...(duplicates > 0 ? [`${duplicates} events are in the stream twice`] : []),
    ...(outOfOrder > 0 ? [`${outOfOrder} events are out of order`] : []),
    ...(backlog > 0 ? [`${backlog} events were still unsent a minute later`] : []),
  ]
}

function describe({ baseline, troubled, remark, cpu, callers, stream, dropped }: Outcome): string {
  const [before, during] = [spreadOf(baseline), spreadOf(troubled)]
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`
  return [
    `undisturbed ${before.p50}/${before.p99}/${before.max} ms, ${percent(cpu.baseline)} of a core`,
    `in trouble ${during.p50}/${during.p99}/${during.max} ms, ${percent(cpu.troubled)}`,
    `${callers.offered} calls, ${stream.calls} in the stream with ${stream.events} events`,
    `${stream.missing} missing, ${dropped} counted as dropped`,
    ...(remark === '' ? [] : [remark]),
  ].join('; ')
}

function report(cases: readonly Case[], extraRuns: readonly Outcome[]): void {
  row([
    '',
    'p50',
    'p99',
    'max',
    'baseline p99',
    'limit',
    'missing',
    'dropped',
    'duplicates',
    'out of order',
  ])
  for (const one of cases) {
    const { trouble, outcome, baseline } = one
    const { stream, dropped } = outcome
    const limits = [spreadOf(baseline).p99, limitOf(one).toFixed(1)]
    row([trouble.name, ...spanCells(outcome.troubled), ...limits, ...streamCells(stream, dropped)])
  }
  const everyBaseline = [...cases.map(({ outcome }) => outcome), ...extraRuns.slice(0, 1)].flatMap(
    ({ baseline }) => baseline,
  )
  row(['undisturbed, all cases', ...spanCells(everyBaseline)])
  for (const { baseline } of extraRuns.slice(1)) {
    row(['without a plugin', ...spanCells(baseline)])
  }
}

function spanCells(spans: readonly Span[]): readonly number[] {
  const { p50, p99, max } = spreadOf(spans)
  return [p50, p99, max]
}

function streamCells({ missing, duplicates, outOfOrder }: Outcome['stream'], dropped: number) {
  return [missing, dropped, duplicates, outOfOrder]
}

function row([name = '', ...cells]: readonly (string | number)[]): void {
  print(`${String(name).padEnd(40)}${cells.map((cell) => String(cell).padStart(13)).join('')}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
