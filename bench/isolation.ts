import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { natsServerMissing } from '../engine/rigs/nats-server.ts'
import { type Outcome, type Plan, runPlan } from './isolation-run.ts'
import { type Trouble, troubles } from './isolation-troubles.ts'
import { type Span, spreadOf } from './stopwatch.ts'

/** Half of the 375 calls/s at which `load` ends where the machine is shared. */
const defaultRate = 180
const plainSeconds = 10
const marks = { ratio: 1.1, plusMs: 1 }
/** Undisturbed work that takes longer was disturbed by others: against that every case looks good. */
const mostPlainMs = 40
/** A batch that was out when the broker went away may be stored, and be dropped all the same. */
const batchEvents = 500

/** One line of the table. */
interface Case {
  readonly trouble: Trouble
  readonly outcome: Outcome
  /** Undisturbed work just before it and just after. */
  readonly plain: readonly Span[]
}

/**
 * The time from the switch's stamp on `park` to the offer while plugins, broker or disk are
 * in trouble, against undisturbed work just before and after; and whether every event got to
 * the stream, once and in order. `npm run bench -- isolation [--rate CALLS] [--seconds MOST]
 * [--attempts N] [--only WORDS]`.
 *
 * @returns 1 where a mark is missed
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
  // The engine has the first core for itself; everything else inherits the second.
  const isPinned = spawnSync('taskset', ['-acp', '1', String(process.pid)]).status === 0
  if (!isPinned) {
    print('taskset is not there, or there is one core: the engine cannot be measured alone')
    return 1
  }
  const plan = {
    ...{ rate: Number(values.rate), plainSeconds, mostSeconds: Number(values.seconds) },
    ...{ trouble: undefined, hasPlugin: true },
  }
  const { cases, skipped, loose } = await runAll(
    plan,
    troubles.filter(({ name }) => name.includes(values.only)),
    Number(values.attempts),
  )
  const faults = [...cases.flatMap(faultsOf), ...loose.flatMap(eventFaults)]
  report(cases, loose)
  for (const name of skipped) {
    print(`left out: ${name}: mounting a file system is not allowed here`)
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
    const outcome = await bestOf(attempts, plan, trouble)
    if (outcome === undefined) {
      skipped.push(trouble.name)
    } else {
      done.push({ trouble, outcome })
    }
  }
  const last = await runPlan(plan)
  const bare = await runPlan({ ...plan, hasPlugin: false })
  for (const [name, outcome] of [
    ['plain', last],
    ['no plugin', bare],
  ] as const) {
    print(`${name}: ${outcome === undefined ? '' : describe(outcome)}`)
  }
  const loose = [last, bare].filter((outcome) => outcome !== undefined)
  const cases = done.map(({ trouble, outcome }, index): Case => {
    const after = done[index + 1]?.outcome ?? last
    return { trouble, outcome, plain: [...outcome.plain, ...(after?.plain ?? [])] }
  })
  return { cases, skipped, loose }
}

/** What disturbs the machine only ever adds to a wait: a mark is kept if one attempt of several shows it. */
async function bestOf(most: number, plan: Plan, trouble: Trouble): Promise<Outcome | undefined> {
  const outcome = await runPlan({ ...plan, trouble })
  if (outcome === undefined) {
    return undefined
  }
  print(`${trouble.name}: ${describe(outcome)}`)
  const isLate = lateFaults({ trouble, outcome, plain: outcome.plain }).length > 0
  // An event that is lost stays lost.
  const isFinal = most <= 1 || eventFaults(outcome).length > 0
  return isLate && !isFinal ? bestOf(most - 1, plan, trouble) : outcome
}

function limitOf({ plain }: Case): number {
  return marks.ratio * spreadOf(plain).p99 + marks.plusMs
}

function faultsOf(one: Case): readonly string[] {
  const faults = [...lateFaults(one), ...eventFaults(one.outcome)]
  return faults.map((fault) => `${one.trouble.name}: ${fault}`)
}

function lateFaults(one: Case): readonly string[] {
  const { p99 } = spreadOf(one.outcome.troubled)
  const plain = spreadOf(one.plain).p99
  const limit = limitOf(one)
  if (plain > mostPlainMs) {
    return [`nothing is proved: undisturbed work had p99 ${plain} ms, the machine was busy`]
  }
  return p99 > limit ? [`p99 ${p99} ms, above ${limit.toFixed(1)} ms`] : []
}

function eventFaults({ callers, stream, dropped, backlog }: Outcome): readonly string[] {
  const unserved = callers.lost + callers.unfinished + callers.channelsLeft
  const { missing, duplicates, outOfOrder } = stream
  const isCounted = missing <= dropped && missing >= dropped - (dropped > 0 ? batchEvents : 0)
  return [
    ...(unserved > 0 ? [`${unserved} callers were not served`] : []),
    ...(isCounted
      ? []
      : [`${missing} events are not in the stream, ${dropped} counted as dropped`]),
    ...(duplicates > 0 ? [`${duplicates} events are twice in the stream`] : []),
    ...(outOfOrder > 0 ? [`${outOfOrder} events are out of order`] : []),
    ...(backlog > 0 ? [`${backlog} events were still waiting a minute later`] : []),
  ]
}

function describe({ plain, troubled, remark, cpu, callers, stream, dropped }: Outcome): string {
  const [before, during] = [spreadOf(plain), spreadOf(troubled)]
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`
  return [
    `plain ${before.p50}/${before.p99}/${before.max} ms, ${percent(cpu.plain)} of a core`,
    `troubled ${during.p50}/${during.p99}/${during.max} ms, ${percent(cpu.troubled)}`,
    `${callers.offered} calls, ${stream.calls} in the stream with ${stream.events} events`,
    `${stream.missing} missing, ${dropped} counted as dropped`,
    ...(remark === '' ? [] : [remark]),
  ].join('; ')
}

function report(cases: readonly Case[], loose: readonly Outcome[]): void {
  row(['', 'p50', 'p99', 'max', 'plain p99', 'limit', 'missing', 'dropped', 'twice', 'disorder'])
  for (const one of cases) {
    const { trouble, outcome, plain } = one
    const { stream, dropped } = outcome
    const limits = [spreadOf(plain).p99, limitOf(one).toFixed(1)]
    row([trouble.name, ...spanCells(outcome.troubled), ...limits, ...streamCells(stream, dropped)])
  }
  const everyPlain = [...cases.map(({ outcome }) => outcome), ...loose.slice(0, 1)].flatMap(
    ({ plain }) => plain,
  )
  row(['plain, all of them', ...spanCells(everyPlain)])
  for (const { plain } of loose.slice(1)) {
    row(['no plugin at all', ...spanCells(plain)])
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
  print(`${String(name).padEnd(40)}${cells.map((cell) => String(cell).padStart(10)).join('')}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
