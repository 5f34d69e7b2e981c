import { z } from 'zod'
import { hangupCauses } from '../catalogue/hangup-causes.ts'
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
import { checkStep } from './step-rules.ts'

/** `end` is not a step: it is where the flow ends. */
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
  .regex(/^[0-9*#]$/, refusal('not a key of a phone', 'use one of 0-9, * and #, in quotes'))
  .meta({ title: 'key' })
const value = z
  .string()
  .regex(
    /^[\w*#.+-]{1,64}$/,
    refusal('not a value to compare with', 'use digits, letters, * and #'),
  )
  .meta({ title: 'value' })
/** No groups and no repetition without a bound: it cannot be slow. */
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

/** What menus and questions share. */
const asking = {
  prompt: prompt().meta({ description: 'what is asked; a key pressed ends it' }).optional(),
  tries: integer(1, 10, '3').meta({ description: 'how often it is asked' }).prefault('3'),
  timeout: duration({ leastMs: 1_000 })
    .meta({ description: 'how long is waited for the first key, from the end of the prompt' })
    .prefault('5s'),
  bargeIn: flag()
    .meta({ description: 'whether a key counts before the prompt has ended' })
    .prefault('true'),
  whenInvalid: prompt()
    .meta({ description: 'said after an answer that does not fit, before it is asked again' })
    .optional(),
  whenSilent: prompt()
    .meta({ description: 'said when no key came, before it is asked again' })
    .optional(),
  timeLimit: duration({ leastMs: 1_000 })
    .meta({ description: 'for all tries together; then `otherwise`' })
    .optional(),
  otherwise: target()
    .meta({ description: 'where the last failed try leads; default: the flow ends, unanswered' })
    .optional(),
}

const menu = section(
  {
    ...asking,
    keys: someNamed(phoneKey, target(), 'keys: { 1: sales }').meta({
      description: 'each key of 0-9, * and #, and the step it leads to',
      example: '{ 1: sales, 2: service }',
    }),
    into: variable().meta({ description: 'the variable that keeps the key' }).optional(),
  },
  'menu: { prompt: menu.wav, keys: { 1: sales } }',
)

const collect = section(
  {
    ...asking,
    into: variable().meta({ description: 'the variable that keeps the answer' }),
    min: integer(1, 30, '1').meta({ description: 'fewest digits' }).prefault('1'),
    max: integer(1, 30, '30').meta({ description: 'so many digits end the answer' }).prefault('30'),
    endKeys: endKeys().meta({ description: 'keys that end the answer, or none' }).prefault('#'),
    digitTimeout: duration({ leastMs: 500 })
      .meta({ description: 'how long is waited from key to key' })
      .prefault('3s'),
    pattern: pattern.meta({ description: 'what the answer must look like' }).optional(),
    publish: flag()
      .meta({
        description:
          'whether `flow.collected` tells the answer to whoever reads the events; not for PINs and card numbers',
      })
      .prefault('false'),
  },
  'collect: { into: meter, prompt: meter.wav }',
)

const record = section(
  {
    prompt: prompt().meta({ description: 'what is said before' }).optional(),
    beep: prompt()
      .meta({ description: 'what says that it records' })
      .prefault('tone_stream://%(250,50,800)'),
    into: variable().meta({ description: 'the variable that keeps the path of the file' }),
    folder: text('a folder of the switch', '/var/spool/voicemail', /^\/[^\s\\$'"]*$/).meta({
      description: 'where the switch keeps it; made if need be',
    }),
    min: duration().meta({ description: 'shorter is not kept' }).prefault('1s'),
    max: duration({ leastMs: 1_000 }).meta({ description: 'the longest' }).prefault('2m'),
    endKeys: endKeys().meta({ description: 'keys that end it, or none' }).prefault('#'),
    otherwise: target()
      .meta({
        description:
          'where a recording that failed or is too short leads; default: the flow ends, unanswered',
      })
      .optional(),
  },
  'record: { into: message, folder: /var/spool/voicemail }',
)

const when = section(
  {
    variable: variable().meta({
      description: 'a variable of the flow, or one it was started with',
    }),
    is: someNamed(value, target(), 'is: { 1: happy }').meta({
      description: 'each value and the step it leads to',
      example: '{ 1: unhappy, 5: happy }',
    }),
    otherwise: target()
      .meta({ description: 'for every other value; default: the next step' })
      .optional(),
  },
  'when: { variable: score, is: { 5: thanks } }',
)

const step = section(
  {
    name: stepName().meta({ description: 'by which other steps lead to it' }).optional(),
    play: prompt().meta({ description: 'plays it' }).optional(),
    say: spokenText()
      .meta({ description: 'speaks it; needs a module of the switch that does' })
      .optional(),
    menu: menu.meta({ description: 'asks for one key' }).optional(),
    collect: collect.meta({ description: 'asks for digits' }).optional(),
    record: record.meta({ description: 'records the caller' }).optional(),
    when: when.meta({ description: 'goes on by a variable' }).optional(),
    language: language().meta({ description: 'speaks this language from here' }).optional(),
    queue: idReference('queue').meta({ description: 'to this queue' }).optional(),
    transfer: dialplanTarget
      .meta({
        description: 'back to the dialplan: extension, dialplan (XML), context (default)',
        example: '9000 XML default',
      })
      .optional(),
    hangup: oneOf('a hang-up cause', hangupCauses)
      .meta({ description: 'ends the call with this cause' })
      .optional(),
    goto: target().meta({ description: 'goes on there' }).optional(),
    as: oneOf('a way to say a value', ['number', 'digits', 'money', 'letters'])
      .meta({ description: 'with `say`: the text is a value; needs a say module of the language' })
      .optional(),
    bargeIn: flag()
      .meta({ description: 'with `play` and `say`: any key skips it; default: false' })
      .optional(),
    timeLimit: duration({ leastMs: 100 })
      .meta({ description: 'with `play` and `say`: then it goes on' })
      .optional(),
    next: target()
      .meta({
        description: 'the step that follows; default: the next in the list, `end` after the last',
      })
      .optional(),
  },
  'steps: [ { play: welcome.wav } ]',
).superRefine(checkStep)

/** One flow, as a configuration file or a plugin writes it. */
export const flowSchema = section(
  {
    description: text('a text', 'Greeting, Berlin').meta({ description: 'for people' }).optional(),
    language: language()
      .meta({ description: 'spoken where the caller’s own has no prompt' })
      .prefault('en'),
    timeLimit: duration({ leastMs: 1_000 })
      .meta({ description: 'for the whole flow; default: 10m', example: '10m' })
      .optional(),
    whenTimeLimit: target()
      .meta({ description: 'where it goes then, for a minute at most; default: the flow ends' })
      .optional(),
    steps: list(step, 'steps: [ { play: welcome.wav } ]').meta({
      description: 'what is done, in this order',
      example: '[ { play: welcome.wav } ]',
    }),
  },
  'greeting: { steps: [ { play: welcome.wav } ] }',
).superRefine(checkFlow)

/** A flow whose shape is right. */
export type FlowFile = z.output<typeof flowSchema>
