import { duration, z } from '../../engine/plugin/index.ts'
import { checkSurvey } from './check-survey.ts'
import { language, nameKey, phoneKey, prompt, share } from './option-schemas.ts'

const question = z.strictObject({
  name: z
    .string()
    .regex(/^(?!(end|consent)$)[A-Za-z][A-Za-z0-9_]{0,31}$/, 'a name: letters, digits and "_"')
    .describe('name of its answer in events and results'),
  type: z
    .enum(['csat', 'nps', 'scale', 'yesNo', 'open'])
    .describe(
      '`csat`: one key, 1-5. `nps`: 0-10. `scale`: from `least` to `most`. `yesNo`: 1 or 2. `open`: a recording',
    ),
  prompt: prompt().describe('what is asked'),
  least: z.int().min(0).max(9).default(1).describe('for a `scale`: the lowest answer'),
  most: z.int().min(1).max(10).default(5).describe('for a `scale`: the highest answer'),
  maxLength: duration({ least: '1s', most: '10m' })
    .prefault('1m')
    .describe('for an `open` question: maximum length of the recording'),
  isOptional: z
    .boolean()
    .default(false)
    .describe(
      'whether the survey continues without an answer; otherwise it ends. `open` questions are always optional',
    ),
  next: z
    .record(z.string(), z.string())
    .default({})
    .describe('by answer: a later question, or `end`; otherwise the next question in the list'),
})

/** A question of a survey, with defaults filled in. */
export type Question = z.output<typeof question>

const intro = z.strictObject({
  prompt: prompt().describe('introduction: what this is, and the keys'),
  refuse: phoneKey().optional().describe('key to refuse the survey'),
  optOut: phoneKey().optional().describe('key to refuse for good'),
  accept: phoneKey()
    .optional()
    .describe('key to consent; if set, callers who press nothing are not asked'),
})

const shape = z.strictObject({
  queues: z
    .array(nameKey())
    .optional()
    .describe(
      'queues after whose calls it is asked; default: all; an empty list means campaigns only',
    ),
  share: share().default(1).describe('share of calls to survey, as `30%` or 0.3'),
  notWithin: duration()
    .prefault('30d')
    .describe(
      'callers asked within this time, by any survey, are not asked again; `0s` switches this off',
    ),
  language: language()
    .default('en')
    .describe('fallback when the caller’s language is unknown or a prompt lacks it'),
  intro: intro.optional().describe('what comes before the first question'),
  questions: z.array(question).min(1).max(20).describe('in order'),
  thanks: prompt().optional().describe('played at the end to callers who have answered'),
  goodbye: prompt().optional().describe('played at the end to callers who have refused'),
  tries: z.int().min(1).max(10).default(2).describe('how often a question is asked'),
  timeout: duration({ least: '1s', most: '1m' })
    .prefault('5s')
    .describe('how long to wait for a key'),
  whenInvalid: prompt().optional().describe('played after a wrong key'),
  whenSilent: prompt().optional().describe('played when no key was pressed'),
  timeLimit: duration({ least: '1s', most: '1h' }).prefault('5m').describe('for the whole survey'),
  folder: z
    .string()
    .regex(/^\/[^\s\\$'"]*$/, 'a folder on the switch')
    .default('/var/spool/switchyard/surveys')
    .describe('folder on the switch for recorded answers'),
  lowScore: z
    .strictObject({
      question: z
        .string()
        .optional()
        .describe('the question that counts; default: the first of type csat, nps or scale'),
      below: z.int().min(0).max(10).describe('answers below this value are low'),
      callbackQueue: nameKey()
        .optional()
        .describe(
          'queue for a callback to the caller; default: none, the low score is only published',
        ),
    })
    .optional()
    .describe('what counts as a low score, and what it leads to'),
})

/** The options of one survey. */
export const surveyOptions = shape.superRefine(checkSurvey)

/** A survey, with defaults filled in. */
export type Survey = z.output<typeof shape>
