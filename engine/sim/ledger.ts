import type { DurationMs, EpochMs } from '../catalogue/ids.ts'

/** How it ended for a caller, from the caller's own point of view. */
export type CallerOutcome =
  /** Heard an agent. */
  | 'answered'
  /** Hung up before that, of their own choice. */
  | 'abandoned'
  /** Was sent on to another extension, and never heard an agent. */
  | 'overflowed'
  /** Was hung up on without any of these. */
  | 'lost'

export interface CallerRecord {
  readonly dialled: string
  readonly arrivedAt: EpochMs
  /** When a first phone was rung for them. */
  rungAt: EpochMs | undefined
  joinedAt: EpochMs | undefined
  endedAt: EpochMs | undefined
  outcome: CallerOutcome | undefined
}

/** Figures of all callers; waits are of those who were answered, from the call's arrival to the agent's voice. */
export interface LedgerSummary {
  readonly offered: number
  readonly answered: number
  readonly abandoned: number
  readonly overflowed: number
  readonly lost: number
  /** Not over yet: waiting or talking. */
  readonly unfinished: number
  readonly waitMs: Spread
  /** From a call's arrival to the first phone that rings for it. */
  readonly untilRungMs: Spread
  readonly abandonedAfterMs: Spread
}

/** Zero in all when there is nothing to measure. */
export interface Spread {
  readonly mean: DurationMs
  readonly p50: DurationMs
  readonly p90: DurationMs
  readonly p99: DurationMs
  readonly max: DurationMs
}

/** What the callers themselves saw: independent of any engine, to check one against. */
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

  /** @param waitsSince waits of callers who came earlier are left out: those of a warm-up */
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
