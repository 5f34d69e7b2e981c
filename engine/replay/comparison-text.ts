import type { DurationMs } from '../catalogue/ids.ts'
import type { Columns, Comparison } from './compare.ts'
import type { Figures } from './day-figures.ts'

const rows: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['calls', ({ calls }) => String(calls)],
  ['answered', ({ answered }) => String(answered)],
  ['service level', ({ serviceLevel }) => percent(serviceLevel)],
  ['ASA', ({ asaMs }) => seconds(asaMs)],
  ['abandoned', ({ abandoned }) => String(abandoned)],
  ['abandonment', ({ abandonment }) => percent(abandonment)],
  ['mean wait', ({ meanWaitMs }) => seconds(meanWaitMs)],
  ['p90 wait', ({ p90WaitMs }) => seconds(p90WaitMs)],
  ['overflowed', ({ overflowed }) => String(overflowed)],
  ['sent away', ({ sentAway }) => String(sentAway)],
  ['transferred', ({ transferred }) => String(transferred)],
  ['lost', ({ lost }) => String(lost)],
]

const method = `"As recorded" is counted from the events and exact. "Under" is simulated on the engine's core: arrivals, places,
agents' statuses, the patience of callers who gave up, talk times, and the answers to offers that were also
made on that day are as recorded. Everything else is estimated: see docs/replay.md.`

/** Formats a comparison for people: one table for all queues, then one for each queue. */
export function comparisonText(comparison: Comparison): string {
  const { tenant, seed, fromAt, toAt, all, queues, notes } = comparison
  const hasOld = all.old !== undefined
  const title = `tenant ${tenant}, ${instant(fromAt)} to ${instant(toAt)}, seed ${seed}`
  const tables = [
    table('all queues', all, hasOld),
    ...(queues.length > 1 ? queues.map((one) => table(one.queue, one, hasOld)) : []),
  ]
  const remarks = notes.map((note) => `- ${note}`).join('\n')
  return `${[title, ...tables, method, remarks].join('\n\n')}\n`
}

function table(name: string, columns: Columns, hasOld: boolean): string {
  const taken = [columns.recorded, ...(hasOld ? [columns.old] : []), columns.new]
  const head = ['as recorded', ...(hasOld ? ['under OLD'] : []), 'under NEW']
  const lines = rows.map(([label, read]) => [
    label,
    ...taken.map((figures) => (figures === undefined ? '-' : read(figures))),
  ])
  return [[name, ...head], ...lines]
    .map(([label = '', ...cells]) => {
      const padded = cells.map((cell) => cell.padStart(13)).join('')
      return `${label.padEnd(16)}${padded}`
    })
    .join('\n')
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(1)} %`
}

function seconds(span: DurationMs | undefined): string {
  return span === undefined ? '-' : `${(span / 1_000).toFixed(1)} s`
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
