import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { mapOf } from '../yaml/raw.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'

/** Reports scorers that are not among the tenant's strategies, and strategies that no queue uses. */
export function reportScorers(
  queues: Raw | undefined,
  strategies: Raw | undefined,
  path: Path,
  report: Report,
): void {
  const names = Object.keys(mapOf(strategies))
  const used = new Set<Raw | undefined>()
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const plugin = mapOf(mapOf(queue)['scorer'])['plugin']
    used.add(plugin)
    reportUnknown(
      'strategy',
      plugin,
      [...path, 'queues', queueId, 'scorer', 'plugin'],
      names,
      report,
    )
  }
  for (const name of names.filter((known) => !used.has(known))) {
    report(
      [...path, 'strategies', name],
      'has no effect: no queue has it as its scorer',
      `add scorer: { plugin: ${name} } to a queue, or remove it`,
      { severity: 'warning', at: 'key' },
    )
  }
}
