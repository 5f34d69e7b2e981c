import type { z } from 'zod'
import type { SwitchId, TenantId } from '../catalogue/ids.ts'
import { section, someNamed } from '../yaml/collections.ts'
import { mapEntries } from '../yaml/map-entries.ts'
import { idKey, integer, oneOf } from '../yaml/scalars.ts'
import { checkPhones } from './agent/phone.ts'
import { buildBus, busSchema } from './bus.ts'
import type { EngineConfig } from './engine-config.ts'
import { hostName } from './host-name.ts'
import { buildOutbox, checkOutbox, outboxSchema } from './outbox.ts'
import { buildSwitch, switchSchema } from './switch.ts'
import { buildTenant, checkTenants, type TenantSources, tenantSchema } from './tenant.ts'

const ops = section(
  {
    host: hostName('0.0.0.0')
      .meta({ description: 'the address to listen on; 127.0.0.1 for this machine alone' })
      .prefault('0.0.0.0'),
    port: integer(0, 65_535, '9090')
      .meta({ description: 'the port to listen on; 0 takes any free port' })
      .prefault('9090'),
  },
  'ops: { port: 9090 }',
)

/**
 * The configuration file: the one source of its checks, of its types, of
 * `schema/switchyard.schema.json` and of the reference in `docs/configuration.md`.
 */
export const fileSchema = section(
  {
    log: oneOf('a log level', ['debug', 'info', 'warn', 'error', 'silent'])
      .meta({ description: 'the lowest level that is logged' })
      .prefault('info'),
    ops: ops
      .meta({ description: 'where `/metrics`, `/healthz` and `/readyz` are served' })
      .prefault({}),
    bus: busSchema.prefault('memory'),
    outbox: outboxSchema.optional(),
    switches: someNamed(
      idKey('switch'),
      switchSchema,
      'switches: { fs1: { password: { env: FREESWITCH_PASSWORD } } }',
    ).meta({ description: 'the FreeSWITCH nodes that hand their callers to the engine' }),
    tenants: someNamed(
      idKey('tenant'),
      tenantSchema,
      'tenants: { acme: { queues: { sales: {} } } }',
    ).meta({
      description: 'the units of distribution: each has its own queues, agents and numbers',
    }),
  },
  'tenants: …, switches: …',
).meta({ example: undefined })

/** What needs more than one value of the file. */
export const fileChecks = [checkOutbox, checkTenants, checkPhones]

/** Turns a file without faults into the configuration the engine runs on. */
export function buildConfig(
  file: z.output<typeof fileSchema>,
  sources: TenantSources,
): EngineConfig {
  const { absolute, secretOf } = sources
  return {
    log: file.log,
    ops: file.ops,
    bus: buildBus(file.bus, secretOf, absolute),
    outbox: file.outbox === undefined ? undefined : buildOutbox(file.outbox, absolute),
    switches: mapEntries(file.switches, (id, settings) => [
      id as SwitchId,
      buildSwitch(id as SwitchId, settings, secretOf),
    ]),
    tenants: mapEntries(file.tenants, (id, tenant) => [
      id as TenantId,
      buildTenant(id as TenantId, tenant, sources),
    ]),
  }
}
