import type { AgentId, DurationMs, QueueId, TenantId } from '../catalogue/ids.ts'
import type { RouteTarget } from '../catalogue/targets.ts'
import type { AcdSettings } from '../core/settings.ts'
import { buildFlow } from '../flow/build-flow.ts'
import type { Flow } from '../flow/flow.ts'
import { type Converted, named, section, someNamed } from '../yaml/collections.ts'
import type { ConfigDocument, Raw } from '../yaml/document.ts'
import { freeValue } from '../yaml/free-value.ts'
import { mapEntries } from '../yaml/map-entries.ts'
import { duration, idKey, text } from '../yaml/scalars.ts'
import {
  type AgentConfig,
  agentDefaultsSchema,
  agentSchema,
  buildAgent,
  checkBreakReasons,
} from './agent/agent.ts'
import { checkMemberships } from './agent/memberships.ts'
import { checkStaffing } from './agent/staffing.ts'
import { buildCredentials } from './credentials.ts'
import { buildDistribution, distributionShape } from './distribution.ts'
import type { FileCheck } from './file-view.ts'
import { checkFlows, flowsSchema } from './flows.ts'
import { buildOutbound, checkOutbound, type OutboundConfig, outboundSchema } from './outbound.ts'
import { checkPlugins, type PluginConfig, pluginsSchema } from './plugins.ts'
import { buildQueue, checkQueues, type QueueConfig, queueSchema } from './queue/queue.ts'
import { buildRoutes, checkRoutes, routesSchema } from './routes.ts'
import type { Secret } from './secret.ts'
import { seedOf } from './seed.ts'
import { checkModules, type StrategyConfig, strategiesSchema } from './strategies.ts'

const shape = {
  description: text('a text', 'Acme, Berlin').meta({ description: 'for people' }).optional(),
  ...distributionShape,
  strategies: strategiesSchema
    .meta({ description: 'strategy plugins, for the `scorer` of queues' })
    .prefault({}),
  plugins: pluginsSchema
    .meta({
      description:
        'service plugins: each runs as a process of its own (`switchyard plugin NAME`); with `bus: memory` they run inside the engine',
    })
    .prefault({}),
  queues: someNamed(idKey('queue'), queueSchema, 'queues: { sales: {} }').meta({
    description: 'where callers wait',
  }),
  flows: flowsSchema
    .meta({
      description: 'what callers hear and are asked: for routes, overflow and plugins',
    })
    .prefault({}),
  agents: named(
    idKey('agent'),
    agentSchema,
    'agents: { ann: { dial: user/1001@example.org, queues: [ sales ] } }',
  )
    .meta({ description: 'the people who answer' })
    .prefault({}),
  outbound: outboundSchema
    .meta({
      description:
        'how customers are dialled, for callbacks and campaigns; without it, none are dialled',
    })
    .optional(),
  classifyWithin: duration()
    .meta({
      description:
        'how long a call waits, before it is matched, for a plugin to say what the call needs; it waits only while a plugin has recently answered in time; `0s`: not at all',
    })
    .prefault('150ms'),
  agentDefaults: agentDefaultsSchema
    .meta({
      description:
        'what applies to every agent who has no setting of their own; `skills` and `rest` are merged key by key',
    })
    .prefault({}),
  routes: routesSchema
    .meta({
      description:
        'which queue or flow a dialled number reaches: an exact number first, then the longest beginning. A call that brings `acd_queue` needs no route',
    })
    .prefault([]),
}

/** A tenant: its queues, agents and numbers. */
export const tenantSchema = section(shape, 'acme: { queues: { sales: {} } }')

export interface TenantConfig {
  readonly tenantId: TenantId
  /** With the settings of the queues and agents, the core's {@link AcdSettings}. */
  readonly rules: Omit<AcdSettings, 'queues' | 'agents'>
  /** Strategy plugins by name, not loaded yet. */
  readonly strategies: ReadonlyMap<string, StrategyConfig>
  /** Service plugins by name, not loaded yet. */
  readonly plugins: ReadonlyMap<string, PluginConfig>
  /** At least one. */
  readonly queues: ReadonlyMap<QueueId, QueueConfig>
  readonly agents: ReadonlyMap<AgentId, AgentConfig>
  readonly flows: ReadonlyMap<string, Flow>
  /** How customers are dialled; undefined: none are. */
  readonly outbound: OutboundConfig | undefined
  /** The longest that a call waits for a plugin to classify it; 0: not at all. */
  readonly classifyWithinMs: DurationMs
  /** Where the routes lead a dialled number, if anywhere. */
  findRoute(dialledNumber: string): RouteTarget | undefined
}

/** What the conversion of a tenant needs beside its converted section. */
export interface TenantSources {
  /** Makes a path absolute that is relative to the file. */
  readonly absolute: (relative: string) => string
  readonly isPlain: ConfigDocument['isPlain']
  /** The secret at a place in the file. */
  readonly secretOf: (place: string) => Secret
}

/** Turns a tenant without faults into the configuration the engine runs on. */
export function buildTenant(
  tenantId: TenantId,
  file: Converted<typeof shape>,
  { absolute, isPlain, secretOf }: TenantSources,
): TenantConfig {
  const optionsOf = (part: 'strategies' | 'plugins', name: string, options: unknown) =>
    options === undefined
      ? undefined
      : freeValue(options as Raw, ['tenants', tenantId, part, name, 'options'], isPlain)
  return {
    tenantId,
    rules: { ...buildDistribution(file), seed: seedOf(tenantId) },
    strategies: mapEntries(file.strategies, (name, { module, options }) => [
      name,
      { module: absolute(module), options: optionsOf('strategies', name, options) },
    ]),
    plugins: mapEntries(file.plugins, (name, { module, options, credentials }) => [
      name,
      {
        module: module === undefined ? undefined : { path: module, from: absolute('.') },
        options: optionsOf('plugins', name, options),
        credentials: buildCredentials(
          credentials,
          `tenants.${tenantId}.plugins.${name}.credentials`,
          secretOf,
        ),
      },
    ]),
    queues: mapEntries(file.queues, (id, queue) => [
      id as QueueId,
      buildQueue(id as QueueId, queue),
    ]),
    flows: mapEntries(file.flows, (name, flow) => [name, buildFlow(flow)]),
    agents: mapEntries(file.agents, (id, agent) => [
      id as AgentId,
      buildAgent(id as AgentId, agent, file.agentDefaults),
    ]),
    outbound: file.outbound === undefined ? undefined : buildOutbound(file.outbound),
    classifyWithinMs: file.classifyWithin,
    findRoute: buildRoutes(file.routes),
  }
}

const checks = [
  checkRoutes,
  checkFlows,
  checkQueues,
  checkMemberships,
  checkBreakReasons,
  checkStaffing,
  checkOutbound,
  checkPlugins,
  checkModules,
]

/** What needs more than one value of a tenant. */
export const checkTenants: FileCheck = ({ tenants }, report) => {
  for (const tenant of tenants) {
    for (const check of checks) {
      check(tenant, report)
    }
  }
}
