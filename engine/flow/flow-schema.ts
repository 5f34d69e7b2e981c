import { z } from 'zod'
import { hangupCauses } from '../catalogue/hangup-causes.ts'
import { spokenForms } from '../switch/prompt.ts'
import { list, section, someNamed } from '../yaml/collections.ts'
import { dialplanTarget } from '../yaml/dialplan-target.ts'
import {
  duration,
  flag,
  idReference,
  integer,
  oneOf,
  refusal,
  scalar,
  text,
} from '../yaml/scalars.ts'
import { checkFlow } from './check-flow.ts'
import { language, prompt, spokenText } from './prompt-schema.ts'
import { type ActionName, checkStep } from './step-rules.ts'

/** The name of a step; `end` is reserved for the end of the flow. */
const stepName = () =>
  text('the name of a step', 'greeting', /^(?!end$)[A-Za-z][A-Za-z0-9_-]{0,63}$/)
const target = () => text('the name of a step, or end', 'greeting', /^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
const variable = () => text('the name of a variable', 'meter', /^[A-Za-z][A-Za-z0-9_]{0,31}$/)
const endKeys = () =>
  scalar({
    noun: 'keys of 0-9, * and #, or none',
    example: "'#'",
    json: { type: 'string' },
    read: (value) => (value === 'none' ? '' : /^[0-9*#]{1,12}$/.test(value) ? value : undefined),
  })
const phoneKey = z
  .string()
  .regex(/^[0-9*#]$/, refusal('not a telephone key', 'use one of 0-9, * and #, in quotes'))
  .meta({ title: 'key' })
const value = z
  .string()
  .regex(
    /^[\w*#.+-]{1,64}$/,
    refusal('not a value to compare with', 'use digits, letters, * and #'),
  )
  .meta({ title: 'value' })
/** Without groups and unbounded repetition, so that matching is always fast. */
const pattern = scalar({
  noun: 'a pattern of digits, classes like [1-5], {2,4}, ? and |',
  example: "'[1-5]'",
  json: { type: ['string', 'integer'] },
  read(value) {
    try {
      return /^[0-9#[\]{},?|-]{1,40}$/.test(value) ? new RegExp(`^(?:${value})$`) : undefined
    } catch {
      return undefined
    }
  },
})

/** The options that `menu` and `collect` share. */
const asking = {
  prompt: prompt().meta({ description: 'the question; a key ends it' }).optional(),
  tries: integer(1, 10, '3').meta({ description: 'how often the question is asked' }).prefault('3'),
  timeout: duration({ minMs: 1_000 })
    .meta({ description: 'how long to wait for the first key after the end of the prompt' })
    .prefault('5s'),
  bargeIn: flag()
    .meta({ description: 'whether a key counts while the prompt plays' })
    .prefault('true'),
  whenInvalid: prompt()
    .meta({
      description:
        'what the caller hears after an invalid answer, before the question is asked again',
    })
    .optional(),
  whenSilent: prompt()
    .meta({
      description: 'what the caller hears after silence, before the question is asked again',
    })
    .optional(),
  timeLimit: duration({ minMs: 1_000 })
    .meta({ description: 'the limit for all tries together; then `otherwise`' })
    .optional(),
  otherwise: target()
    .meta({
      description:
        'the step that follows when the last try has failed; default: the flow ends as unanswered',
    })
    .optional(),
}

const menu = section(
  {
    ...asking,
    keys: someNamed(phoneKey, target(), 'keys: { 1: sales }').meta({
      description: 'each key, 0-9, * or #, with the step it leads to',
      example: '{ 1: sales, 2: service }',
    }),
    into: variable().meta({ description: 'the variable that stores the key' }).optional(),
  },
  'menu: { prompt: menu.wav, keys: { 1: sales } }',
)

const collect = section(
  {
    ...asking,
    into: variable().meta({ description: 'the variable that stores the answer' }),
    min: integer(1, 30, '1')
      .meta({ description: 'the fewest digits that are valid' })
      .prefault('1'),
    max: integer(1, 30, '30')
      .meta({ description: 'the answer ends after this many digits' })
      .prefault('30'),
    endKeys: endKeys()
      .meta({ description: 'the keys that end the answer, or `none`' })
      .prefault('#'),
    digitTimeout: duration({ minMs: 500 })
      .meta({ description: 'how long to wait between keys' })
      .prefault('3s'),
    pattern: pattern.meta({ description: 'what the whole answer must match' }).optional(),
    publish: flag()
      .meta({
        description:
          'whether the event `flow.collected` contains the answer; never set this for PINs or card numbers',
      })
      .prefault('false'),
  },
  'collect: { into: meter, prompt: meter.wav }',
)

const record = section(
  {
    prompt: prompt().meta({ description: 'what the caller hears first' }).optional(),
    beep: prompt()
      .meta({ description: 'what the caller hears when the recording begins' })
      .prefault('tone_stream://%(250,50,800)'),
    into: variable().meta({ description: 'the variable that stores the path of the file' }),
    folder: text('a folder of the switch', '/var/spool/voicemail', /^\/[^\s\\$'"]*$/).meta({
      description: 'where the switch stores the file; created if necessary',
    }),
    min: duration().meta({ description: 'a shorter recording is discarded' }).prefault('1s'),
    max: duration({ minMs: 1_000 }).meta({ description: 'the longest recording' }).prefault('2m'),
    endKeys: endKeys()
      .meta({ description: 'the keys that end the recording, or `none`' })
      .prefault('#'),
    otherwise: target()
      .meta({
        description:
          'the step that follows when the recording failed or is too short; default: the flow ends as unanswered',
      })
      .optional(),
  },
  'record: { into: message, folder: /var/spool/voicemail }',
)

const when = section(
  {
    variable: variable().meta({
      description: 'a variable that the flow has stored or was started with',
    }),
    is: someNamed(value, target(), 'is: { 1: happy }').meta({
      description: 'each value with the step it leads to',
      example: '{ 1: unhappy, 5: happy }',
    }),
    otherwise: target()
      .meta({ description: 'the step for every other value; default: the next one' })
      .optional(),
  },
  'when: { variable: score, is: { 5: thanks } }',
)

const actions = {
  play: prompt().meta({ description: 'plays a prompt' }).optional(),
  say: spokenText()
    .meta({ description: 'speaks a text; the switch needs a module for speech' })
    .optional(),
  menu: menu.meta({ description: 'asks for one key' }).optional(),
  collect: collect.meta({ description: 'asks for digits' }).optional(),
  record: record.meta({ description: 'records the caller' }).optional(),
  when: when.meta({ description: 'chooses the next step by a variable' }).optional(),
  language: language().meta({ description: 'switches to this language' }).optional(),
  queue: idReference('queue').meta({ description: 'sends the caller to this queue' }).optional(),
  transfer: dialplanTarget
    .meta({
      description:
        'sends the caller back to the dialplan: extension, dialplan (XML), context (default)',
    })
    .optional(),
  hangup: oneOf('a hang-up cause', hangupCauses)
    .meta({ description: 'ends the call, with this cause' })
    .optional(),
  goto: target().meta({ description: 'continues at this step' }).optional(),
} satisfies Record<ActionName, z.ZodType>

const step = section(
  {
    name: stepName().meta({ description: 'the name by which other steps lead here' }).optional(),
    ...actions,
    as: oneOf('a way to say a value', spokenForms)
      .meta({
        description:
          'with `say`: the text is a value, spoken in this way; the switch needs a say module for the language',
      })
      .optional(),
    bargeIn: flag()
      .meta({ description: 'with `play` and `say`: whether any key skips it; default: `false`' })
      .optional(),
    timeLimit: duration({ minMs: 100 })
      .meta({ description: 'with `play` and `say`: the flow continues after this time' })
      .optional(),
    next: target()
      .meta({
        description:
          'the step that follows; default: the next one in the list, `end` after the last',
      })
      .optional(),
  },
  'steps: [ { play: welcome.wav } ]',
)
  .meta({ example: '{ play: welcome.wav }' })
  .superRefine(checkStep)

/** One flow, as written in the configuration file or by a plugin. */
export const flowSchema = section(
  {
    description: text('a text', 'Greeting, Berlin').meta({ description: 'for people' }).optional(),
    language: language()
      .meta({ description: 'the language of prompts that do not have the caller’s language' })
      .prefault('en'),
    timeLimit: duration({ minMs: 1_000, example: '10m' })
      .meta({ description: 'the limit for the whole flow; default: `10m`' })
      .optional(),
    whenTimeLimit: target()
      .meta({
        description:
          'the step that follows after the limit, for at most a minute; default: the flow ends',
      })
      .optional(),
    steps: list(step, 'steps: [ { play: welcome.wav } ]').meta({
      description: 'the steps, in order',
    }),
  },
  'greeting: { steps: [ { play: welcome.wav } ] }',
).superRefine(checkFlow)

/** A valid flow, as the schema returns it. */
export type FlowFile = z.output<typeof flowSchema>
