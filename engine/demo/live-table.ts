import { type AgentState, agentStates } from '../catalogue/agent.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import type { QueueSummary } from '../metrics/figures.ts'
import type { ServiceFigures } from './services.ts'

/** What the table shows at one moment. */
export interface Picture {
  readonly elapsedMs: DurationMs
  readonly queues: readonly QueueSummary[]
  readonly agents: Readonly<Record<AgentState, number>>
  /** What the plugins have done. */
  readonly services: ServiceFigures
  /** Time taken for a decision, in microseconds; undefined before the first. */
  readonly matchUs: { readonly p50: number | undefined; readonly p99: number | undefined }
}

const columns: readonly (readonly [string, (queue: QueueSummary) => string])[] = [
  ['queue', ({ queue }) => queue],
  ['waiting', ({ waiting }) => String(waiting)],
  ['longest', ({ longestWaitMs }) => seconds(longestWaitMs)],
  ['talking', ({ talking }) => String(talking)],
  ['answered', ({ answered }) => String(answered)],
  ['abandoned', ({ abandoned }) => String(abandoned)],
  ['SL', ({ serviceLevel }) => percent(serviceLevel)],
  ['ASA', ({ asaMs }) => seconds(asaMs)],
]

// Here an agent is reserved only while a customer is dialled for a callback: too rare for a column.
const shownStates = agentStates.filter((state) => state !== 'reserved')

/** The picture as lines of a table, for a terminal. */
export function tableLines({ queues, agents, services, matchUs }: Picture): readonly string[] {
  const rows = [columns.map(([title]) => title), ...queues.map(cells)]
  const widths = columns.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const table = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  '),
  )
  const states = shownStates.map((state) => `${state} ${agents[state]}`).join('  ')
  return [
    ...table,
    `agents    ${states}`,
    ...serviceTexts(services).map(([name, text]) => `${name.padEnd(10)}${text}`),
    `match     ${matchText(matchUs)}`,
  ]
}

/** The picture in one line, for a pipe. */
export function pictureLine(picture: Picture): string {
  const queues = picture.queues.map((queue) => {
    const [name = '', ...values] = cells(queue)
    const figures = values.map((value, index) => `${columns[index + 1]?.[0]} ${value}`)
    return `${name}: ${figures.join(', ')}`
  })
  const agents = shownStates.map((state) => `${state} ${picture.agents[state]}`).join(', ')
  const services = serviceTexts(picture.services).map(([name, text]) => `${name}: ${text}`)
  const parts = [
    ...queues,
    `agents: ${agents}`,
    ...services,
    `match: ${matchText(picture.matchUs)}`,
  ]
  return `${seconds(picture.elapsedMs)} | ${parts.join(' | ')}`
}

/** What each plugin has done, in a few words. */
function serviceTexts(services: ServiceFigures): readonly (readonly [string, string])[] {
  const { calls, classified, owed, absorbed, connected, otherwise } = services
  const open = owed - absorbed - connected - otherwise
  return [
    ['skill', `classified ${classified} of ${calls}`],
    ['callback', `owed ${owed}, absorbed ${absorbed}, connected ${connected}, open ${open}`],
    [
      'survey',
      `asked ${services.asked}, answered ${services.answered}, satisfied ${percent(services.satisfied)}`,
    ],
  ]
}

function cells(queue: QueueSummary): string[] {
  return columns.map(([, show]) => show(queue))
}

function matchText({ p50, p99 }: Picture['matchUs']): string {
  return `p50 ${micros(p50)}  p99 ${micros(p99)}`
}

function micros(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(1)} µs`
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${(value * 100).toFixed(1)} %`
}

function seconds(value: DurationMs | undefined): string {
  return value === undefined ? '-' : `${(value / 1000).toFixed(1)} s`
}
