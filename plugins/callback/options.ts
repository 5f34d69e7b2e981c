import {
  duration,
  needLimits,
  numberPlan,
  openingHours,
  phoneNumber,
  secretReference,
  timeZone,
  z,
} from '../../engine/plugin/index.ts'

const id = z.string().min(1).max(128)
const hours = openingHours().extend({
  timeZone: timeZone().describe('time zone of the windows, for example `Europe/Berlin`'),
})

/** Options that can be set for all queues and overridden per queue. */
const dialling = {
  abandonedAfter: duration()
    .describe('minimum wait before an abandoned call is called back')
    .optional(),
  hours: hours.describe('when customers may be dialled').optional(),
  priority: z
    .int()
    .min(-needLimits.priority)
    .max(needLimits.priority)
    .describe("added to the queue's own priority; higher is served first")
    .optional(),
  callerId: phoneNumber()
    .describe("the number shown to the customer; default: the tenant's")
    .optional(),
  ringFor: duration({ least: '1s' }).describe('how long the customer’s phone rings').optional(),
  first: z
    .enum(['customer', 'agent'])
    .describe('whom to ring first when the turn comes')
    .optional(),
}

const queue = z.strictObject({
  owes: z
    .boolean()
    .default(true)
    .describe('whether unserved callers are called back; `false`: only callers who ask'),
  returnTo: id
    .describe('the queue its customers are called back from; default: the same queue')
    .optional(),
  ...dialling,
})

const request = z
  .strictObject({
    flow: id.describe('the flow in which callers ask for a callback'),
    variable: id.describe('the variable of the menu (`into`)'),
    value: z.string().min(1).describe('the key that asks for it'),
    queue: id
      .describe('the queue for callers who are in no queue; without it they cannot ask')
      .optional(),
    numberVariable: id
      .describe(
        'the variable that holds the number to call (`collect` with `publish: true`); default: the caller’s number',
      )
      .optional(),
  })
  .describe('callers who press this key are called back at their place in the queue')

const http = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .describe('port to listen on; 0 picks a free one, shown in the log'),
  token: secretReference().describe('the bearer token'),
})

/** The plugin's part of the configuration. */
export const optionsSchema = z.strictObject({
  numbers: numberPlan({ isCountryNeeded: true }).prefault({}).describe('how numbers are written'),
  dialFormat: z
    .enum(['plus', 'prefix', 'digits'])
    .default('plus')
    .describe('how numbers are dialled: `+49…`, `0049…` or `49…`'),
  owes: z
    .array(z.enum(['abandoned', 'sentAway', 'overflowed', 'lost']))
    .default(['abandoned', 'lost'])
    .describe(
      'endings that make a callback owed: the caller hung up waiting; the queue sent the call to a flow that ended it, or away; a fault ended the call',
    ),
  queues: z
    .record(id, queue)
    .describe('the queues that owe callbacks, each with its own settings; default: all queues')
    .optional(),
  requests: z.array(request).default([]).describe('keys by which callers ask for a callback'),
  ...dialling,
  attempts: z.int().min(1).max(20).default(3).describe('maximum number of attempts'),
  spacing: z
    .strictObject({
      busy: duration({ least: '1s' }).prefault('5m').describe('after a busy line'),
      declined: duration({ least: '1s' }).prefault('1h').describe('after a declined call'),
      noAnswer: duration({ least: '1s' }).prefault('30m').describe('after no answer'),
      machine: duration({ least: '1s' }).prefault('2h').describe('after an answering machine'),
      other: duration({ least: '1s' }).prefault('15m').describe('after any other outcome'),
    })
    .prefault({})
    .describe('pauses between attempts'),
  expireAfter: duration({ least: '1m' })
    .prefault('24h')
    .describe('how long a callback stays owed, unless the request sets its own expiry'),
  keepFor: duration({ least: '1m' })
    .prefault('7d')
    .describe('how long ended callbacks can be shown'),
  doNotCall: z
    .array(
      z.string().regex(/^[+\d][\d\s()./-]*\*?$/, 'a number in quotes, or a prefix followed by "*"'),
    )
    .default([])
    .describe('numbers never to dial; `"+49900*"` covers every number with that prefix'),
  doNotCallFile: z
    .string()
    .min(1)
    .describe(
      'file with more such numbers, one per line, `#` starts a comment; reread every minute',
    )
    .optional(),
  answerArrivals: z
    .boolean()
    .default(false)
    .describe(
      'answer every arrival at once, also when nothing is owed; only if no other plugin classifies',
    ),
  sweepEvery: duration({ least: '1s' })
    .prefault('15s')
    .describe('how often contacts are placed again and due callbacks begin'),
  http: http.describe('the HTTP API').optional(),
})

export type Options = z.output<typeof optionsSchema>
/** An entry of `requests`. */
export type RequestRule = Options['requests'][number]
