import { halfWidth } from '../engine/replay/confidence.ts'
import type { Load } from '../engine/replay/erlang.ts'
import { measureForecast } from '../engine/replay/forecast.ts'
import { type Compared, compareWithTheory } from '../engine/replay/queueing.ts'

const agents = 10
const talkSeconds = 180
const patienceSeconds = 120
const confidence = 0.99
const replications = 40

/** Offered load per agent, from a quiet hotline to one that cannot answer everybody. */
const patientLoads = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
const impatientLoads = [0.5, 0.7, 0.85, 1, 1.2, 1.5]

/** The widest allowed interval, as a share of the value. A wider one would agree with anything. */
const maxRelativeWidth = 0.25
const maxAbsoluteWidth = 0.01

interface Row extends Compared {
  readonly load: number
  readonly patience: number
}

function loadOf(share: number): Load {
  return { arrivalRate: (share * agents) / talkSeconds, serviceRate: 1 / talkSeconds, agents }
}

function rowsOf(share: number, patience: number, callers: number): readonly Row[] {
  // A busy hotline where nobody gives up has long correlations, so it needs longer days.
  const longer = share >= 0.95 && patience === Number.POSITIVE_INFINITY ? 5 : 1
  const compared = compareWithTheory({
    load: loadOf(share),
    patience,
    replications,
    callers: callers * longer,
    warmUp: (callers * longer) / 5,
    seed: Math.round(share * 1_000_000),
  })
  return compared.map((one) => ({ ...one, load: share, patience }))
}

function print(cells: readonly string[]): void {
  const line = cells
    .map((cell, index) => (index < 3 ? cell.padEnd(14) : cell.padStart(10)))
    .join('')
  process.stdout.write(`${line}\n`)
}

function show({ load, patience, measure, expected, measured }: Row, each: number): void {
  const within = halfWidth(measured, confidence)
  const off = measured.mean - expected
  print([
    patience === Number.POSITIVE_INFINITY ? 'Erlang C' : 'Erlang A',
    load.toFixed(2),
    measure,
    expected.toFixed(4),
    measured.mean.toFixed(4),
    `±${within.toFixed(4)}`,
    Math.abs(off) <= within ? 'yes' : Math.abs(off) <= halfWidth(measured, each) ? 'nearly' : 'NO',
  ])
}

function showForecast(share: number, patience: number, callers: number): void {
  const { forecasts, unknownShare, meanWaitMs, biasMs, errorMs } = measureForecast({
    load: loadOf(share),
    patience,
    replications: 1,
    callers: callers * 4,
    warmUp: callers,
    seed: Math.round(share * 1_000_000),
  })
  print([
    patience === Number.POSITIVE_INFINITY ? 'patient' : 'impatient',
    share.toFixed(2),
    String(forecasts),
    ...[meanWaitMs, biasMs, errorMs].map((span) => (span / 1_000).toFixed(1)),
    `${((100 * errorMs) / meanWaitMs).toFixed(0)} %`,
    `${(100 * unknownShare).toFixed(1)} %`,
  ])
}

/**
 * Simulates the hotlines of queueing theory on the core and prints the results beside
 * Erlang C and Erlang A.
 *
 * @returns 1 if a figure disagrees
 */
export function run(args: readonly string[]): number {
  const callers = Number(args[0] ?? 10_000)
  const before = process.cpuUsage()
  const rows = [
    ...patientLoads.flatMap((load) => rowsOf(load, Number.POSITIVE_INFINITY, callers)),
    ...impatientLoads.flatMap((load) => rowsOf(load, patienceSeconds, callers)),
  ]
  // Of many intervals some miss the true value by chance, so the confidence is for all together (Bonferroni).
  const each = 1 - (1 - confidence) / rows.length
  print(['theory', 'load', 'measure', 'expected', 'measured', '99 %', 'agrees'])
  for (const row of rows) {
    show(row, each)
  }
  const misses = (at: number) =>
    rows.filter(
      ({ expected, measured }) => Math.abs(measured.mean - expected) > halfWidth(measured, at),
    ).length
  const vague = rows.filter(({ expected, measured }) => {
    const within = halfWidth(measured, confidence)
    return within > maxRelativeWidth * expected && within > maxAbsoluteWidth
  })
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(
    `${rows.length} figures: ${misses(confidence)} outside their own 99 % interval, ${misses(each)} outside ` +
      `the 99 % for all together; ${vague.length} too wide to prove anything\n` +
      `${((user + system) / 1e6).toFixed(0)} s of CPU\n`,
  )
  print(['callers', 'load', 'forecasts', 'wait s', 'bias s', 'error s', 'of wait', 'unknown'])
  for (const load of patientLoads) {
    showForecast(load, Number.POSITIVE_INFINITY, callers)
  }
  for (const load of impatientLoads) {
    showForecast(load, patienceSeconds, callers)
  }
  return misses(each) > 0 || vague.length > 0 ? 1 : 0
}
