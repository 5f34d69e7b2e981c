import type { EngineConfig, TenantConfig } from './engine-config.ts'
import { Secret } from './secret.ts'

const sections = ['log', 'ops', 'bus', 'outbox', 'switches'] as const

/** What differs between two configurations and cannot be changed while the engine runs: the names of the parts. */
export function leftUntilRestart(before: EngineConfig, after: EngineConfig): readonly string[] {
  return [
    ...sections.filter((section) => textOf(before[section]) !== textOf(after[section])),
    // On a broker they run elsewhere, and it is not the engine that needs a new start.
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

/** For comparison alone: it holds the secrets. */
function textOf(part: unknown): string | undefined {
  return JSON.stringify(part, function (this: Record<string, unknown>, key, value: unknown) {
    const raw = this[key]
    if (raw instanceof Secret) {
      return raw.reveal()
    }
    return raw instanceof Map ? [...raw] : value
  })
}
