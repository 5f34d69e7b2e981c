import { judgedQuestion } from './check-survey.ts'
import { consentVariable } from './compile-survey.ts'
import type { Progress } from './survey-call.ts'
import type { Survey } from './survey-options.ts'

/** Why a survey ended without an answer. */
export type AbandonReason = 'timedOut' | 'hungUp' | 'failed' | 'lost'

/** The result of a survey. */
export type Verdict =
  | {
      readonly type: 'answered'
      readonly answers: Readonly<Record<string, string>>
      /** Whether the survey was completed. */
      readonly isComplete: boolean
      /** 1 to 5. */
      readonly csat?: number
      /** 0 to 10. */
      readonly nps?: number
      readonly isLow: boolean
    }
  | { readonly type: 'refused'; readonly isOptOut: boolean }
  | { readonly type: 'abandoned'; readonly reason: AbandonReason }

const reasons: Readonly<Record<string, AbandonReason>> = {
  completed: 'timedOut',
  unanswered: 'timedOut',
  timeLimit: 'timedOut',
  callerGone: 'hungUp',
}

/** Judges a survey that is over. With at least one answer it counts as answered, however it ended. */
export function judge(survey: Survey, { given, outcome }: Progress): Verdict {
  const { intro, questions } = survey
  const consent = given.get(consentVariable)
  const answered = questions.flatMap((question) => {
    const value = given.get(question.name)
    return value === undefined ? [] : [{ question, value }]
  })
  if (answered.length === 0 && consent !== undefined) {
    if (consent === intro?.optOut || consent === intro?.refuse) {
      return { type: 'refused', isOptOut: consent === intro.optOut }
    }
  }
  if (answered.length === 0) {
    const reason = outcome === undefined ? 'lost' : (reasons[outcome] ?? 'failed')
    return { type: 'abandoned', reason }
  }
  const scoreOf = (type: 'csat' | 'nps') =>
    answered.find(({ question }) => question.type === type)?.value
  const csat = scoreOf('csat')
  const nps = scoreOf('nps')
  return {
    type: 'answered',
    answers: Object.fromEntries(answered.map(({ question, value }) => [question.name, value])),
    isComplete: outcome === 'completed',
    ...(csat !== undefined && { csat: Number(csat) }),
    ...(nps !== undefined && { nps: Number(nps) }),
    isLow: isLow(survey, given),
  }
}

function isLow(survey: Survey, given: ReadonlyMap<string, string>): boolean {
  const judged = survey.lowScore && judgedQuestion(survey)
  const value = judged && given.get(judged.name)
  return (
    survey.lowScore !== undefined && value !== undefined && Number(value) < survey.lowScore.below
  )
}
