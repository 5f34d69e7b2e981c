import { definePlugin, PLUGIN_API, refuse, z } from '../../engine/plugin/index.ts'
import { handleAnswer, handleArrival, handleEnd } from './arm-survey.ts'
import type { Campaign, CampaignStatus } from './campaign.ts'
import { handleFlow } from './handle-flow.ts'
import { pluginOptions } from './options.ts'
import { surveyEvents } from './plugin-events.ts'
import { readResults } from './result-store.ts'
import { runSurveys, type Surveys } from './run-surveys.ts'

const instant = (meaning: string) =>
  z
    .union([z.int().nonnegative(), z.iso.datetime({ offset: true }), z.iso.date()])
    .transform((at) => (typeof at === 'number' ? at : Date.parse(at)))
    .optional()
    .describe(`${meaning}: ms since the Unix epoch, 2026-11-02T09:00:00Z, or 2026-11-02 (UTC)`)
const campaignName = z.string().min(1).max(64)

/** Surveys callers when their calls are over, and customers in outbound campaigns. */
export default definePlugin({
  name: 'survey',
  api: PLUGIN_API,
  description: 'Surveys callers after their calls, and customers in outbound campaigns.',
  options: pluginOptions,
  publishes: surveyEvents,

  async setup(context): Promise<Surveys> {
    return await runSurveys(context)
  },

  events: {
    async 'call.arrived'({ data }, context) {
      await handleArrival(context.state.desk, context, data)
    },
    async 'call.answered'({ data }, context) {
      await handleAnswer(context.state.desk, context, data)
    },
    async 'call.completed'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, data.endedBy === 'agent')
    },
    async 'call.abandoned'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.transferred'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.contained'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.sentAway'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.rejected'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.lost'({ data }, { state }) {
      await handleEnd(state.desk, data.callId, false)
    },
    async 'call.dialEnded'({ data }, { state }) {
      await state.handleDialEnd(data)
    },
    async 'flow.started'(event, context) {
      const { desk, onCampaignCall } = context.state
      await handleFlow(desk, context, event, onCampaignCall)
    },
    async 'flow.collected'(event, context) {
      const { desk, onCampaignCall } = context.state
      await handleFlow(desk, context, event, onCampaignCall)
    },
    async 'flow.ended'(event, context) {
      const { desk, onCampaignCall } = context.state
      await handleFlow(desk, context, event, onCampaignCall)
    },
  },

  commands: {
    results: {
      description: 'Reports survey figures with CSAT and NPS, by queue, agent or project.',
      input: z.strictObject({
        survey: z.string().optional().describe('only this one'),
        groupBy: z.enum(['queue', 'agent', 'project']).describe('what the rows are grouped by'),
        from: instant('start of the period, by when the survey began'),
        to: instant('end of the period, exclusive'),
      }),
      async handle(query, { state }) {
        return { ok: true, results: await readResults(state.desk.results, query) }
      },
    },
    campaignProgress: {
      description: 'Reports the state of campaigns and their customers.',
      input: z.strictObject({ campaign: campaignName.optional().describe('only this one') }),
      async handle({ campaign }, { state }) {
        const chosen = [...state.campaigns].filter(
          ([name]) => campaign === undefined || name === campaign,
        )
        if (campaign !== undefined && chosen.length === 0) {
          return unknownCampaign
        }
        const campaigns: CampaignStatus[] = []
        for (const [, one] of chosen) {
          campaigns.push(await one.status())
        }
        return { ok: true, campaigns }
      },
    },
    campaignPause: {
      description:
        'Pauses a campaign: no further customers are dialled. Calls in progress continue.',
      input: z.strictObject({ campaign: campaignName }),
      async handle({ campaign }, { state, clock }) {
        const one = state.campaigns.get(campaign)
        if (one === undefined) {
          return unknownCampaign
        }
        await state.pauses.create(campaign, clock.now())
        return await answer(one)
      },
    },
    campaignResume: {
      description: 'Resumes a paused campaign.',
      input: z.strictObject({ campaign: campaignName }),
      async handle({ campaign }, { state }) {
        const one = state.campaigns.get(campaign)
        if (one === undefined) {
          return unknownCampaign
        }
        await state.pauses.delete(campaign)
        return await answer(one)
      },
    },
  },

  async stop({ state }) {
    await state.stop()
  },
})

const unknownCampaign = refuse('invalid', 'campaign: no campaign of this name is configured')

async function answer(campaign: Campaign) {
  return { ok: true as const, ...(await campaign.status()) }
}
