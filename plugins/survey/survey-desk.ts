import {
  type Clock,
  type EpochMs,
  type Logger,
  type PluginCommandClient,
  type PluginContext,
  type PluginKv,
  z,
} from '../../engine/plugin/index.ts'
import type { PluginOptions } from './options.ts'
import type { Tell } from './plugin-events.ts'
import { resultPage } from './result-store.ts'
import { type Asking, type SurveyCall, surveyCall } from './survey-call.ts'
import { registerSurveyFigures, type SurveyFigures } from './survey-figures.ts'
import type { Survey } from './survey-options.ts'
import type { Verdict } from './verdict.ts'

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

/** What is told of every survey. */
export function aboutOf(callId: string, { campaign, ...asking }: Asking) {
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
