import type { TenantConfig } from '../config/engine-config.ts'
import { SwitchyardError } from '../errors.ts'
import { importStrategy, type StrategyModule } from './import-strategy.ts'
import { createTimedScorer, type StrategyPorts } from './timed-scorer.ts'

/**
 * Loads the strategy plugins of a tenant and returns the tenant with a scorer in the settings of
 * each queue that asks for one. The factory of a plugin is called once for all its queues. A module
 * is read once in the life of the process.
 *
 * @throws SwitchyardError `SY_CONFIG_INVALID`, naming every plugin that cannot be used
 */
export async function loadStrategies(
  tenant: TenantConfig,
  ports: StrategyPorts,
): Promise<TenantConfig> {
  const loaded = await Promise.all(
    [...tenant.strategies].map(async ([name, strategy]) => {
      const place = `tenants.${tenant.tenantId}.strategies.${name}`
      return { name, result: await importStrategy(strategy, place) }
    }),
  )
  const modules = new Map<string, StrategyModule>()
  const faults: string[] = []
  for (const { name, result } of loaded) {
    if (result.ok) {
      modules.set(name, result.module)
    } else {
      faults.push(result.fault)
    }
  }
  if (faults.length > 0) {
    throw new SwitchyardError('SY_CONFIG_INVALID', faults.join('\n'))
  }
  const { tenantId } = tenant
  return {
    ...tenant,
    queues: new Map(
      [...tenant.queues].map(([queueId, queue]) => {
        const { plugin = '', candidates = 0 } = queue.scorer ?? {}
        const module = modules.get(plugin)
        const scorer =
          module === undefined
            ? undefined
            : createTimedScorer(module, { tenantId, queueId, name: plugin, candidates }, ports)
        return [queueId, { ...queue, settings: { ...queue.settings, scorer } }]
      }),
    ),
  }
}
