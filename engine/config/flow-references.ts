import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'

/** Reports steps of flows that lead to queues that are not there. */
export function reportFlows(
  flows: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  for (const [name, flow] of Object.entries(mapOf(flows))) {
    for (const [index, step] of listOf(mapOf(flow)['steps']).entries()) {
      const place = [...path, name, 'steps', index, 'queue']
      reportUnknown('queue', mapOf(step)['queue'], place, queueIds, report)
    }
  }
}

const takesTime = ['play', 'say', 'menu', 'collect', 'record'] as const

/**
 * The queues that a flow leads to at once. None of one that says or asks something:
 * whoever comes back to a queue from there has been told why, or wanted it.
 */
export function queuesAtOnce(flow: Raw | undefined): readonly string[] {
  const steps = listOf(mapOf(flow)['steps']).map(mapOf)
  return steps.some((step) => takesTime.some((action) => step[action] !== undefined))
    ? []
    : steps.flatMap(({ queue }) => textOf(queue) ?? [])
}
