import { answersOf } from './branches.ts'
import type { Question, Survey } from './survey-options.ts'

/** A flow definition, as commands accept it. */
export type FlowDefinition = Readonly<Record<string, unknown>>

/** The variable that holds the key pressed in the intro. */
export const consentVariable = 'consent'

type Step = Readonly<Record<string, unknown>>

/** Compiles a survey into a flow for one caller. @param language the caller's, if known */
export function compileSurvey(survey: Survey, language: string | undefined): FlowDefinition {
  const { thanks, goodbye, questions } = survey
  const finish = thanks === undefined ? 'end' : 'thanks'
  const steps: Step[] = [
    ...(language === undefined ? [] : [{ language }]),
    ...introSteps(survey),
    ...questions.flatMap((question, index) => {
      const following = questions[index + 1]
      return questionSteps(survey, question, following ? stepOf(following.name) : finish, finish)
    }),
  ]
  if (thanks !== undefined) {
    steps.push({ name: 'thanks', play: thanks, next: 'end' })
  }
  if (goodbye !== undefined && canRefuse(survey)) {
    steps.push({ name: 'goodbye', play: goodbye, next: 'end' })
  }
  return { language: survey.language, timeLimit: span(survey.timeLimit), steps }
}

function introSteps({ intro, questions, tries, timeout, ...survey }: Survey): readonly Step[] {
  if (intro === undefined) {
    return []
  }
  const { prompt, refuse, optOut, accept } = intro
  const leave = survey.goodbye === undefined ? 'end' : 'goodbye'
  const first = stepOf(questions[0]?.name ?? '')
  const keys = Object.fromEntries([
    ...[refuse, optOut].flatMap((key) => (key === undefined ? [] : [[key, leave]])),
    ...(accept === undefined ? [] : [[accept, first]]),
  ])
  if (Object.keys(keys).length === 0) {
    return [{ play: prompt }]
  }
  // Without an `accept` key silence is consent, so the wait is kept short.
  const patience =
    accept === undefined
      ? { tries: 1, timeout: '1s', otherwise: first }
      : { tries, timeout: span(timeout), otherwise: 'end' }
  return [{ menu: { prompt, keys, into: consentVariable, ...patience } }]
}

function canRefuse({ intro }: Survey): boolean {
  return intro?.refuse !== undefined || intro?.optOut !== undefined
}

/** @param following step of the next question @param finish step at which the survey ends */
function questionSteps(
  survey: Survey,
  question: Question,
  following: string,
  finish: string,
): readonly Step[] {
  const { name, type, prompt, next } = question
  const answers = answersOf(question)
  const leadOf = (answer: string) => {
    const to = next[answer]
    return to === undefined ? following : to === 'end' ? finish : stepOf(to)
  }
  if (type === 'open') {
    const { folder } = survey
    const max = span(question.maxLength)
    return [
      { name: stepOf(name), record: { prompt, into: name, folder, max, otherwise: following } },
    ]
  }
  const { tries, timeout, whenInvalid, whenSilent } = survey
  const asking = {
    prompt,
    into: name,
    tries,
    timeout: span(timeout),
    ...(whenInvalid !== undefined && { whenInvalid }),
    ...(whenSilent !== undefined && { whenSilent }),
    ...(question.isOptional && { otherwise: following }),
  }
  if (answers.every((answer) => answer.length === 1)) {
    const keys = Object.fromEntries(answers.map((answer) => [answer, leadOf(answer)]))
    return [{ name: stepOf(name), menu: { ...asking, keys } }]
  }
  const pattern = answers.join('|')
  const collect = { ...asking, max: 2, pattern, digitTimeout: '2s', publish: true }
  const branches = Object.keys(next).map((answer) => [answer, leadOf(answer)])
  return [
    { name: stepOf(name), collect },
    ...(branches.length === 0
      ? []
      : [{ when: { variable: name, is: Object.fromEntries(branches), otherwise: following } }]),
  ]
}

function stepOf(question: string): string {
  return `ask-${question}`
}

function span(ms: number): string {
  return `${ms}ms`
}
