import type { z } from 'zod'
import type { DurationMs, SwitchId } from '../catalogue/ids.ts'
import { list, section } from '../yaml/collections.ts'
import { listOf, mapOf } from '../yaml/raw.ts'
import { duration, idReference, scalar, text } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'
import type { TenantCheck } from './file-view.ts'

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
    }),
    callerId: text('a number', "'+4930123456'", /^\+?[0-9*#]{1,32}$/)
      .meta({
        description: 'the number that customers see; without it the switch decides',
      })
      .optional(),
    ringTime: duration({ minMs: 1_000 })
      .meta({ description: "how long a customer's phone rings" })
      .prefault('30s'),
    switches: list(idReference('switch', 'fs1'), 'switches: [ fs1 ]')
      .meta({ description: 'the switches that dial, in turn; default: all of them' })
      .optional(),
  },
  "outbound: { dial: 'sofia/gateway/provider/{number}' }",
)

export interface OutboundConfig {
  /** The route to any number, in the switch's own syntax: for FreeSWITCH a dial string with `{number}` or `{digits}`. */
  readonly address: string
  /** The number that customers see; undefined leaves it to the switch. */
  readonly callerId: string | undefined
  /** How long a customer's phone rings. */
  readonly ringMs: DurationMs
  /** The switches that dial; undefined: any. */
  readonly switches: readonly SwitchId[] | undefined
}

/** Turns the rules of dialling without faults into what the engine dials by. */
export function buildOutbound(file: z.output<typeof outboundSchema>): OutboundConfig {
  return {
    address: file.dial,
    callerId: file.callerId,
    ringMs: file.ringTime,
    switches: file.switches as SwitchId[] | undefined,
  }
}

/** Reports switches that do not exist. */
export const checkOutbound: TenantCheck = ({ path, raw, file }, report) => {
  const known = Object.keys(mapOf(file.raw['switches']))
  const names = listOf(mapOf(raw['outbound'])['switches'])
  for (const [index, name] of names.entries()) {
    reportUnknown('switch', name, [...path, 'outbound', 'switches', index], known, report)
  }
}
