import type { SwitchId, TenantId } from '../catalogue/ids.ts'
import type { LogLevel } from '../log.ts'
import type { BusConfig } from './bus.ts'
import type { OutboxConfig } from './outbox.ts'
import type { SwitchConfig } from './switch.ts'
import type { TenantConfig } from './tenant.ts'

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

export type { AgentConfig } from './agent/agent.ts'
export type { NatsConfig } from './bus.ts'
export type { NatsCredentials } from './credentials.ts'
export type { PluginConfig } from './plugins.ts'
export type { OverflowRule } from './queue/overflow.ts'
export type { QueueConfig } from './queue/queue.ts'
export type { StrategyConfig } from './strategies.ts'
export type { FreeSwitchConfig } from './switch.ts'
export type { SwitchConfig, TenantConfig }
