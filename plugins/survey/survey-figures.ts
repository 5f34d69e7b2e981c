import type { Labels, PluginMetrics } from '../../engine/plugin/index.ts'
import type { CampaignCounts } from './plugin-events.ts'
import { isSatisfied, npsGroup } from './scores.ts'
import type { Asking } from './survey-call.ts'
import type { Verdict } from './verdict.ts'

/** The metrics of the plugin. */
export interface SurveyFigures {
  asked(asking: Asking): void
  ended(asking: Asking, verdict: Verdict): void
  /** The engine refused to arm a survey. @param code code of the refusal */
  notArmed(survey: string, code: string): void
  /** A callback was requested for a low score. */
  owed(survey: string): void
  dialled(campaign: string): void
  campaign(campaign: string, counts: CampaignCounts): void
}

/** Registers the metrics of a tenant. */
export function registerSurveyFigures(metrics: PluginMetrics, tenant: string): SurveyFigures {
  const labels = ['tenant', 'survey', 'queue', 'project']
  const asked = metrics.counter({
    name: 'switchyard_survey_asked_total',
    help: 'Surveys that have begun.',
    labels,
  })
  const ended = metrics.counter({
    name: 'switchyard_survey_ended_total',
    help: 'Surveys that have ended, by outcome: complete, partial, refused, abandoned.',
    labels: [...labels, 'outcome'],
  })
  const csat = metrics.counter({
    name: 'switchyard_survey_csat_answers_total',
    help: 'Answers to csat questions; CSAT is the share of satisfied ones (4 and 5).',
    labels: [...labels, 'satisfied'],
  })
  const nps = metrics.counter({
    name: 'switchyard_survey_nps_answers_total',
    help: 'Answers to nps questions; NPS is the share of promoters minus the share of detractors.',
    labels: [...labels, 'group'],
  })
  const notArmed = metrics.counter({
    name: 'switchyard_survey_not_armed_total',
    help: 'Surveys that the engine refused to arm, by code of the refusal.',
    labels: ['tenant', 'survey', 'code'],
  })
  const owed = metrics.counter({
    name: 'switchyard_survey_callbacks_owed_total',
    help: 'Callbacks requested for low scores.',
    labels: ['tenant', 'survey'],
  })
  const dialled = metrics.counter({
    name: 'switchyard_survey_campaign_dials_total',
    help: 'Campaign dial attempts accepted by the engine.',
    labels: ['tenant', 'campaign'],
  })
  const customers = metrics.gauge({
    name: 'switchyard_survey_campaign_customers',
    help: 'Customers of a campaign, by state. Every replica reports the same value: take the maximum.',
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
