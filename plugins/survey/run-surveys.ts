import {
  type DurationMs,
  type EventData,
  type PluginContext,
  type Subscription,
  z,
} from '../../engine/plugin/index.ts'
import { type Campaign, createCampaign } from './campaign.ts'
import { type CampaignStores, campaignMark } from './campaign-parts.ts'
import { customer } from './customer.ts'
import { endSurvey } from './end-survey.ts'
import { gate } from './gate.ts'
import { loadList } from './load-list.ts'
import type { PluginOptions } from './options.ts'
import type { PublishSurveyEvent } from './plugin-events.ts'
import { forgetResults } from './result-store.ts'
import type { SurveyCall } from './survey-call.ts'
import { type Desk, type Means, type OnCampaignCall, openDesk, surveyOf } from './survey-desk.ts'
import { overdueOf } from './sweep-calls.ts'

/** The surveys and campaigns run by one replica. */
export interface Surveys {
  readonly desk: Desk
  readonly campaigns: ReadonlyMap<string, Campaign>
  /** When each paused campaign was paused. */
  readonly pauses: CampaignStores['pauses']
  readonly onCampaignCall: OnCampaignCall
  handleDialEnd(ended: EventData<'call.dialEnded'>): Promise<void>
  stop(): Promise<void>
}

export type SurveyContext = PluginContext<PluginOptions> & { readonly publish: PublishSurveyEvent }

const turnMs: DurationMs = 1_000
const sweepMs: DurationMs = 5_000
const forgetMs: DurationMs = 6 * 60 * 60_000
/** Interval for retrying to end a survey while the engine or the broker is unreachable. */
const retryMs: DurationMs = 60_000

/**
 * Opens the stores, reads the lists, and starts to dial.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID when a list is unusable
 */
export async function runSurveys(context: SurveyContext): Promise<Surveys> {
  const { options, kv, every, clock } = context
  const desk = openDesk(context)
  const means: Means = { commands: context.commands, publish: context.publish }
  const stores: CampaignStores = {
    customers: kv('customers', customer),
    gates: kv('gates', gate),
    pauses: kv('pauses', z.int().nonnegative()),
    marks: kv('marks', campaignMark),
  }
  const campaigns = openCampaigns(context, desk, means, stores)
  const onCampaignCall: OnCampaignCall = async ({ campaign: of }, callId, verdict) => {
    await campaigns.get(of?.name ?? '')?.handleVerdict(of?.customer ?? '', callId, verdict)
  }
  const subscriptions: Subscription[] = []
  if (campaigns.size > 0) {
    subscriptions.push(
      await stores.customers.watch((text, now) => {
        const [name = '', key = ''] = text.split('/')
        campaigns.get(name)?.update(key, now)
      }),
    )
  }
  const open = new Map<string, SurveyCall>()
  const triedAt = new Map<string, number>()
  subscriptions.push(
    await desk.calls.watch((callId, call) => {
      if (call === undefined) {
        open.delete(callId)
        triedAt.delete(callId)
      } else {
        open.set(callId, call)
      }
    }),
  )

  async function sweep(): Promise<void> {
    for (const [callId, call] of [...open]) {
      const timeLimitMs = surveyOf(options, call.asking)?.timeLimit ?? 0
      const due = overdueOf(call, timeLimitMs, clock.now())
      if (due === 'forget') {
        await desk.calls.update(callId, (kept) =>
          kept !== undefined && overdueOf(kept, timeLimitMs, clock.now()) === 'forget'
            ? undefined
            : kept,
        )
      } else if (due === 'settle' && clock.now() - (triedAt.get(callId) ?? 0) >= retryMs) {
        triedAt.set(callId, clock.now())
        await endSurvey(desk, means, callId, onCampaignCall)
      }
    }
  }

  every('sweep', sweepMs, sweep)
  every('forget', forgetMs, () => forget(desk))
  for (const [name, campaign] of campaigns) {
    every(`campaign ${name}`, turnMs, () => campaign.turn())
  }

  return {
    desk,
    campaigns,
    pauses: stores.pauses,
    onCampaignCall,
    async handleDialEnd({ callId, outcome }) {
      const of = (await desk.calls.get(callId))?.value.asking?.campaign
      await campaigns.get(of?.name ?? '')?.handleDialEnd(of?.customer ?? '', callId, outcome)
    },
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
    },
  }
}

function openCampaigns(
  { options, tenant }: SurveyContext,
  desk: Desk,
  means: Means,
  stores: CampaignStores,
): ReadonlyMap<string, Campaign> {
  const campaigns = new Map<string, Campaign>()
  for (const [name, one] of Object.entries(options.campaigns)) {
    const survey = surveyOf(options, one)
    if (survey !== undefined) {
      const list = loadList(name, one, options.numbers, desk.keyOf)
      campaigns.set(
        name,
        createCampaign({ name, tenant, options: one, survey, list, stores, desk, means }),
      )
    }
  }
  return campaigns
}

/** Removes expired entries. */
async function forget({ options, asked, results, clock }: Desk): Promise<void> {
  const now = clock.now()
  const longest = Math.max(0, ...Object.values(options.surveys).map(({ notWithin }) => notWithin))
  for (const key of await asked.keys()) {
    await asked.update(key, (kept) =>
      kept !== undefined && now - kept.at > longest ? undefined : kept,
    )
  }
  await forgetResults(results, now - options.keepResults)
}
