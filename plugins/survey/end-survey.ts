import { SwitchyardError } from '../../engine/plugin/index.ts'
import { keepResult } from './result-store.ts'
import { type Asking, progressOf, type SurveyCall } from './survey-call.ts'
import { aboutOf, type Desk, type Means, type OnCampaignCall, surveyOf } from './survey-desk.ts'
import type { Survey } from './survey-options.ts'
import { judge, type Verdict } from './verdict.ts'

/** Judges a survey that is over, and stores and publishes the result. Each step can be repeated. */
export async function endSurvey(
  desk: Desk,
  means: Means,
  callId: string,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const { calls, options, results, optOuts, figures, clock, keyOf } = desk
  const call = (await calls.get(callId))?.value
  const survey = surveyOf(options, call?.asking)
  const progress = call && progressOf(call)
  if (call?.asking === undefined || progress === undefined || call.isOver) {
    return
  }
  const { asking, arrived } = call
  if (survey !== undefined) {
    const verdict = judge(survey, progress)
    await keepResult(results, callId, asking, verdict, progress.startedAt)
    const number = arrived?.number ?? ''
    if (verdict.type === 'refused' && verdict.isOptOut && number !== '') {
      await optOuts.create(keyOf(number), progress.startedAt)
    }
    await publishEnd(desk, means, callId, call, asking, verdict)
    if (verdict.type === 'answered' && verdict.isLow) {
      await requestCallback(desk, means, callId, number, asking, survey)
    }
    if (asking.campaign !== undefined) {
      await onCampaignCall(asking, callId, verdict)
    }
    figures.ended(asking, verdict)
  }
  await calls.update(callId, (kept) =>
    kept === undefined || kept.isOver
      ? kept
      : { ...kept, isOver: true, touchedAt: clock.now(), words: [] },
  )
}

async function publishEnd(
  { calls }: Desk,
  { publish }: Means,
  callId: string,
  call: SurveyCall,
  asking: Asking,
  { type, ...fields }: Verdict,
): Promise<void> {
  if (call.told.includes('ended')) {
    return
  }
  const data = { ...aboutOf(callId, asking), ...fields }
  // The fields of a verdict are those of the event with its name.
  await publish(`survey.${type}`, { id: `ended.${callId}`, subject: callId, data: data as never })
  await calls.update(callId, (kept) =>
    kept === undefined || kept.told.includes('ended')
      ? kept
      : { ...kept, told: [...kept.told, 'ended'] },
  )
}

async function requestCallback(
  { figures, log }: Desk,
  { commands }: Means,
  callId: string,
  number: string,
  asking: Asking,
  { lowScore }: Survey,
): Promise<void> {
  const queue = lowScore?.callbackQueue
  if (queue === undefined || number === '') {
    return
  }
  const input = { number, queue, callId, reason: 'survey' } as const
  const options = { commandId: `survey/owe/${callId}` }
  const reply = await commands.command('callback.enqueue', input, options)
  if (reply.ok) {
    figures.owed(asking.survey)
  } else if (reply.error.retryable) {
    throw new SwitchyardError('SY_COMMAND_FAILED', `callback.enqueue: ${reply.error.code}`)
  } else {
    log.warn(
      { survey: asking.survey, code: reply.error.code },
      'a callback for a low score was refused',
    )
  }
}
