import type { EngineConfig, TenantConfig } from './engine-config.ts'
import { Secret } from './secret.ts'

const sections = ['log', 'ops', 'bus', 'outbox', 'switches'] as const

/** The names of the parts that differ between two configurations and cannot change while the engine runs. */
export function leftUntilRestart(before: EngineConfig, after: EngineConfig): readonly string[] {
  return [
    ...sections.filter((section) => textOf(before[section]) !== textOf(after[section])),
    // With a broker, plugins run elsewhere: it is not the engine that must restart.
    ...(before.bus.type === 'memory' ? pluginsLeft(before, after) : []),
  ]
}

function pluginsLeft(before: EngineConfig, after: EngineConfig): readonly string[] {
  return [...after.tenants.values()].flatMap(({ tenantId, plugins }) => {
    const known = before.tenants.get(tenantId)
    return known === undefined || codeAndOptions(known) === codeAndOptions({ plugins })
      ? []
      : [`tenants.${tenantId}.plugins`]
  })
}

function codeAndOptions({ plugins }: Pick<TenantConfig, 'plugins'>): string | undefined {
  return textOf([...plugins].map(([name, { module, options }]) => [name, module, options]))
}

/** For comparison only: the text contains the secrets. */
function textOf(part: unknown): string | undefined {
  return JSON.stringify(part, function (this: Record<string, unknown>, key, value: unknown) {
    const raw = this[key]
    if (raw instanceof Secret) {
      return raw.reveal()
    }
    return raw instanceof Map ? [...raw] : value
  })
}
