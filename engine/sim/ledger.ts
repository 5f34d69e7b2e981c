import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

/** How a call ended, from the caller's point of view. */
export type CallerOutcome =
  /** The caller heard an agent. */
  | 'answered'
  /** The caller hung up before that. */
  | 'abandoned'
  /** The caller was sent to another extension and never heard an agent. */
  | 'overflowed'
  /** The switch hung up before any of these happened. */
  | 'lost'

export interface CallerRecord {
  readonly dialled: string
  readonly arrivedAt: EpochMs
  /** When the first phone rang for the caller. */
  rungAt: EpochMs | undefined
  joinedAt: EpochMs | undefined
  endedAt: EpochMs | undefined
  outcome: CallerOutcome | undefined
}

/** Figures for all callers. Waits run from arrival to hearing the agent, for answered callers only. */
export interface LedgerSummary {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly overflowed: number
  readonly lost: number
  /** Callers who still wait or talk. */
  readonly unfinished: number
  readonly waitMs: Spread
  /** From arrival to the first phone that rings. */
  readonly untilRungMs: Spread
  readonly abandonedAfterMs: Spread
}

/** The distribution of a time. All zero when there is nothing to measure. */
export interface Spread {
  readonly mean: DurationMs
  readonly p50: DurationMs
  readonly p90: DurationMs
  readonly p99: DurationMs
  readonly max: DurationMs
}

/** The calls as the callers saw them. It does not depend on the engine, so it can check one. */
export class Ledger {
  readonly #records: CallerRecord[] = []

  arrived(dialled: string, at: EpochMs): CallerRecord {
    const record: CallerRecord = {
      dialled,
      arrivedAt: at,
      rungAt: undefined,
      joinedAt: undefined,
      endedAt: undefined,
      outcome: undefined,
    }
    this.#records.push(record)
    return record
  }

  get records(): readonly Readonly<CallerRecord>[] {
    return this.#records
  }

  /** @param waitsSince leaves out the waits of callers who arrived earlier, for example during a warm-up */
  summary(waitsSince: EpochMs = 0): LedgerSummary {
    const counts = { answered: 0, abandoned: 0, overflowed: 0, lost: 0 }
    const waits: DurationMs[] = []
    const patience: DurationMs[] = []
    const untilRung: DurationMs[] = []
    let unfinished = 0
    for (const { outcome, arrivedAt, rungAt, joinedAt, endedAt } of this.#records) {
      if (rungAt !== undefined && arrivedAt >= waitsSince) untilRung.push(rungAt - arrivedAt)
      if (joinedAt !== undefined && arrivedAt >= waitsSince) waits.push(joinedAt - arrivedAt)
      if (outcome === undefined) unfinished++
      else counts[outcome]++
      if (outcome === 'abandoned' && endedAt !== undefined) patience.push(endedAt - arrivedAt)
    }
    return {
      offered: this.#records.length,
      ...counts,
      unfinished,
      waitMs: spread(waits),
      untilRungMs: spread(untilRung),
      abandonedAfterMs: spread(patience),
    }
  }
}

function spread(values: DurationMs[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): DurationMs =>
    sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? 0
  const total = sorted.reduce((sum, value) => sum + value, 0)
  return {
    mean: sorted.length === 0 ? 0 : Math.round(total / sorted.length),
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: sorted.at(-1) ?? 0,
  }
}
