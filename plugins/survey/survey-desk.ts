import {
  type Clock,
  type EpochMs,
  type EventData,
  type Logger,
  type PluginCommandClient,
  type PluginContext,
  type PluginEvent,
  type PluginKv,
  SwitchyardError,
  z,
} from '../../engine/plugin/index.ts'
import { chooseSurvey } from './choose-survey.ts'
import { compileSurvey } from './compile-survey.ts'
import { languageOf } from './language-options.ts'
import { fingerprint, normaliseNumber } from './number.ts'
import type { PluginOptions } from './options.ts'
import type { Tell } from './plugin-events.ts'
import { keepResult, resultPage } from './result-store.ts'
import {
  type Asking,
  type FlowWord,
  newSurveyCall,
  type Progress,
  progressOf,
  type SurveyCall,
  surveyCall,
  withWord,
} from './survey-call.ts'
import { registerSurveyFigures, type SurveyFigures } from './survey-figures.ts'
import type { Survey } from './survey-options.ts'
import { judge, type Verdict } from './verdict.ts'

/** What is kept of who was asked. */
const lastAsked = z.object({ at: z.int().nonnegative(), callId: z.string() })

/** By which a handler acts. */
export interface Means {
  readonly commands: PluginCommandClient
  readonly publish: Tell
}

/** Told when the survey of a campaign's call is over. */
export type OnCampaignCall = (asking: Asking, callId: string, verdict: Verdict) => Promise<void>

/** What the surveys share. */
export interface Desk {
  readonly options: PluginOptions
  readonly clock: Clock
  readonly log: Logger
  readonly figures: SurveyFigures
  readonly calls: PluginKv<SurveyCall>
  /** By the fingerprint of the number. */
  readonly asked: PluginKv<z.output<typeof lastAsked>>
  readonly optOuts: PluginKv<EpochMs>
  readonly results: PluginKv<z.output<typeof resultPage>>
  reportHealth: PluginContext['reportHealth']
}

/** Opens what surveys keep. */
export function openDesk(context: PluginContext<PluginOptions>): Desk {
  const { options, clock, log, metrics, tenant, kv, reportHealth } = context
  return {
    options,
    clock,
    log,
    figures: registerSurveyFigures(metrics, tenant),
    calls: kv('calls', surveyCall),
    asked: kv('asked', lastAsked),
    optOuts: kv('optOuts', z.int().nonnegative()),
    results: kv('results', resultPage),
    reportHealth,
  }
}

/** A caller's number is known, and with it whether to ask. */
export async function hearArrival(
  desk: Desk,
  means: Means,
  { callId, callerNumber, dialledNumber }: EventData<'call.arrived'>,
): Promise<void> {
  const { calls, clock, options } = desk
  const number = normaliseNumber(callerNumber, options.numbers) ?? ''
  const call = await calls.update(callId, (kept = newSurveyCall(clock.now())) =>
    kept.arrived === undefined ? { ...kept, arrived: { number, dialled: dialledNumber } } : kept,
  )
  await decide(desk, means, callId, call)
}

/** An agent talks to the caller: what comes afterwards is decided now, and is ready when they part. */
export async function hearAnswer(
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
  { asked, optOuts, options, clock }: Desk,
  callId: string,
  { number, dialled }: NonNullable<SurveyCall['arrived']>,
  { queue, agent }: NonNullable<SurveyCall['answered']>,
  chosen: string | undefined,
): Promise<Asking | undefined> {
  const key = fingerprint(number)
  const survey = chooseSurvey(options.surveys, {
    callId,
    queue,
    askedAt: number === '' ? undefined : (await asked.get(key))?.value.at,
    hasOptedOut: number !== '' && (await optOuts.get(key)) !== undefined,
    now: clock.now(),
  })
  const language = languageOf(options.languages, { chosen, dialled, number, queue })
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
    log.error({ survey: asking.survey, code }, 'the engine cannot play a survey')
    reportHealth(part, `the engine cannot play it: ${code}`)
  }
}

/** Hears a word of a flow; of no effect for calls that are not asked. */
export async function hearFlow(
  desk: Desk,
  means: Means,
  event: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const word = wordOf(event)
  const { calls, options, clock } = desk
  const { callId } = event.data
  const isClue =
    word?.what === 'collected' &&
    word.name !== undefined &&
    word.name === options.languages.variable
  const call = await calls.update(callId, (kept) => {
    if (kept?.asking === undefined) {
      return isClue && kept?.chosen !== word.value
        ? { ...(kept ?? newSurveyCall(clock.now())), chosen: word.value }
        : kept
    }
    return word === undefined || kept.isOver ? kept : withWord(kept, word, clock.now())
  })
  if (call?.asking !== undefined) {
    await settleCall(desk, means, callId, call, onCampaignCall)
  }
}

function wordOf({
  id,
  type,
  sequence,
  at,
  data,
}: PluginEvent<'flow.started' | 'flow.collected' | 'flow.ended'>): FlowWord | undefined {
  const counted = { life: id.slice(0, id.lastIndexOf('.')), sequence, at }
  switch (type) {
    case 'flow.started': {
      const { by } = data as EventData<'flow.started'>
      return by === 'afterTalk' || by === 'originate' ? { ...counted, what: 'started' } : undefined
    }
    case 'flow.collected': {
      const { name, value } = data as EventData<'flow.collected'>
      return { ...counted, what: 'collected', name, value }
    }
    case 'flow.ended': {
      const { outcome } = data as EventData<'flow.ended'>
      return { ...counted, what: 'ended', outcome }
    }
  }
}

/** Does what is due by what was heard. Of no effect when it was done. */
export async function settleCall(
  desk: Desk,
  means: Means,
  callId: string,
  call: SurveyCall,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const progress = progressOf(call)
  if (progress === undefined || call.asking === undefined || call.isOver) {
    return
  }
  if (!call.told.includes('asked')) {
    await tellAsked(desk, means, callId, call, call.asking, progress)
  }
  if (progress.isWhole) {
    await endSurvey(desk, means, callId, onCampaignCall)
  }
}

async function tellAsked(
  { asked, calls, figures }: Desk,
  { publish }: Means,
  callId: string,
  { arrived }: SurveyCall,
  asking: Asking,
  { startedAt }: Progress,
): Promise<void> {
  if (arrived !== undefined && arrived.number !== '') {
    await asked.update(fingerprint(arrived.number), (kept) =>
      kept !== undefined && kept.at >= startedAt ? kept : { at: startedAt, callId },
    )
  }
  await publish('survey.asked', {
    id: `asked.${callId}`,
    subject: callId,
    data: aboutOf(callId, asking),
  })
  figures.asked(asking)
  await calls.update(callId, (kept) =>
    kept === undefined || kept.told.includes('asked')
      ? kept
      : { ...kept, told: [...kept.told, 'asked'] },
  )
}

/** Draws the conclusions of a survey that is over. Each step may be repeated. */
export async function endSurvey(
  desk: Desk,
  means: Means,
  callId: string,
  onCampaignCall: OnCampaignCall,
): Promise<void> {
  const { calls, options, results, optOuts, figures, clock } = desk
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
      await optOuts.create(fingerprint(number), progress.startedAt)
    }
    await tellEnd(desk, means, callId, call, asking, verdict)
    if (verdict.type === 'answered' && verdict.isLow) {
      await oweCall(desk, means, callId, number, asking, survey)
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

async function tellEnd(
  { calls }: Desk,
  { publish }: Means,
  callId: string,
  call: SurveyCall,
  asking: Asking,
  { type, ...said }: Verdict,
): Promise<void> {
  if (call.told.includes('ended')) {
    return
  }
  const data = { ...aboutOf(callId, asking), ...said }
  // What a verdict says is what the event of its name says.
  await publish(`survey.${type}`, { id: `ended.${callId}`, subject: callId, data: data as never })
  await calls.update(callId, (kept) =>
    kept === undefined || kept.told.includes('ended')
      ? kept
      : { ...kept, told: [...kept.told, 'ended'] },
  )
}

async function oweCall(
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
    log.warn({ survey: asking.survey, code: reply.error.code }, 'a low score owes nobody a call')
  }
}

/** A conversation is over, or a call without one: what is kept of it goes, unless a survey follows. */
export async function hearEnd(
  { calls, clock }: Desk,
  callId: string,
  canStay: boolean,
): Promise<void> {
  await calls.update(callId, (kept) => {
    if (kept === undefined || kept.words.length > 0 || kept.isOver || kept.asking?.campaign) {
      return kept
    }
    return canStay && kept.asking !== undefined
      ? { ...kept, isTalkOver: true, touchedAt: clock.now() }
      : undefined
  })
}

/** What is told of every survey. */
function aboutOf(callId: string, { campaign, ...asking }: Asking) {
  return { callId, ...asking, ...(campaign !== undefined && { campaign: campaign.name }) }
}

/** The project that the results of a queue count to. */
export function projectOf({ projects }: PluginOptions, queue: string): string | undefined {
  return Object.hasOwn(projects, queue) ? projects[queue] : undefined
}

/** Undefined when the options have it no more. */
export function surveyOf(
  { surveys }: PluginOptions,
  asking: Pick<Asking, 'survey'> | undefined,
): Survey | undefined {
  return asking !== undefined && Object.hasOwn(surveys, asking.survey)
    ? surveys[asking.survey]
    : undefined
}
