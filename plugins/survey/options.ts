import { z } from '../../engine/plugin/index.ts'
import { campaignOptions } from './campaign-options.ts'
import { languageOptions } from './language-options.ts'
import { numberOptions } from './number.ts'
import { duration, nameKey } from './option-words.ts'
import { surveyOptions } from './survey-options.ts'

/** The options of the plugin. */
export const pluginOptions = z
  .strictObject({
    surveys: z
      .record(nameKey(), surveyOptions)
      .default({})
      .describe('by name; of those for one queue the first counts'),
    campaigns: z.record(nameKey(), campaignOptions).default({}).describe('by name'),
    languages: languageOptions.prefault({}).describe('how the languages of callers are known'),
    projects: z
      .record(nameKey(), nameKey())
      .default({})
      .describe('by queue: the client project its results count to'),
    numbers: numberOptions.prefault({}).describe('how numbers are written'),
    keepResults: duration()
      .refine((ms) => ms >= 86_400_000, 'at least 1d')
      .default(400 * 86_400_000)
      .describe('how long results are kept'),
  })
  .superRefine(({ surveys, campaigns }, context) => {
    for (const [name, { survey }] of Object.entries(campaigns)) {
      if (!Object.hasOwn(surveys, survey)) {
        const path = ['campaigns', name, 'survey']
        context.addIssue({ code: 'custom', path, message: 'there is no such survey' })
      }
    }
  })

export type PluginOptions = z.output<typeof pluginOptions>
