import { z } from '../../engine/plugin/index.ts'

const about = {
  survey: z.string().describe('the survey, by its name in the options'),
  callId: z.string().describe('the call in which it is asked'),
  queue: z.string().optional().describe('the queue of the call, or of the campaign'),
  agent: z.string().optional().describe('who talked to the caller last; absent in campaigns'),
  project: z.string().optional().describe('the project of the queue, by the options'),
  campaign: z.string().optional().describe('the campaign that made the call, if one did'),
  language: z.string().optional().describe('in which it is asked, where that is known'),
}
const campaign = z.string().describe('the campaign, by its name in the options')
const count = (meaning: string) => z.int().nonnegative().describe(meaning)

/** Where the customers of a campaign stand. */
export const campaignCounts = z.object({
  total: count('customers of the list'),
  waiting: count('to be dialled, for the first time or again'),
  dialling: count('being dialled'),
  talking: count('being asked'),
  answered: count('heard the survey to its end'),
  partial: count('gave some answers'),
  refused: count('did not want to'),
  optedOut: count('never want to be asked again'),
  hungUp: count('picked up, and hung up without an answer'),
  unreached: count('all attempts used'),
  doNotCall: count('asked for peace before'),
  askedBefore: count('asked too recently'),
  forbidden: count('the engine may not dial them'),
  expired: count('not reached when the campaign ended'),
  reachedShare: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('of those with whom the campaign is through, how many picked up; of 1'),
})

export type CampaignCounts = z.output<typeof campaignCounts>

/** The events of the plugin. */
export const surveyEvents = {
  'survey.asked': z.object(about).describe('A caller begins to hear a survey.'),
  'survey.answered': z
    .object({
      ...about,
      answers: z
        .record(z.string(), z.string())
        .describe('by question: the key, the number, or the path of the recording'),
      isComplete: z.boolean().describe('whether it was heard to its end'),
      csat: z.int().min(1).max(5).optional().describe('the answer to the csat question'),
      nps: z.int().min(0).max(10).optional().describe('the answer to the nps question'),
      isLow: z.boolean().describe('whether the score is low, as the options say'),
    })
    .describe('A survey is over, with one answer at least.'),
  'survey.refused': z
    .object({ ...about, isOptOut: z.boolean().describe('whether they want never to be asked') })
    .describe('A caller does not want to be asked.'),
  'survey.abandoned': z
    .object({
      ...about,
      reason: z
        .enum(['timedOut', 'hungUp', 'failed', 'lost'])
        .describe('no answer in time; hung up; the flow failed; nobody saw the end'),
    })
    .describe('A survey is over without an answer.'),
  'survey.campaignLoaded': z
    .object({
      campaign,
      customers: count('that can be dialled'),
      duplicates: count('lines whose number came before'),
      doNotCall: count('lines whose number is on the list of those not to be called'),
      badLines: count('lines that cannot be used'),
      faults: z
        .array(
          z.object({
            line: z.int().positive().describe('in the file, the heading is 1'),
            fault: z.enum(['number', 'columns', 'quotes', 'timeZone']).describe('what is wrong'),
          }),
        )
        .describe('the first 100 of them'),
    })
    .describe('The list of a campaign was read.'),
  'survey.campaignProgressed': z
    .object({ campaign, counts: campaignCounts })
    .describe('A campaign came on; not more often than the options say.'),
  'survey.campaignEnded': z
    .object({ campaign, counts: campaignCounts })
    .describe('Every customer of a campaign is through, or its last day is.'),
} as const

/** Publishes an event of the plugin. */
export type Tell = <T extends keyof typeof surveyEvents>(
  type: T,
  event: {
    readonly id: string
    readonly subject: string
    readonly data: z.input<(typeof surveyEvents)[T]>
  },
) => Promise<void>
