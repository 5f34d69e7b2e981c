import {
  type Clock,
  createPrefixTable,
  type EpochMs,
  type Logger,
  numberKey,
  type PluginCommandClient,
  type PluginContext,
  type PluginKv,
  type PrefixTable,
  z,
} from '../../engine/plugin/index.ts'
import type { PluginOptions } from './options.ts'
import type { PublishSurveyEvent } from './plugin-events.ts'
import { resultPage } from './result-store.ts'
import { type Asking, type SurveyCall, surveyCall } from './survey-call.ts'
import { registerSurveyFigures, type SurveyFigures } from './survey-figures.ts'
import type { Survey } from './survey-options.ts'
import type { Verdict } from './verdict.ts'

/** When somebody was last asked. */
const lastAsked = z.object({ at: z.int().nonnegative(), callId: z.string() })

/** What a handler acts with. */
export interface Means {
  readonly commands: PluginCommandClient
  readonly publish: PublishSurveyEvent
}

/** Called when the survey of a campaign call is over. */
export type OnCampaignCall = (asking: Asking, callId: string, verdict: Verdict) => Promise<void>

/** What all surveys share: options, stores and metrics. */
export interface Desk {
  readonly options: PluginOptions
  readonly clock: Clock
  readonly log: Logger
  readonly figures: SurveyFigures
  readonly calls: PluginKv<SurveyCall>
  /** The key that stands for a number in keys and ids. */
  keyOf(number: string): string
  /** Languages by prefix of the caller's number. */
  readonly languageByNumber: PrefixTable<string>
  /** By the key of the number. */
  readonly asked: PluginKv<z.output<typeof lastAsked>>
  readonly optOuts: PluginKv<EpochMs>
  readonly results: PluginKv<z.output<typeof resultPage>>
  reportHealth: PluginContext['reportHealth']
}

/** Opens the stores of the surveys. */
export function openDesk(context: PluginContext<PluginOptions>): Desk {
  const { options, clock, log, metrics, tenant, kv, reportHealth } = context
  return {
    options,
    clock,
    log,
    figures: registerSurveyFigures(metrics, tenant),
    keyOf: (number) => numberKey(tenant, number),
    languageByNumber: createPrefixTable(options.languages.prefixes, options.numbers),
    calls: kv('calls', surveyCall),
    asked: kv('asked', lastAsked),
    optOuts: kv('optOuts', z.int().nonnegative()),
    results: kv('results', resultPage),
    reportHealth,
  }
}

/** The fields that all events of a survey have in common. */
export function aboutOf(callId: string, { campaign, ...asking }: Asking) {
  return { callId, ...asking, ...(campaign !== undefined && { campaign: campaign.name }) }
}

/** The project that a queue's results count towards. */
export function projectOf({ projects }: PluginOptions, queue: string): string | undefined {
  return Object.hasOwn(projects, queue) ? projects[queue] : undefined
}

/** The options of a survey; undefined if it is no longer configured. */
export function surveyOf(
  { surveys }: PluginOptions,
  asking: Pick<Asking, 'survey'> | undefined,
): Survey | undefined {
  return asking !== undefined && Object.hasOwn(surveys, asking.survey)
    ? surveys[asking.survey]
    : undefined
}
