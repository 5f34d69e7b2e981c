import type { Clock } from './clock.ts'
import type { EngineConfig } from './config/engine-config.ts'
import type { Metrics } from './metrics/metrics.ts'

/** Shows every queue and agent in the figures, at zero, from the first scrape on. */
export function showConfigured({ tenants }: EngineConfig, { tally }: Metrics, clock: Clock): void {
  for (const { tenantId, queues, agents } of tenants.values()) {
    for (const { settings, shortAbandonMs } of queues.values()) {
      tally.addQueue(tenantId, settings.queueId, shortAbandonMs)
    }
    for (const { settings } of agents.values()) {
      const state = settings.status.type === 'available' ? 'idle' : 'off'
      tally.addAgent(tenantId, settings.agentId, state, clock.now())
    }
  }
}

/** Shows what a reload adds: new queues at zero, new agents as off until the core reports more. */
export function showAdded(
  before: EngineConfig,
  { tenants }: EngineConfig,
  { tally }: Metrics,
  clock: Clock,
): void {
  for (const { tenantId, queues, agents } of tenants.values()) {
    const known = before.tenants.get(tenantId)
    if (known === undefined) {
      continue
    }
    for (const { settings, shortAbandonMs } of queues.values()) {
      tally.addQueue(tenantId, settings.queueId, shortAbandonMs)
    }
    for (const agentId of agents.keys()) {
      if (!known.agents.has(agentId)) {
        tally.addAgent(tenantId, agentId, 'off', clock.now())
      }
    }
  }
}
