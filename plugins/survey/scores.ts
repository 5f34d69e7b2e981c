import type { Verdict } from './verdict.ts'

/** The result of one survey, as the figures need it. */
export interface Score {
  readonly outcome: Verdict['type']
  readonly isComplete: boolean
  readonly csat?: number | undefined
  readonly nps?: number | undefined
}

/** The figures of a set of surveys. Shares are from 0 to 1, and absent if nobody has answered. */
export interface Figures {
  readonly asked: number
  readonly answered: number
  /** How many of `answered` were completed. */
  readonly complete: number
  readonly refused: number
  readonly abandoned: number
  readonly csat: CsatFigures
  readonly nps: NpsFigures
}

interface CsatFigures {
  readonly answers: number
  readonly satisfied: number
  readonly share?: number
}

interface NpsFigures {
  readonly answers: number
  readonly promoters: number
  readonly detractors: number
  /** From -100 to 100. */
  readonly score?: number
}

/** CSAT counts answers of 4 and 5 as satisfied. */
export function isSatisfied(csat: number): boolean {
  return csat >= 4
}

/** NPS counts 9 and 10 as promoters, 0 to 6 as detractors. */
export function npsGroup(nps: number): 'promoter' | 'passive' | 'detractor' {
  return nps >= 9 ? 'promoter' : nps <= 6 ? 'detractor' : 'passive'
}

/** Counts surveys: CSAT = satisfied ÷ answers; NPS = 100 × (promoters − detractors) ÷ answers. */
export function figuresOf(scores: readonly Score[]): Figures {
  const count = (is: (score: Score) => boolean) => scores.filter(is).length
  const group = (name: ReturnType<typeof npsGroup>) =>
    count(({ nps }) => nps !== undefined && npsGroup(nps) === name)
  const csatAnswers = count(({ csat }) => csat !== undefined)
  const satisfied = count(({ csat }) => csat !== undefined && isSatisfied(csat))
  const npsAnswers = count(({ nps }) => nps !== undefined)
  const promoters = group('promoter')
  const detractors = group('detractor')
  return {
    asked: scores.length,
    answered: count(({ outcome }) => outcome === 'answered'),
    complete: count(({ isComplete }) => isComplete),
    refused: count(({ outcome }) => outcome === 'refused'),
    abandoned: count(({ outcome }) => outcome === 'abandoned'),
    csat: {
      answers: csatAnswers,
      satisfied,
      ...(csatAnswers > 0 && { share: round(satisfied / csatAnswers) }),
    },
    nps: {
      answers: npsAnswers,
      promoters,
      detractors,
      ...(npsAnswers > 0 && { score: round((100 * (promoters - detractors)) / npsAnswers) }),
    },
  }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
