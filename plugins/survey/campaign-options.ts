import { duration, phoneNumber, timeZone, z } from '../../engine/plugin/index.ts'
import { hoursOptions, usualDays } from './calling-hours.ts'
import { language, nameKey, prefixKey } from './option-words.ts'

const spacing = z.strictObject({
  busy: duration().prefault('15m'),
  declined: duration().prefault('4h'),
  noAnswer: duration().prefault('2h'),
  unreachable: duration().prefault('4h'),
  failed: duration().prefault('30m'),
  unknown: duration()
    .prefault('1h')
    .describe('nobody saw what became of it: an engine or a plugin died'),
  silent: duration().prefault('4h').describe('picked up, and no key came: perhaps a machine'),
})

/** A campaign, as the options have it. */
export const campaignOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      'CSV with a heading: `number`; `language` and `timeZone` if you like; every other column becomes a value of the flow',
    ),
  doNotCall: z.string().min(1).optional().describe('CSV with a heading `number`: not to be called'),
  survey: nameKey().describe('what is asked'),
  queue: nameKey().optional().describe('the queue to which its results count'),
  language: language().optional().describe('of customers whose line says none'),
  timeZone: timeZone().default('UTC').describe('of customers of whom nothing else tells it'),
  timeZones: z
    .record(prefixKey(), timeZone())
    .default({})
    .describe('by how the number begins; the longest counts'),
  hours: hoursOptions
    .prefault({ days: usualDays })
    .describe('when customers may be called, in their own time'),
  rate: z.number().positive().max(6_000).default(30).describe('dials a minute, at most'),
  concurrency: z.int().min(1).max(500).default(5).describe('calls at a time, at most'),
  attempts: z.int().min(1).max(20).default(3).describe('dials for one customer, at most'),
  spacing: spacing
    .prefault({})
    .describe('how long after an attempt that ended so the next one may come'),
  callerId: phoneNumber().optional().describe('the number shown; the tenant’s when absent'),
  ring: duration({ least: '5s', most: '2m' }).prefault('30s').describe('how long it rings'),
  progressEvery: duration({ least: '1s' })
    .prefault('1m')
    .describe('how often progress is published, at most'),
})

/** A campaign, its defaults filled in. */
export type CampaignOptions = z.output<typeof campaignOptions>

export type Spacing = z.output<typeof spacing>
