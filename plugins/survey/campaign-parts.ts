import { type EpochMs, type PluginKv, z } from '../../engine/plugin/index.ts'
import type { CampaignOptions } from './campaign-options.ts'
import type { Customer } from './customer.ts'
import type { Gate } from './gate.ts'
import { campaignCounts } from './plugin-events.ts'
import type { CustomerList } from './read-list.ts'
import type { Desk, Means } from './survey-desk.ts'
import type { Survey } from './survey-options.ts'

/** What has been published about a campaign. */
export const campaignMark = z.object({
  loadedList: z.string().optional(),
  endedList: z.string().optional(),
  /** The `progressEvery` period in which progress was last published. */
  period: z.int().nonnegative().optional(),
  progress: campaignCounts.optional(),
})

/** The stores of campaigns, shared by the replicas. */
export interface CampaignStores {
  /** By `CAMPAIGN/KEY`, where KEY is the key of the number. */
  readonly customers: PluginKv<Customer>
  readonly gates: PluginKv<Gate>
  /** When each paused campaign was paused. */
  readonly pauses: PluginKv<EpochMs>
  readonly marks: PluginKv<z.output<typeof campaignMark>>
}

/** What a campaign in this replica is built from. */
export interface CampaignParts {
  readonly name: string
  readonly tenant: string
  readonly options: CampaignOptions
  readonly survey: Survey
  readonly list: CustomerList
  readonly stores: CampaignStores
  readonly desk: Desk
  readonly means: Means
}
