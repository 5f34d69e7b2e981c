import { comparableNumber, type EventData, SwitchyardError } from '../../engine/plugin/index.ts'
import { chooseSurvey } from './choose-survey.ts'
import { compileSurvey } from './compile-survey.ts'
import { languageOf } from './language-options.ts'
import { type Asking, newSurveyCall, type SurveyCall } from './survey-call.ts'
import { type Desk, type Means, projectOf, surveyOf } from './survey-desk.ts'
import type { Survey } from './survey-options.ts'

/** Stores the caller's number, and decides whether to ask if an agent has already answered. */
export async function handleArrival(
  desk: Desk,
  means: Means,
  { callId, callerNumber, dialledNumber }: EventData<'call.arrived'>,
): Promise<void> {
  const { calls, clock, options } = desk
  const number = comparableNumber(callerNumber, options.numbers) ?? ''
  const call = await calls.update(callId, (kept = newSurveyCall(clock.now())) =>
    kept.arrived === undefined ? { ...kept, arrived: { number, dialled: dialledNumber } } : kept,
  )
  await decide(desk, means, callId, call)
}

/** An agent has answered: decides whether to ask, and arms the survey so that it is ready when they part. */
export async function handleAnswer(
  desk: Desk,
  means: Means,
  { callId, at, queue, agent, offerId }: EventData<'call.answered'>,
): Promise<void> {
  const { calls, clock } = desk
  const call = await calls.update(callId, (kept = newSurveyCall(clock.now())) =>
    (kept.answered?.at ?? -1) < at
      ? { ...kept, touchedAt: clock.now(), answered: { at, queue, agent, offerId } }
      : kept,
  )
  await decide(desk, means, callId, call)
}

async function decide(
  desk: Desk,
  means: Means,
  callId: string,
  call: SurveyCall | undefined,
): Promise<void> {
  const { calls, options, clock } = desk
  const { arrived, answered } = call ?? {}
  if (arrived === undefined || answered === undefined || call?.asking?.campaign !== undefined) {
    return
  }
  let decided = call
  if (call?.decidedFor !== answered.offerId) {
    const asking = await choose(desk, callId, arrived, answered, call?.chosen)
    decided = await calls.update(callId, (kept) =>
      kept === undefined || kept.decidedFor === answered.offerId
        ? kept
        : // What was armed for an earlier conversation stays armed.
          {
            ...kept,
            touchedAt: clock.now(),
            decidedFor: answered.offerId,
            asking: asking ?? kept.asking,
          },
    )
  }
  const survey = surveyOf(options, decided?.asking)
  if (decided?.asking !== undefined && survey !== undefined) {
    await arm(desk, means, callId, decided.asking, survey, answered.offerId)
  }
}

async function choose(
  { asked, optOuts, options, clock, keyOf, languageByNumber }: Desk,
  callId: string,
  { number, dialled }: NonNullable<SurveyCall['arrived']>,
  { queue, agent }: NonNullable<SurveyCall['answered']>,
  chosen: string | undefined,
): Promise<Asking | undefined> {
  const key = keyOf(number)
  const survey = chooseSurvey(options.surveys, {
    callId,
    queue,
    askedAt: number === '' ? undefined : (await asked.get(key))?.value.at,
    hasOptedOut: number !== '' && (await optOuts.get(key)) !== undefined,
    now: clock.now(),
  })
  const language = languageOf(options.languages, languageByNumber, {
    chosen,
    dialled,
    number,
    queue,
  })
  const project = projectOf(options, queue)
  return survey === undefined
    ? undefined
    : {
        survey,
        queue,
        agent,
        ...(language !== undefined && { language }),
        ...(project !== undefined && { project }),
      }
}

async function arm(
  { figures, reportHealth, log }: Desk,
  { commands }: Means,
  callId: string,
  asking: Asking,
  survey: Survey,
  offerId: string,
): Promise<void> {
  const definition = compileSurvey(survey, asking.language)
  const flow = { type: 'inline', definition } as const
  const input = { callId, flow, when: 'afterTalk' } as const
  const reply = await commands.command('call.runFlow', input, {
    commandId: `survey/arm/${callId}/${offerId}`,
  })
  const part = `surveys.${asking.survey}`
  if (reply.ok) {
    reportHealth(part, undefined)
    return
  }
  const { code, retryable } = reply.error
  if (retryable) {
    throw new SwitchyardError('SY_COMMAND_FAILED', `call.runFlow: ${code}`)
  }
  figures.notArmed(asking.survey, code)
  if (code === 'flowUnknown' || code === 'invalid') {
    log.error(
      { survey: asking.survey, code },
      'the engine rejects the flow of a survey; callers are not asked',
    )
    reportHealth(part, `the engine cannot play it: ${code}`)
  }
}

/**
 * A conversation, or a call without one, is over: drops the stored call unless a survey may follow.
 *
 * @param canStay whether the caller may still be on the line
 */
export async function handleEnd(
  { calls, clock }: Desk,
  callId: string,
  canStay: boolean,
): Promise<void> {
  await calls.update(callId, (kept) => {
    if (kept === undefined || kept.words.length > 0 || kept.isOver || kept.asking?.campaign) {
      return kept
    }
    return canStay ? { ...kept, isTalkOver: true, touchedAt: clock.now() } : undefined
  })
}
