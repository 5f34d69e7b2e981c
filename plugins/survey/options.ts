import { duration, numberPlan, z } from '../../engine/plugin/index.ts'
import { campaignOptions } from './campaign-options.ts'
import { languageOptions } from './language-options.ts'
import { nameKey } from './option-schemas.ts'
import { surveyOptions } from './survey-options.ts'

/** The options of the plugin. */
export const pluginOptions = z
  .strictObject({
    surveys: z
      .record(nameKey(), surveyOptions)
      .default({})
      .describe('surveys by name; if several fit a queue, the first one applies'),
    campaigns: z.record(nameKey(), campaignOptions).default({}).describe('campaigns by name'),
    languages: languageOptions.prefault({}).describe('how the language of a caller is determined'),
    projects: z
      .record(nameKey(), nameKey())
      .default({})
      .describe('by queue: the client project that its results count towards'),
    numbers: numberPlan().prefault({}).describe('how numbers are written'),
    keepResults: duration({ least: '1d' }).prefault('400d').describe('how long results are kept'),
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
