import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { mapOf } from '../yaml/raw.ts'

/** Reports plugins that log in where there is no broker. */
export function reportPlugins(tenant: Raw, bus: Raw | undefined, path: Path, report: Report): void {
  if (mapOf(bus)['nats'] !== undefined) {
    return
  }
  for (const [name, plugin] of Object.entries(mapOf(mapOf(tenant)['plugins']))) {
    if (mapOf(plugin)['credentials'] !== undefined) {
      report(
        [...path, 'plugins', name, 'credentials'],
        'has no effect: with the memory bus plugins run inside the engine',
        'remove it, or name the NATS servers under bus',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
