import type { z } from '../../engine/plugin/index.ts'
import { answersOf, type Branching, reachableQuestions } from './branches.ts'
import type { PromptOption } from './option-schemas.ts'

interface Asking extends Branching {
  readonly prompt: PromptOption
}

interface SurveyShape {
  readonly language: string
  readonly intro?:
    | {
        readonly prompt: PromptOption
        readonly refuse?: string | undefined
        readonly optOut?: string | undefined
        readonly accept?: string | undefined
      }
    | undefined
  readonly questions: readonly Asking[]
  readonly thanks?: PromptOption | undefined
  readonly goodbye?: PromptOption | undefined
  readonly whenInvalid?: PromptOption | undefined
  readonly whenSilent?: PromptOption | undefined
  readonly lowScore?: { readonly question?: string | undefined } | undefined
}

type Path = readonly (string | number)[]
type Report = (path: Path, message: string) => void

/** Reports faults of a survey that the engine could not play, or whose parts contradict each other. */
export function checkSurvey(survey: SurveyShape, context: z.core.$RefinementCtx): void {
  const report: Report = (path, message) =>
    context.addIssue({ code: 'custom', path: [...path], message })
  checkQuestions(survey.questions, report)
  checkWords(survey, report)
  const { refuse, optOut, accept } = survey.intro ?? {}
  const keys = [refuse, optOut, accept].filter((key) => key !== undefined)
  if (new Set(keys).size < keys.length) {
    report(['intro'], 'one key has two meanings')
  }
  if (survey.lowScore !== undefined && judgedQuestion(survey) === undefined) {
    report(['lowScore'], 'there is no such question, or its answers are not scores')
  }
}

/** The question whose answer decides whether the score is low. */
export function judgedQuestion<Q extends Branching>(survey: {
  readonly questions: readonly Q[]
  readonly lowScore?: { readonly question?: string | undefined } | undefined
}): Q | undefined {
  const named = survey.lowScore?.question
  return survey.questions.find(
    ({ name, type }) =>
      ['csat', 'nps', 'scale'].includes(type) && (named === undefined || named === name),
  )
}

function checkQuestions(questions: readonly Asking[], report: Report): void {
  const names = questions.map(({ name }) => name)
  const reached = reachableQuestions(questions)
  for (const [index, one] of questions.entries()) {
    const path = ['questions', index]
    if (names.indexOf(one.name) !== index) {
      report([...path, 'name'], 'another question has this name')
    } else if (!reached.has(one.name)) {
      report(path, 'no answer leads here')
    }
    if (one.type === 'scale' && one.least >= one.most) {
      report([...path, 'most'], 'must be above `least`')
    }
    for (const [answer, to] of Object.entries(one.next)) {
      if (!answersOf(one).includes(answer)) {
        report([...path, 'next', answer], 'is not an answer to this question')
      }
      if (to !== 'end' && names.indexOf(to) <= index) {
        report([...path, 'next', answer], 'must lead to a later question')
      }
    }
  }
  for (const type of ['csat', 'nps'] as const) {
    if (questions.filter((one) => one.type === type).length > 1) {
      report(['questions'], `only one may be of type ${type}; make the others a scale`)
    }
  }
}

/** Every prompt must exist in the survey's own language, the fallback for all others. */
function checkWords(survey: SurveyShape, report: Report): void {
  const { thanks, goodbye, whenInvalid, whenSilent, intro, questions } = survey
  const said: readonly (readonly [Path, PromptOption | undefined])[] = [
    ...Object.entries({ thanks, goodbye, whenInvalid, whenSilent }).map(
      ([key, words]) => [[key], words] as const,
    ),
    [['intro', 'prompt'], intro?.prompt],
    ...questions.map((one, index) => [['questions', index, 'prompt'], one.prompt] as const),
  ]
  for (const [path, words] of said) {
    if (typeof words === 'object' && !Array.isArray(words) && !(survey.language in words)) {
      report(path, 'lacks the `language` of the survey')
    }
  }
}
