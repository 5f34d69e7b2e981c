import { duration, phoneNumber, timeZone, z } from '../../engine/plugin/index.ts'
import { hoursOptions, usualDays } from './calling-hours.ts'
import { language, nameKey, prefixKey } from './option-schemas.ts'

const spacing = z.strictObject({
  busy: duration().prefault('15m'),
  declined: duration().prefault('4h'),
  noAnswer: duration().prefault('2h'),
  unreachable: duration().prefault('4h'),
  failed: duration().prefault('30m'),
  unknown: duration()
    .prefault('1h')
    .describe('no event told the outcome, because an engine or a plugin crashed'),
  silent: duration().prefault('4h').describe('answered, but no key was pressed: perhaps a machine'),
})

/** The options of a campaign. */
export const campaignOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      'CSV with a header line: `number`, optionally `language` and `timeZone`; every other column becomes a value for the flow',
    ),
  doNotCall: z
    .string()
    .min(1)
    .optional()
    .describe('CSV with a column `number`: numbers not to be called'),
  survey: nameKey().describe('the survey to run'),
  queue: nameKey().optional().describe('the queue that its results count towards'),
  language: language().optional().describe('language of customers whose line specifies none'),
  timeZone: timeZone()
    .default('UTC')
    .describe('time zone of customers for whom nothing else specifies one'),
  timeZones: z
    .record(prefixKey(), timeZone())
    .default({})
    .describe('time zone by prefix of the number; the longest matching prefix applies'),
  hours: hoursOptions
    .prefault({ days: usualDays })
    .describe('when customers may be called, in their local time'),
  rate: z.number().positive().max(6_000).default(30).describe('maximum dials per minute'),
  concurrency: z.int().min(1).max(500).default(5).describe('maximum concurrent calls'),
  attempts: z.int().min(1).max(20).default(3).describe('maximum dials per customer'),
  spacing: spacing.prefault({}).describe('pause before the next attempt, by outcome'),
  callerId: phoneNumber()
    .optional()
    .describe('the number shown to the customer; default: the tenant’s'),
  ring: duration({ least: '5s', most: '2m' }).prefault('30s').describe('how long the phone rings'),
  progressEvery: duration({ least: '1s' })
    .prefault('1m')
    .describe('minimum interval between progress events'),
})

/** The options of a campaign, with defaults filled in. */
export type CampaignOptions = z.output<typeof campaignOptions>

export type Spacing = z.output<typeof spacing>
