import type { AgentId, DurationMs, QueueId, TenantId } from '../core/ids.ts'
import type { AgentSettings, QueueSettings } from '../core/settings.ts'

/** Where a queue sends a caller who waited too long. */
export type OverflowSettings =
  | { readonly type: 'queue'; readonly queueId: QueueId }
  | {
      readonly type: 'transfer'
      readonly extension: string
      readonly dialplan: string
      readonly context: string
    }
  | { readonly type: 'hangUp'; readonly cause: string }

export interface QueueRuntimeSettings {
  readonly settings: QueueSettings
  readonly music: string | undefined
  readonly ringback: string | undefined
  readonly overflow: OverflowSettings | undefined
  readonly serviceLevelMs: DurationMs
}

export interface AgentRuntimeSettings {
  readonly settings: AgentSettings
  readonly dialString: string
}

/** A tenant as the runtime needs it, checked: every name in it exists. */
export interface TenantSettings {
  readonly tenantId: TenantId
  readonly queues: ReadonlyMap<QueueId, QueueRuntimeSettings>
  readonly agents: ReadonlyMap<AgentId, AgentRuntimeSettings>
  findQueue(dialledNumber: string): QueueId | undefined
}
