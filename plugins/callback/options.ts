import { z } from '../../engine/plugin/index.ts'
import { duration } from './duration.ts'
import { openingHoursSchema } from './opening-hours.ts'

const id = z.string().min(1).max(128)
const dialled = z
  .string()
  .regex(/^\+?[0-9*#]{1,32}$/, 'a number in quotes: digits, "*" and "#", "+" before them')
const digits = z.string().regex(/^\d*$/, 'digits, in quotes')

/** What may be set for all queues, and otherwise for one. */
const dialling = {
  abandonedAfter: duration()
    .describe('least wait of an abandoned caller who is called back')
    .optional(),
  hours: openingHoursSchema.describe('when customers may be dialled').optional(),
  priority: z.int().describe("added to the queue's own; higher is served first").optional(),
  callerId: dialled.describe("the number shown to the customer; default: the tenant's").optional(),
  ringFor: duration(1_000).describe('how long the customer’s phone rings').optional(),
  first: z.enum(['customer', 'agent']).describe('who is rung first when the turn comes').optional(),
}

const queue = z.strictObject({
  owes: z
    .boolean()
    .default(true)
    .describe('whether callers it lost are called back; `false`: only those who ask for it'),
  returnTo: id.describe('the queue customers come back to; default: the same').optional(),
  ...dialling,
})

const request = z
  .strictObject({
    flow: id.describe('the flow in which callers ask'),
    variable: id.describe('the variable of the menu (`into`)'),
    value: z.string().min(1).describe('the key that asks for it'),
    queue: id
      .describe('where callers wait who were in no queue; without it they cannot ask')
      .optional(),
    numberVariable: id
      .describe(
        'a variable with the number to call (`collect` with `publish: true`); default: the caller’s',
      )
      .optional(),
  })
  .describe('callers who press this key are called back at the place they have')

const http = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
    port: z.int().min(0).max(65_535).describe('0: any free one, told in the log'),
    tokenEnv: z
      .string()
      .min(1)
      .describe('environment variable that holds the bearer token')
      .optional(),
    tokenFile: z.string().min(1).describe('file that holds it').optional(),
  })
  .refine(
    ({ tokenEnv, tokenFile }) => (tokenEnv === undefined) !== (tokenFile === undefined),
    'name one of tokenEnv and tokenFile',
  )

/** The plugin's part of the configuration. */
export const optionsSchema = z.strictObject({
  countryCode: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'one to three digits, in quotes')
    .describe('what national numbers belong to, for example `"49"`'),
  nationalPrefix: digits.default('0').describe('what national numbers begin with; may be empty'),
  internationalPrefix: digits.min(1).default('00').describe('what international ones begin with'),
  bareNumbers: z
    .enum(['ignored', 'national', 'international'])
    .default('ignored')
    .describe('what numbers are that begin with neither'),
  leastDigits: z.int().min(3).max(15).default(8).describe('fewest digits, country code included'),
  dialFormat: z
    .enum(['plus', 'prefix', 'digits'])
    .default('plus')
    .describe('how numbers are dialled: `+49…`, `0049…` or `49…`'),
  owes: z
    .array(z.enum(['abandoned', 'sentAway', 'overflowed', 'lost']))
    .default(['abandoned', 'lost'])
    .describe(
      'whom queues owe a call: who hung up waiting; whose queue gave them up, to a flow or to nothing; whose call a fault ended',
    ),
  queues: z
    .record(id, queue)
    .describe('the queues that owe, each with what differs for it; default: all of them')
    .optional(),
  requests: z.array(request).default([]),
  ...dialling,
  attempts: z.int().min(1).max(20).default(3).describe('how often a customer is dialled'),
  spacing: z
    .strictObject({
      busy: duration(1_000).prefault('5m').describe('after a busy line'),
      declined: duration(1_000).prefault('1h').describe('after a refused call'),
      noAnswer: duration(1_000).prefault('30m').describe('after nobody answered'),
      machine: duration(1_000).prefault('2h').describe('after a machine answered'),
      other: duration(1_000).prefault('15m').describe('after anything else'),
    })
    .prefault({})
    .describe('pauses between attempts'),
  expireAfter: duration(60_000)
    .prefault('24h')
    .describe('how long a call is owed, unless who asked for it said otherwise'),
  keepFor: duration(60_000).prefault('7d').describe('how long what has ended can be shown'),
  doNotCall: z
    .array(
      z.string().regex(/^[+\d][\d\s()./-]*\*?$/, 'a number in quotes, or its beginning and "*"'),
    )
    .default([])
    .describe('numbers that are never dialled; `"+49900*"`: all that begin so'),
  doNotCallFile: z
    .string()
    .min(1)
    .describe('more of them, one a line, `#` before remarks; read again each minute')
    .optional(),
  answerArrivals: z
    .boolean()
    .default(false)
    .describe(
      'tell the engine at once of callers that nothing is owed to; only where no other plugin classifies',
    ),
  sweepEvery: duration(1_000)
    .prefault('15s')
    .describe('how often contacts are placed again, and what is due is begun'),
  http: http.describe('a door for callbacks over HTTP').optional(),
})

export type Options = z.output<typeof optionsSchema>
/** A source of obligations, as `requests` has it. */
export type RequestRule = Options['requests'][number]
