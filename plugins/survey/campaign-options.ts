import { z } from '../../engine/plugin/index.ts'
import { hoursOptions } from './calling-hours.ts'
import { duration, language, nameKey, phoneNumber, prefixKey, timeZone } from './option-words.ts'

const minute = 60_000
const hour = 60 * minute

const spacing = z.strictObject({
  busy: duration().default(15 * minute),
  declined: duration().default(4 * hour),
  noAnswer: duration().default(2 * hour),
  unreachable: duration().default(4 * hour),
  failed: duration().default(30 * minute),
  unknown: duration()
    .default(hour)
    .describe('nobody saw what became of it: an engine or a plugin died'),
  silent: duration()
    .default(4 * hour)
    .describe('picked up, and no key came: perhaps a machine'),
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
  hours: hoursOptions.prefault({}).describe('when customers may be called, in their own time'),
  rate: z.number().positive().max(6_000).default(30).describe('dials a minute, at most'),
  concurrency: z.int().min(1).max(500).default(5).describe('calls at a time, at most'),
  attempts: z.int().min(1).max(20).default(3).describe('dials for one customer, at most'),
  spacing: spacing
    .prefault({})
    .describe('how long after an attempt that ended so the next one may come'),
  callerId: phoneNumber().optional().describe('the number shown; the tenant’s when absent'),
  ring: duration()
    .refine((ms) => ms >= 5_000 && ms <= 120_000, 'from 5s to 2m')
    .default(30_000)
    .describe('how long it rings'),
  progressEvery: duration()
    .refine((ms) => ms >= 1_000, 'at least 1s')
    .default(minute)
    .describe('how often progress is published, at most'),
})

/** A campaign, its defaults filled in. */
export type CampaignOptions = z.output<typeof campaignOptions>

export type Spacing = z.output<typeof spacing>
