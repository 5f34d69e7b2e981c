import type { z } from 'zod'
import type { DurationMs, SwitchId } from '../catalogue/ids.ts'
import { section } from '../yaml/collections.ts'
import { duration, integer, oneOf } from '../yaml/scalars.ts'
import { hostName } from './host-name.ts'
import type { Secret } from './secret.ts'
import { secretReference } from './secret-schema.ts'

/** A switch of the file. */
export const switchSchema = section(
  {
    type: oneOf('a type of switch', ['freeswitch'])
      .meta({ description: 'what kind of switch it is: FreeSWITCH, over its event socket' })
      .prefault('freeswitch'),
    host: hostName('127.0.0.1')
      .meta({ description: 'the host of its event socket' })
      .prefault('127.0.0.1'),
    port: integer(1, 65_535, '8021')
      .meta({ description: 'the port of its event socket' })
      .prefault('8021'),
    password: secretReference().meta({
      description: 'the password of its event socket',
      example: '{ env: FREESWITCH_PASSWORD }',
    }),
    commandTimeout: duration({ minMs: 100 })
      .meta({ description: 'how long to wait for the answer to a command' })
      .prefault('5s'),
  },
  'fs1: { host: 127.0.0.1, password: { env: FREESWITCH_PASSWORD } }',
)

/** A switch, by its type. */
export type SwitchConfig = FreeSwitchConfig

export interface FreeSwitchConfig {
  readonly type: 'freeswitch'
  readonly switchId: SwitchId
  readonly host: string
  readonly port: number
  readonly password: Secret
  readonly commandTimeoutMs: DurationMs
}

/**
 * Turns a switch without faults into what the engine connects to.
 *
 * @param secretOf the secret at a place in the file
 */
export function buildSwitch(
  switchId: SwitchId,
  { type, host, port, commandTimeout }: z.output<typeof switchSchema>,
  secretOf: (place: string) => Secret,
): SwitchConfig {
  const password = secretOf(`switches.${switchId}.password`)
  return { type, switchId, host, port, password, commandTimeoutMs: commandTimeout }
}
