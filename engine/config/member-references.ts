import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { quote } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'

/** The name of the queue in an item of an agent's list, which is that name or a map. */
export function queueOf(item: Raw): Raw | undefined {
  return textOf(item) ?? mapOf(item)['queue']
}

/** Reports queues of agents that are not there or there twice, and agents without any. */
export function reportMembers(tenant: Raw, path: Path, report: Report): void {
  const { queues: allQueues, agents, agentDefaults } = mapOf(tenant)
  const queueIds = Object.keys(mapOf(allQueues))
  const shared = mapOf(agentDefaults)
  reportQueues(shared['queues'], [...path, 'agentDefaults', 'queues'], queueIds, report)
  for (const [agentId, agent] of Object.entries(mapOf(agents))) {
    const agentPath = [...path, 'agents', agentId]
    const { queues = shared['queues'], status = shared['status'], breakReason } = mapOf(agent)
    reportQueues(mapOf(agent)['queues'], [...agentPath, 'queues'], queueIds, report)
    if (listOf(queues).length === 0) {
      report(
        agentPath,
        'this agent serves no queue',
        'add queues: [ … ], here or in agentDefaults',
        { severity: 'warning', at: 'key' },
      )
    }
    if (breakReason !== undefined && status !== 'onBreak') {
      report(
        [...agentPath, 'breakReason'],
        'has no effect: the status is not onBreak',
        'add status: onBreak, or remove breakReason',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}

function reportQueues(
  raw: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  const seen = new Set<string>()
  for (const [index, item] of listOf(raw).entries()) {
    const place = textOf(item) === undefined ? [...path, index, 'queue'] : [...path, index]
    const queue = queueOf(item)
    reportUnknown('queue', queue, place, queueIds, report)
    const queueId = textOf(queue) ?? ''
    if (seen.has(queueId)) {
      report(place, `${quote(queueId)} is in this list already`, 'remove one of the two')
    } else if (queueId !== '') {
      seen.add(queueId)
    }
  }
}
