import { dirname, resolve } from 'node:path'
import type { AgentId, QueueId, SkillId, SwitchId, TenantId } from '../core/ids.ts'
import type { AgentStatus } from '../core/settings.ts'
import { SwitchyardError } from '../errors.ts'
import type {
  AgentConfig,
  BusConfig,
  EngineConfig,
  NatsCredentials,
  NatsTls,
  Overflow,
  QueueConfig,
  TenantConfig,
} from './engine-config.ts'
import type { ConfigFile } from './file-schema.ts'
import type { Secrets } from './read-secrets.ts'
import { createRouter } from './routes.ts'
import type { Secret } from './secret.ts'

type TenantFile = ConfigFile['tenants'][string]
type QueueFile = TenantFile['queues'][string]
type AgentFile = TenantFile['agents'][string]
type NatsFile = Exclude<ConfigFile['bus'], string>['nats']

/** Turns a file without faults into the configuration the engine runs on. */
export function buildConfig(file: ConfigFile, secrets: Secrets, path: string): EngineConfig {
  const absolute = (relative: string) => resolve(dirname(path), relative)
  const secretOf = (place: string): Secret => {
    const secret = secrets.get(place)
    if (secret === undefined) {
      throw new SwitchyardError('SY_CONFIG_INVALID', `${place}: the secret was not read`)
    }
    return secret
  }
  return {
    log: file.log,
    ops: file.ops,
    bus: file.bus === 'memory' ? { type: 'memory' } : buildNats(file.bus.nats, secretOf, absolute),
    outbox:
      file.outbox === undefined
        ? undefined
        : { ...file.outbox, directory: absolute(file.outbox.directory) },
    switches: mapEntries(file.switches, (id, { host, port, commandTimeout }) => [
      id as SwitchId,
      {
        switchId: id as SwitchId,
        host,
        port,
        password: secretOf(`switches.${id}.password`),
        commandTimeoutMs: commandTimeout,
      },
    ]),
    tenants: mapEntries(file.tenants, (id, tenant) => [
      id as TenantId,
      buildTenant(id as TenantId, tenant),
    ]),
  }
}

function buildNats(
  { servers, credentials, tls }: NatsFile,
  secretOf: (place: string) => Secret,
  absolute: (relative: string) => string,
): BusConfig {
  const paths: NatsTls | undefined =
    tls === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(tls).flatMap(([key, file]) =>
            file === undefined ? [] : [[key, absolute(file)]],
          ),
        )
  return { type: 'nats', servers, credentials: buildCredentials(credentials, secretOf), tls: paths }
}

function buildCredentials(
  credentials: NatsFile['credentials'],
  secretOf: (place: string) => Secret,
): NatsCredentials | undefined {
  const place = (key: string) => secretOf(`bus.nats.credentials.${key}`)
  if (credentials === undefined) {
    return undefined
  }
  if (credentials.user !== undefined) {
    return { type: 'password', user: credentials.user, password: place('password') }
  }
  if (credentials.token !== undefined) {
    return { type: 'token', token: place('token') }
  }
  return credentials.nkey === undefined
    ? { type: 'creds', creds: place('credsFile') }
    : { type: 'nkey', seed: place('nkey') }
}

function buildTenant(tenantId: TenantId, file: TenantFile): TenantConfig {
  return {
    tenantId,
    description: file.description,
    rules: { fairAfterMs: 600_000, occupancyWindowMs: 1_800_000, seed: 1, recordEvery: 0 },
    strategies: new Map(),
    queues: mapEntries(file.queues, (id, queue) => [
      id as QueueId,
      buildQueue(id as QueueId, queue),
    ]),
    agents: mapEntries(file.agents, (id, agent) => [
      id as AgentId,
      buildAgent(id as AgentId, agent, file.agentDefaults),
    ]),
    findQueue: createRouter(
      file.routes.map(({ number, queue }) => ({ number, queue: queue as QueueId })),
    ),
  }
}

function buildQueue(queueId: QueueId, file: QueueFile): QueueConfig {
  return {
    settings: {
      queueId,
      strategy: file.strategy,
      priority: file.priority,
      scorer: undefined,
      ageing: { perMinute: 0, steps: [] },
      requires: [
        {
          afterMs: 0,
          anyOf: [
            Object.entries(file.requires).map(([skill, minLevel]) => ({
              skill: skill as SkillId,
              minLevel,
            })),
          ],
        },
      ],
      tiers: { openAfterMs: 0, skipUnstaffed: true },
      ringMs: file.ringTime,
      ringAtMost: 10,
      ringStepMs: 5_000,
      wrapUpMs: file.wrapUp,
      capacity: undefined,
      maxWaitMs: file.maxWait,
      joinUnstaffed: true,
      maxUnstaffedMs: undefined,
      actions: [],
      retryDeclinedMs: file.retryDeclined,
    },
    description: file.description,
    music: soundOf(file.music),
    ringback: soundOf(file.ringback ?? file.music),
    overflow: file.maxWait === undefined ? {} : { maxWait: buildOverflow(file.whenMaxWait) },
    scorer: undefined,
    stickyHold: 0,
    actions: new Map(),
    serviceLevelMs: file.serviceLevel,
    shortAbandonMs: file.shortAbandon,
    labels: new Map(Object.entries(file.labels)),
  }
}

function buildOverflow(file: QueueFile['whenMaxWait']): Overflow {
  if (file?.queue !== undefined) {
    return { type: 'queue', queueId: file.queue as QueueId }
  }
  if (file?.transfer !== undefined) {
    return { type: 'transfer', ...file.transfer }
  }
  return { type: 'hangUp', cause: file?.hangup ?? 'NORMAL_CLEARING' }
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
      queues: (file.queues ?? shared.queues).map((queue) => ({
        queueId: queue as QueueId,
        level: 1,
        position: 1,
        preference: 1,
        wrapUpMs: undefined,
      })),
      wrapUpMs: undefined,
      maxOccupancy: undefined,
      skills: new Map(skills.map(([skill, level]) => [skill as SkillId, level])),
      status: buildStatus(file.status ?? shared.status, file.breakReason ?? shared.breakReason),
      maxMisses: file.maxMisses ?? shared.maxMisses,
      restMs: {
        busy: rest('busy'),
        declined: rest('declined'),
        noAnswer: rest('noAnswer'),
        unreachable: rest('unreachable'),
      },
    },
    dialString: file.dial,
    description: file.description,
  }
}

function buildStatus(type: AgentStatus['type'], reason: string): AgentStatus {
  return type === 'onBreak' ? { type, reason } : { type }
}

function mapEntries<File, Key, Value>(
  entries: Readonly<Record<string, File>>,
  build: (name: string, file: File) => readonly [Key, Value],
): ReadonlyMap<Key, Value> {
  return new Map(Object.entries(entries).map(([name, file]) => build(name, file)))
}

/** `silence` plays nothing at all: not a source of sound that is silent. */
function soundOf(source: string): string | undefined {
  return source === 'silence' ? undefined : source
}
