import { z } from 'zod'
import type { QueueId } from '../../catalogue/ids.ts'
import { plainMembership } from '../../core/plain-settings.ts'
import type { Membership } from '../../core/settings.ts'
import { list, section } from '../../yaml/collections.ts'
import type { Raw, Report } from '../../yaml/document.ts'
import type { Path } from '../../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../../yaml/raw.ts'
import { duration, idReference, integer, quote } from '../../yaml/scalars.ts'
import { reportUnknown } from '../../yaml/unknown-name.ts'
import type { TenantCheck } from '../file-view.ts'
import { strategyList } from '../strategy-docs.ts'

const example = '{ queue: sales, level: 2 }'
const membership = section(
  {
    queue: idReference('queue').meta({ description: 'a queue of this tenant' }),
    level: integer(1, 99, '2')
      .meta({ description: 'the tier: level 1 is asked before level 2, when both are open' })
      .prefault('1'),
    position: integer(1, 99, '3')
      .meta({
        description: `the place in the order of ${strategyList(({ usesPosition }) => usesPosition)}`,
      })
      .prefault('1'),
    preference: integer(1, 99, '2')
      .meta({
        description:
          'among calls with equal points in several queues, those of the queue with the lowest preference are served first',
      })
      .prefault('1'),
    wrapUp: duration()
      .meta({ description: "overrides the agent's and the queue's own `wrapUp`" })
      .optional(),
  },
  example,
  'the name of a queue, or a map of keys',
)

/** The queues of an agent. */
export const memberships = list(
  z.union([idReference('queue'), membership]),
  'queues: [ sales ]',
).meta({
  description: 'the queues whose calls the agent is offered, each as a name or a map',
  example: `[ sales, ${example} ]`,
})

export function buildMembership(file: z.output<typeof memberships>[number]): Membership {
  if (typeof file === 'string') {
    return plainMembership(file as QueueId)
  }
  const { queue, level, position, preference, wrapUp } = file
  return { queueId: queue as QueueId, level, position, preference, wrapUpMs: wrapUp }
}

/** The name of the queue in an item of the unconverted list. */
export function queueOf(item: Raw): Raw | undefined {
  return textOf(item) ?? mapOf(item)['queue']
}

/** Reports queues of agents that do not exist or appear twice, and agents without a queue. */
export const checkMemberships: TenantCheck = ({ path, raw, queueIds }, report) => {
  const shared = mapOf(raw['agentDefaults'])['queues']
  reportQueues(shared, [...path, 'agentDefaults', 'queues'], queueIds, report)
  for (const [agentId, agent] of Object.entries(mapOf(raw['agents']))) {
    const agentPath = [...path, 'agents', agentId]
    const own = mapOf(agent)['queues']
    reportQueues(own, [...agentPath, 'queues'], queueIds, report)
    if (listOf(own ?? shared).length === 0) {
      report(
        agentPath,
        'this agent serves no queue',
        'add queues: [ … ], here or in agentDefaults',
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
      report(place, `${quote(queueId)} is already in this list`, 'remove one of the two')
    } else if (queueId !== '') {
      seen.add(queueId)
    }
  }
}
