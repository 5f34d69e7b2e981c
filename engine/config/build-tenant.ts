import type { AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, QueueId, SkillId, SwitchId, TenantId } from '../catalogue/ids.ts'
import type { RouteTarget } from '../catalogue/targets.ts'
import { plainMembership } from '../core/plain-settings.ts'
import type { Membership } from '../core/settings.ts'
import { buildFlow } from '../flow/build-flow.ts'
import type { ConfigDocument, Raw } from '../yaml/document.ts'
import { type FreeValue, freeValue } from '../yaml/free-value.ts'
import { mapEntries } from '../yaml/map-entries.ts'
import { buildQueue } from './build-queue.ts'
import type {
  AgentConfig,
  NatsCredentials,
  OutboundConfig,
  PluginConfig,
  TenantConfig,
} from './engine-config.ts'
import type { ConfigFile } from './file-schema.ts'
import { createRouter } from './routes.ts'
import { seedOf } from './seed.ts'

type TenantFile = ConfigFile['tenants'][string]
type AgentFile = TenantFile['agents'][string]
type DecisionsFile = TenantFile['decisions']
type PluginFile = TenantFile['plugins'][string]

export interface TenantSources {
  /** Makes an absolute path of one that is relative to the file. */
  readonly absolute: (relative: string) => string
  readonly isPlain: ConfigDocument['isPlain']
  /** Of the configuration file; absolute. */
  readonly directory: string
  /** @param place where they stand in the file */
  readonly credentials: (
    file: PluginFile['credentials'],
    place: string,
  ) => NatsCredentials | undefined
}

/** Turns a tenant without faults into the configuration the engine runs on. */
export function buildTenant(
  tenantId: TenantId,
  file: TenantFile,
  { absolute, isPlain, directory, credentials }: TenantSources,
): TenantConfig {
  const optionsOf = (
    section: 'strategies' | 'plugins',
    name: string,
    options: unknown,
  ): FreeValue | undefined =>
    options === undefined
      ? undefined
      : freeValue(options as Raw, ['tenants', tenantId, section, name, 'options'], isPlain)
  return {
    tenantId,
    description: file.description,
    rules: {
      fairAfterMs: file.fairAfter,
      occupancyWindowMs: file.occupancyWindow,
      seed: seedOf(tenantId),
      recordEvery: recordEvery(file.decisions),
    },
    strategies: mapEntries(file.strategies, (name, { module, options }) => [
      name,
      {
        module: absolute(module),
        options: optionsOf('strategies', name, options),
      },
    ]),
    plugins: mapEntries(file.plugins, (name, plugin): readonly [string, PluginConfig] => [
      name,
      {
        module: plugin.module === undefined ? undefined : { path: plugin.module, from: directory },
        options: optionsOf('plugins', name, plugin.options),
        credentials: credentials(
          plugin.credentials,
          `tenants.${tenantId}.plugins.${name}.credentials`,
        ),
      },
    ]),
    queues: mapEntries(file.queues, (id, queue) => [
      id as QueueId,
      buildQueue(id as QueueId, queue),
    ]),
    outbound: buildOutbound(file.outbound),
    classifyWithinMs: file.classifyWithin,
    flows: mapEntries(file.flows, (name, flow) => [name, buildFlow(flow)]),
    agents: mapEntries(file.agents, (id, agent) => [
      id as AgentId,
      buildAgent(id as AgentId, agent, file.agentDefaults),
    ]),
    findRoute: createRouter(
      file.routes.map(({ number, ...target }) => ({ number, target: buildTarget(target) })),
    ),
  }
}

function buildTarget({
  queue,
  flow = '',
}: Omit<TenantFile['routes'][number], 'number'>): RouteTarget {
  return queue === undefined ? { type: 'flow', flow } : { type: 'queue', queueId: queue as QueueId }
}

function buildOutbound(file: TenantFile['outbound']): OutboundConfig | undefined {
  return file === undefined
    ? undefined
    : {
        address: file.dial,
        callerId: file.callerId,
        ringMs: file.ringTime,
        switches: file.switches as SwitchId[] | undefined,
      }
}

function recordEvery(decisions: DecisionsFile): number {
  if (typeof decisions === 'object') {
    return decisions.oneIn
  }
  return decisions === 'all' ? 1 : 0
}

function buildAgent(
  agentId: AgentId,
  file: AgentFile,
  shared: TenantFile['agentDefaults'],
): AgentConfig {
  const skills = Object.entries({ ...shared.skills, ...file.skills })
  const rest = (outcome: keyof typeof shared.rest) => file.rest?.[outcome] ?? shared.rest[outcome]
  return {
    settings: {
      agentId,
      queues: (file.queues ?? shared.queues).map(buildMembership),
      skills: new Map(skills.map(([skill, level]) => [skill as SkillId, level])),
      status: buildStatus(file.status ?? shared.status, file.breakReason ?? shared.breakReason),
      wrapUpMs: file.wrapUp ?? shared.wrapUp,
      maxMisses: file.maxMisses ?? shared.maxMisses,
      maxOccupancy: file.maxOccupancy ?? shared.maxOccupancy,
      restMs: {
        busy: rest('busy'),
        declined: rest('declined'),
        noAnswer: rest('noAnswer'),
        unreachable: rest('unreachable'),
      },
    },
    address: file.dial,
    description: file.description,
  }
}

function buildMembership(file: TenantFile['agentDefaults']['queues'][number]): Membership {
  if (typeof file === 'string') {
    return plainMembership(file as QueueId)
  }
  const { queue, level, position, preference, wrapUp } = file
  return { queueId: queue as QueueId, level, position, preference, wrapUpMs: wrapUp }
}

function buildStatus(type: AgentStatus['type'], reason: string): AgentStatus {
  return type === 'onBreak' ? { type, reason } : { type }
}
