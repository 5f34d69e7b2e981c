import type { AgentId, QueueId } from '../catalogue/ids.ts'
import type { AgentConfig, QueueConfig, TenantConfig } from '../config/engine-config.ts'
import type { AcdSettings } from '../core/settings.ts'

/** What the runtime needs of a queue's configuration. */
export type QueueRuntimeSettings = Pick<
  QueueConfig,
  'settings' | 'music' | 'ringback' | 'overflow' | 'stickyHold' | 'actions' | 'serviceLevelMs'
>

/** What the runtime needs of an agent's configuration. */
export type AgentRuntimeSettings = Pick<AgentConfig, 'settings' | 'address'>

/** A tenant as the runtime needs it, checked: every name in it exists. */
export interface TenantSettings
  extends Pick<
    TenantConfig,
    'tenantId' | 'rules' | 'flows' | 'findRoute' | 'outbound' | 'classifyWithinMs'
  > {
  readonly queues: ReadonlyMap<QueueId, QueueRuntimeSettings>
  readonly agents: ReadonlyMap<AgentId, AgentRuntimeSettings>
}

/** A tenant's settings as the core takes them. */
export function acdSettings({ rules, queues, agents }: TenantSettings): AcdSettings {
  return {
    ...rules,
    queues: [...queues.values()].map(({ settings }) => settings),
    agents: [...agents.values()].map(({ settings }) => settings),
  }
}
