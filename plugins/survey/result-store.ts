import { type EpochMs, type PluginKv, z } from '../../engine/plugin/index.ts'
import { type Figures, figuresOf } from './scores.ts'
import type { Asking } from './survey-call.ts'
import type { Verdict } from './verdict.ts'

const result = z.object({
  at: z.int().nonnegative(),
  outcome: z.enum(['answered', 'refused', 'abandoned']),
  isComplete: z.boolean(),
  csat: z.int().optional(),
  nps: z.int().optional(),
  project: z.string().optional(),
  answers: z.record(z.string(), z.string()).optional(),
})

/** Results of one survey, day, queue and agent, by call, so that a repeat counts once. */
export const resultPage = z.record(z.string(), result)

type ResultPage = z.output<typeof resultPage>

/** How the figures are grouped. */
export type ResultGroup = 'queue' | 'agent' | 'project'

export interface ResultQuery {
  readonly survey?: string | undefined
  readonly groupBy: ResultGroup
  readonly from?: EpochMs | undefined
  /** Exclusive. */
  readonly to?: EpochMs | undefined
}

export interface ResultRow extends Figures {
  readonly survey: string
  /** The queue, agent or project; empty where there is none. */
  readonly group: string
}

interface PageKey {
  readonly survey: string
  /** UTC, `2026-11-02`. */
  readonly day: string
  readonly queue: string
  readonly agent: string
}

/** Stores the result of a survey. Has no effect if it is stored already. */
export async function keepResult(
  pages: PluginKv<ResultPage>,
  callId: string,
  { survey, queue = '', agent = '', project }: Asking,
  verdict: Verdict,
  at: EpochMs,
): Promise<void> {
  const page = [survey, new Date(at).toISOString().slice(0, 10), queue, agent]
  // Without an agent, a day may have many calls: the first two characters of the call id split them into small pages.
  const key = [...page, agent === '' ? callId.slice(0, 2) : ''].join('|')
  const answered = verdict.type === 'answered' ? verdict : undefined
  await pages.update(key, (kept = {}) =>
    Object.hasOwn(kept, callId)
      ? kept
      : {
          ...kept,
          [callId]: {
            at,
            outcome: verdict.type,
            isComplete: answered?.isComplete ?? false,
            ...(answered?.csat !== undefined && { csat: answered.csat }),
            ...(answered?.nps !== undefined && { nps: answered.nps }),
            ...(project !== undefined && { project }),
            ...(answered !== undefined && { answers: answered.answers }),
          },
        },
  )
}

/** Computes figures from the stored results, one row per survey and group, sorted by name. */
export async function readResults(
  pages: PluginKv<ResultPage>,
  { survey, groupBy, from = 0, to = Number.POSITIVE_INFINITY }: ResultQuery,
): Promise<readonly ResultRow[]> {
  const rows = new Map<string, { survey: string; group: string; scores: ResultPage[string][] }>()
  for (const text of await pages.keys()) {
    const key = readKey(text)
    if ((survey === undefined || key.survey === survey) && overlaps(key.day, from, to)) {
      const page = (await pages.get(text))?.value ?? {}
      for (const one of Object.values(page)) {
        if (one.at >= from && one.at < to) {
          const group = groupBy === 'project' ? (one.project ?? '') : key[groupBy]
          const id = `${key.survey}|${group}`
          const row = rows.get(id) ?? { survey: key.survey, group, scores: [] }
          row.scores.push(one)
          rows.set(id, row)
        }
      }
    }
  }
  return [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => ({ survey: row.survey, group: row.group, ...figuresOf(row.scores) }))
}

/** Removes the pages of days that ended before `before`. */
export async function forgetResults(pages: PluginKv<ResultPage>, before: EpochMs): Promise<void> {
  for (const key of await pages.keys()) {
    if (endOf(readKey(key).day) <= before) {
      await pages.delete(key)
    }
  }
}

function readKey(key: string): PageKey {
  const [survey = '', day = '', queue = '', agent = ''] = key.split('|')
  return { survey, day, queue, agent }
}

function overlaps(day: string, from: EpochMs, to: EpochMs): boolean {
  return endOf(day) > from && Date.parse(day) < to
}

function endOf(day: string): EpochMs {
  return Date.parse(day) + 86_400_000
}
