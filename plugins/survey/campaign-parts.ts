import { type EpochMs, type PluginKv, z } from '../../engine/plugin/index.ts'
import type { CampaignOptions } from './campaign-options.ts'
import type { Customer } from './customer.ts'
import type { Gate } from './gate.ts'
import { campaignCounts } from './plugin-events.ts'
import type { CustomerList } from './read-list.ts'
import type { Desk, Means } from './survey-desk.ts'
import type { Survey } from './survey-options.ts'

/** What was published of a campaign. */
export const campaignMark = z.object({
  loadedList: z.string().optional(),
  endedList: z.string().optional(),
  /** Of how many, the one in which progress was told last. */
  period: z.int().nonnegative().optional(),
  progress: campaignCounts.optional(),
})

/** What campaigns keep, shared by the replicas. */
export interface CampaignStores {
  /** By `CAMPAIGN/FINGERPRINT`. */
  readonly customers: PluginKv<Customer>
  readonly gates: PluginKv<Gate>
  /** Since when. */
  readonly pauses: PluginKv<EpochMs>
  readonly marks: PluginKv<z.output<typeof campaignMark>>
}

/** Of what a campaign is made in this replica. */
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
