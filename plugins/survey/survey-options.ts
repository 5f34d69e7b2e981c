import { z } from '../../engine/plugin/index.ts'
import { checkSurvey } from './check-survey.ts'
import { duration, language, nameKey, phoneKey, prompt, share } from './option-words.ts'

const question = z.strictObject({
  name: z
    .string()
    .regex(/^(?!(end|consent)$)[A-Za-z][A-Za-z0-9_]{0,31}$/, 'a name: letters, digits and "_"')
    .describe('what its answer is called in events and results'),
  type: z
    .enum(['csat', 'nps', 'scale', 'yesNo', 'open'])
    .describe(
      '`csat`: one key, 1-5. `nps`: 0-10. `scale`: from `least` to `most`. `yesNo`: 1 or 2. `open`: a recording',
    ),
  prompt: prompt().describe('what is asked, for all or by language'),
  least: z.int().min(0).max(9).default(1).describe('of a `scale`: the lowest answer'),
  most: z.int().min(1).max(10).default(5).describe('of a `scale`: the highest answer'),
  maxLength: duration()
    .refine((ms) => ms >= 1_000 && ms <= 600_000, 'from 1s to 10m')
    .default(60_000)
    .describe('of an `open` question: the longest recording'),
  isOptional: z
    .boolean()
    .default(false)
    .describe('whether the survey goes on when no answer came; else it ends. `open` always is'),
  next: z
    .record(z.string(), z.string())
    .default({})
    .describe('by answer: a later question, or `end`; else the next in the list'),
})

/** A question of a survey, its defaults filled in. */
export type Question = z.output<typeof question>

const intro = z.strictObject({
  prompt: prompt().describe('says what this is, and the keys'),
  refuse: phoneKey().optional().describe('the key of who does not want to'),
  optOut: phoneKey().optional().describe('the key of who never wants to be asked again'),
  accept: phoneKey()
    .optional()
    .describe('the key of consent; with it nobody who stays silent is asked'),
})

const shape = z.strictObject({
  queues: z
    .array(nameKey())
    .optional()
    .describe('after whose calls it is asked; absent: all; empty: none, for campaigns alone'),
  share: share().default(1).describe('of the calls that are asked, as `30%` or 0.3'),
  notWithin: duration()
    .default(30 * 86_400_000)
    .describe('who was asked so recently, by any survey, is not asked; `0s`: everybody is'),
  language: language().default('en').describe('where the caller’s own is not known or not there'),
  intro: intro.optional().describe('what comes before the first question'),
  questions: z.array(question).min(1).max(20).describe('in order'),
  thanks: prompt().optional().describe('said at the end to who has answered'),
  goodbye: prompt().optional().describe('said at the end to who has refused'),
  tries: z.int().min(1).max(10).default(2).describe('how often a question is asked'),
  timeout: duration()
    .refine((ms) => ms >= 1_000 && ms <= 60_000, 'from 1s to 60s')
    .default(5_000)
    .describe('how long is waited for a key'),
  whenInvalid: prompt().optional().describe('said after a wrong key'),
  whenSilent: prompt().optional().describe('said when no key came'),
  timeLimit: duration()
    .refine((ms) => ms >= 1_000 && ms <= 3_600_000, 'from 1s to 1h')
    .default(300_000)
    .describe('for the whole survey'),
  folder: z
    .string()
    .regex(/^\/[^\s\\$'"]*$/, 'a folder of the switch')
    .default('/var/spool/switchyard/surveys')
    .describe('where the switch keeps recorded answers'),
  lowScore: z
    .strictObject({
      question: z
        .string()
        .optional()
        .describe('whose answer; absent: the first of type csat, nps or scale'),
      below: z.int().min(0).max(10).describe('lower answers are low'),
      callbackQueue: nameKey()
        .optional()
        .describe('the queue that owes such a caller a call; absent: it is only told'),
    })
    .optional()
    .describe('what a bad score leads to'),
})

/** One survey, as the options have it. */
export const surveyOptions = shape.superRefine(checkSurvey)

/** A survey, its defaults filled in. */
export type Survey = z.output<typeof shape>
