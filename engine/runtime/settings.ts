import type { AgentId, QueueId } from '../catalogue/ids.ts'
import type { AgentConfig, QueueConfig, TenantConfig } from '../config/engine-config.ts'
import type { AcdSettings } from '../core/settings.ts'

/** The part of a queue's configuration that the runtime needs. */
export type QueueRuntimeSettings = Omit<QueueConfig, 'scorer' | 'shortAbandonMs'>

/** The part of an agent's configuration that the runtime needs. */
export type AgentRuntimeSettings = Pick<AgentConfig, 'settings' | 'address'>

/** The validated configuration of a tenant: every name in it exists. */
export interface TenantSettings
  extends Pick<
    TenantConfig,
    'tenantId' | 'rules' | 'flows' | 'findRoute' | 'outbound' | 'classifyWithinMs'
  > {
  readonly queues: ReadonlyMap<QueueId, QueueRuntimeSettings>
  readonly agents: ReadonlyMap<AgentId, AgentRuntimeSettings>
}

/** Converts a tenant's settings to those of the core. */
export function acdSettings({ rules, queues, agents }: TenantSettings): AcdSettings {
  return {
    ...rules,
    queues: [...queues.values()].map(({ settings }) => settings),
    agents: [...agents.values()].map(({ settings }) => settings),
  }
}
