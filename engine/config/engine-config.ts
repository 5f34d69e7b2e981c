import type { AgentId, DurationMs, QueueId, SwitchId, TenantId } from '../core/ids.ts'
import type { AgentSettings, QueueSettings } from '../core/settings.ts'
import type { LogLevel } from '../log.ts'
import type { Secret } from './secret.ts'

/** A checked configuration: every default filled in, every reference followed. */
export interface EngineConfig {
  readonly log: LogLevel
  readonly ops: { readonly host: string; readonly port: number }
  readonly bus: BusConfig
  /** Undefined: events that the broker cannot take stay in memory. */
  readonly outbox: OutboxConfig | undefined
  /** At least one. */
  readonly switches: ReadonlyMap<SwitchId, SwitchConfig>
  /** At least one. */
  readonly tenants: ReadonlyMap<TenantId, TenantConfig>
}

export interface SwitchConfig {
  readonly switchId: SwitchId
  readonly host: string
  readonly port: number
  readonly password: Secret
  readonly commandTimeoutMs: DurationMs
}

export type BusConfig = { readonly type: 'memory' } | NatsConfig

export interface NatsConfig {
  readonly type: 'nats'
  /** At least one. */
  readonly servers: readonly string[]
  readonly credentials: NatsCredentials | undefined
  readonly tls: NatsTls | undefined
}

export type NatsCredentials =
  | { readonly type: 'password'; readonly user: string; readonly password: Secret }
  | { readonly type: 'token'; readonly token: Secret }
  /** The content of a credentials file: JWT and seed. */
  | { readonly type: 'creds'; readonly creds: Secret }
  | { readonly type: 'nkey'; readonly seed: Secret }

/** Absolute paths of PEM files. All absent: TLS with the system's authorities. */
export interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

export interface OutboxConfig {
  /** Absolute. */
  readonly directory: string
  readonly maxBytes: number
  readonly whenFull: 'dropOldest' | 'dropNewest'
}

export interface TenantConfig {
  readonly tenantId: TenantId
  readonly description: string | undefined
  /** At least one. */
  readonly queues: ReadonlyMap<QueueId, QueueConfig>
  readonly agents: ReadonlyMap<AgentId, AgentConfig>
  /** The queue that the routes give a dialled number, if any does. */
  findQueue(dialledNumber: string): QueueId | undefined
}

export interface QueueConfig {
  readonly settings: QueueSettings
  readonly description: string | undefined
  /** What a waiting caller hears; undefined is silence. */
  readonly music: string | undefined
  /** What the caller hears while an agent's phone rings; undefined leaves it to the switch. */
  readonly ringback: string | undefined
  /** Where a call goes after `settings.maxWaitMs`; set exactly when that is. */
  readonly overflow: Overflow | undefined
  /** A call answered within this counts for the service level. */
  readonly serviceLevelMs: DurationMs
  /** A caller who gives up sooner is left out of the reports. */
  readonly shortAbandonMs: DurationMs
  readonly labels: ReadonlyMap<string, string>
}

export type Overflow =
  | { readonly type: 'queue'; readonly queueId: QueueId }
  | {
      readonly type: 'transfer'
      readonly extension: string
      readonly dialplan: string
      readonly context: string
    }
  | { readonly type: 'hangUp'; readonly cause: string }

export interface AgentConfig {
  readonly settings: AgentSettings
  /** How FreeSWITCH reaches the agent's phone. */
  readonly dialString: string
  readonly description: string | undefined
}
