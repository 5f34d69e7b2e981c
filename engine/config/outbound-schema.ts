import { list, section } from '../yaml/collections.ts'
import { duration, idReference, scalar, text } from '../yaml/scalars.ts'

const dial = scalar({
  noun: 'a dial string with {number} or {digits}',
  example: 'sofia/gateway/provider/{number}',
  json: { type: 'string' },
  read(value) {
    const isPlain = /^[^\p{Cc}\s,|]+$/u.test(value) && !value.includes(':_:')
    return isPlain && /\{(number|digits)\}/.test(value) ? value : undefined
  },
})

/** How a tenant's customers are dialled. */
export const outboundSchema = section(
  {
    dial: dial.meta({
      description:
        'how the switch reaches a customer: `{number}` stands for the number, `{digits}` for the number without a leading `+`',
      example: 'sofia/gateway/provider/{number}',
    }),
    callerId: text('a number', "'+4930123456'", /^\+?[0-9*#]{1,32}$/)
      .meta({
        description: 'the number that customers are shown; the switch decides without it',
        example: "'+4930123456'",
      })
      .optional(),
    ringTime: duration({ leastMs: 1_000 })
      .meta({ description: "how long a customer's phone rings" })
      .prefault('30s'),
    switches: list(idReference('switch', 'fs1'), 'switches: [ fs1 ]')
      .meta({ description: 'who dials, in turn; every switch without it' })
      .optional(),
  },
  'outbound: { dial: sofia/gateway/provider/{number} }',
)
