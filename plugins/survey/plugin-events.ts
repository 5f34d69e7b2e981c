import { z } from '../../engine/plugin/index.ts'

const about = {
  survey: z.string().describe('the survey, by its name in the options'),
  callId: z.string().describe('the call in which it was asked'),
  queue: z.string().optional().describe('the queue of the call, or of the campaign'),
  agent: z
    .string()
    .optional()
    .describe('the agent who last talked to the caller; absent in campaigns'),
  project: z.string().optional().describe('the project of the queue, by the options'),
  campaign: z.string().optional().describe('the campaign that made the call, if one did'),
  language: z.string().optional().describe('the caller’s language, if known'),
}
const campaign = z.string().describe('the campaign, by its name in the options')
const count = (meaning: string) => z.int().nonnegative().describe(meaning)

/** Customers of a campaign by state. */
export const campaignCounts = z.object({
  total: count('customers on the list'),
  waiting: count('waiting for the first or a further attempt'),
  dialling: count('being dialled'),
  talking: count('being asked'),
  answered: count('completed the survey'),
  partial: count('gave some answers'),
  refused: count('refused the survey'),
  optedOut: count('asked never to be called again'),
  hungUp: count('picked up and hung up without an answer'),
  unreached: count('not reached in any attempt'),
  doNotCall: count('opted out earlier'),
  askedBefore: count('surveyed too recently'),
  forbidden: count('the engine refuses their number'),
  expired: count('not reached when the campaign ended'),
  reachedShare: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('share of the customers finished by dialling who picked up, 0 to 1'),
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
      isComplete: z.boolean().describe('whether the survey was completed'),
      csat: z.int().min(1).max(5).optional().describe('the answer to the csat question'),
      nps: z.int().min(0).max(10).optional().describe('the answer to the nps question'),
      isLow: z.boolean().describe('whether the score is low, as the options say'),
    })
    .describe('A survey has ended with at least one answer.'),
  'survey.refused': z
    .object({
      ...about,
      isOptOut: z.boolean().describe('whether the caller never wants to be asked again'),
    })
    .describe('A caller refused the survey.'),
  'survey.abandoned': z
    .object({
      ...about,
      reason: z
        .enum(['timedOut', 'hungUp', 'failed', 'lost'])
        .describe('no answer in time; the caller hung up; the flow failed; no event told the end'),
    })
    .describe('A survey has ended without an answer.'),
  'survey.campaignLoaded': z
    .object({
      campaign,
      customers: count('customers that can be dialled'),
      duplicates: count('lines with the number of an earlier line'),
      doNotCall: count('lines whose number is on the do-not-call list'),
      badLines: count('bad lines'),
      faults: z
        .array(
          z.object({
            line: z.int().positive().describe('line number in the file; the header is line 1'),
            fault: z.enum(['number', 'columns', 'quotes', 'timeZone']).describe('what is wrong'),
          }),
        )
        .describe('the first 100 bad lines'),
    })
    .describe('The list of a campaign was read.'),
  'survey.campaignProgressed': z
    .object({ campaign, counts: campaignCounts })
    .describe('The counts of a campaign have changed. Published at most once per `progressEvery`.'),
  'survey.campaignEnded': z
    .object({ campaign, counts: campaignCounts })
    .describe('Every customer of a campaign is finished, or its last day is over.'),
} as const

/** Publishes an event of the plugin. */
export type PublishSurveyEvent = <T extends keyof typeof surveyEvents>(
  type: T,
  event: {
    readonly id: string
    readonly subject: string
    readonly data: z.input<(typeof surveyEvents)[T]>
  },
) => Promise<void>
