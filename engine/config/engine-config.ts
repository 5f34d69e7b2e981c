import type { AgentId, DurationMs, QueueId, SwitchId, TenantId } from '../catalogue/ids.ts'
import type { Preferred } from '../catalogue/needs.ts'
import type { OverflowTarget, RouteTarget } from '../catalogue/targets.ts'
import type { AcdSettings, AgentSettings, QueueSettings } from '../core/settings.ts'
import type { Flow } from '../flow/flow.ts'
import type { LogLevel } from '../log.ts'
import type { FreeValue } from '../yaml/free-value.ts'
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
  /** With the settings of the queues and agents, the core's {@link AcdSettings}. */
  readonly rules: Omit<AcdSettings, 'queues' | 'agents'>
  /** Strategy plugins by name: yet to be loaded. */
  readonly strategies: ReadonlyMap<string, StrategyConfig>
  /** Service plugins by name: yet to be loaded. */
  readonly plugins: ReadonlyMap<string, PluginConfig>
  /** At least one. */
  readonly queues: ReadonlyMap<QueueId, QueueConfig>
  readonly agents: ReadonlyMap<AgentId, AgentConfig>
  readonly flows: ReadonlyMap<string, Flow>
  /** How customers are dialled; undefined: nobody is. */
  readonly outbound: OutboundConfig | undefined
  /** How long a call waits at most for whoever classifies it; 0: not at all. */
  readonly classifyWithinMs: DurationMs
  /** Where the routes lead a dialled number, if any does. */
  findRoute(dialledNumber: string): RouteTarget | undefined
}

export interface OutboundConfig {
  /** A route to any number, in the syntax of the switch: for FreeSWITCH a dial string with `{number}` or `{digits}`. */
  readonly address: string
  /** The number shown; undefined leaves it to the switch. */
  readonly callerId: string | undefined
  /** How long a customer's phone rings. */
  readonly ringMs: DurationMs
  /** Who dials; undefined: any switch. */
  readonly switches: readonly SwitchId[] | undefined
}

export interface StrategyConfig {
  /** The absolute path of an ES module. */
  readonly module: string
  /** As in the file: texts, numbers, truth values, lists and maps of them; undefined without any. */
  readonly options: FreeValue | undefined
}

export interface PluginConfig {
  /** Where it is, seen from a directory; undefined for one that comes with Switchyard. */
  readonly module: { readonly path: string; readonly from: string } | undefined
  /** As in the file, for the plugin to check; undefined without any. */
  readonly options: FreeValue | undefined
  /** Its own user of the broker; undefined to log in as the engine does. */
  readonly credentials: NatsCredentials | undefined
}

export interface QueueConfig {
  /** `scorer` is undefined until the strategy plugins are loaded. */
  readonly settings: QueueSettings
  /** One of the tenant's strategies, and how many candidates it scores for one match at most. */
  readonly scorer: { readonly plugin: string; readonly candidates: number } | undefined
  readonly description: string | undefined
  /** What a waiting caller hears; undefined is silence. */
  readonly music: string | undefined
  /** What the caller hears while an agent's phone rings; undefined leaves it to the switch. */
  readonly ringback: string | undefined
  /** Where a call goes that the queue gives up; set for each rule that the queue has. */
  readonly overflow: Readonly<Partial<Record<OverflowRule, OverflowTarget>>>
  /** How long a call waits for the agents it prefers alone, unless it says so itself. */
  readonly stickyHold: Preferred['hold']
  /** The data of each of `settings.actions`, by its name. */
  readonly actions: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** A call answered within this counts for the service level. */
  readonly serviceLevelMs: DurationMs
  /** A caller who gives up sooner is left out of the reports. */
  readonly shortAbandonMs: DurationMs
  readonly labels: ReadonlyMap<string, string>
}

/**
 * Why a queue gives a call up: it waited for `settings.maxWaitMs`, met
 * `settings.capacity`, or nobody is staffed (on arrival or for too long).
 */
export type OverflowRule = 'maxWait' | 'full' | 'unstaffed'

export interface AgentConfig {
  readonly settings: AgentSettings
  /** How the switch reaches the agent's phone, in its own syntax: for FreeSWITCH a dial string. */
  readonly address: string
  readonly description: string | undefined
}
