import type { Labels, PluginMetrics } from '../../engine/plugin/index.ts'
import type { CampaignCounts } from './plugin-events.ts'
import { isSatisfied, npsGroup } from './scores.ts'
import type { Asking } from './survey-call.ts'
import type { Verdict } from './verdict.ts'

/** What the plugin counts. */
export interface SurveyFigures {
  asked(asking: Asking): void
  ended(asking: Asking, verdict: Verdict): void
  /** The engine would not take the survey of a call. @param code of its refusal */
  notArmed(survey: string, code: string): void
  /** A caller with a low score is owed a call. */
  owed(survey: string): void
  dialled(campaign: string): void
  campaign(campaign: string, counts: CampaignCounts): void
}

/** Registers it. */
export function registerSurveyFigures(metrics: PluginMetrics, tenant: string): SurveyFigures {
  const labels = ['tenant', 'survey', 'queue', 'project']
  const asked = metrics.counter({
    name: 'switchyard_survey_asked_total',
    help: 'Surveys that began.',
    labels,
  })
  const ended = metrics.counter({
    name: 'switchyard_survey_ended_total',
    help: 'Surveys that are over, by outcome: complete, partial, refused, abandoned.',
    labels: [...labels, 'outcome'],
  })
  const csat = metrics.counter({
    name: 'switchyard_survey_csat_answers_total',
    help: 'Answers to csat questions; CSAT is the share that is satisfied (4 and 5).',
    labels: [...labels, 'satisfied'],
  })
  const nps = metrics.counter({
    name: 'switchyard_survey_nps_answers_total',
    help: 'Answers to nps questions; NPS is the share of promoters less that of detractors.',
    labels: [...labels, 'group'],
  })
  const notArmed = metrics.counter({
    name: 'switchyard_survey_not_armed_total',
    help: 'Surveys that the engine refused, by the code of the refusal.',
    labels: ['tenant', 'survey', 'code'],
  })
  const owed = metrics.counter({
    name: 'switchyard_survey_callbacks_owed_total',
    help: 'Callbacks owed for a low score.',
    labels: ['tenant', 'survey'],
  })
  const dialled = metrics.counter({
    name: 'switchyard_survey_campaign_dials_total',
    help: 'Attempts of campaigns that the engine took.',
    labels: ['tenant', 'campaign'],
  })
  const customers = metrics.gauge({
    name: 'switchyard_survey_campaign_customers',
    help: 'Customers of a campaign by state; every replica shows the same.',
    labels: ['tenant', 'campaign', 'state'],
  })
  const of = ({ survey, queue = '', project = '' }: Asking): Labels => ({
    tenant,
    survey,
    queue,
    project,
  })

  return {
    asked: (asking) => asked(of(asking)),
    ended(asking, verdict) {
      const isAnswered = verdict.type === 'answered'
      const outcome = isAnswered ? (verdict.isComplete ? 'complete' : 'partial') : verdict.type
      ended({ ...of(asking), outcome })
      if (isAnswered && verdict.csat !== undefined) {
        csat({ ...of(asking), satisfied: isSatisfied(verdict.csat) ? 'yes' : 'no' })
      }
      if (isAnswered && verdict.nps !== undefined) {
        nps({ ...of(asking), group: npsGroup(verdict.nps) })
      }
    },
    notArmed: (survey, code) => notArmed({ tenant, survey, code }),
    owed: (survey) => owed({ tenant, survey }),
    dialled: (campaign) => dialled({ tenant, campaign }),
    campaign(campaign, { reachedShare: _share, total: _total, ...states }) {
      for (const [state, count] of Object.entries(states)) {
        customers(count, { tenant, campaign, state })
      }
    },
  }
}
