import type { OverflowTarget } from '../../catalogue/targets.ts'
import type { QueueSettings } from '../../core/settings.ts'
import { queuesAtOnce } from '../../flow/flow-in-file.ts'
import { type Converted, section } from '../../yaml/collections.ts'
import { mapOf, textOf } from '../../yaml/raw.ts'
import { duration, flag, integer, readDuration } from '../../yaml/scalars.ts'
import { reportUnknown } from '../../yaml/unknown-name.ts'
import type { QueueView, TenantCheck } from '../file-view.ts'
import { reportCircles, type Way } from './overflow-circles.ts'
import { buildTarget, overflowTarget } from './overflow-target.ts'

const unstaffed = section(
  {
    join: flag()
      .meta({ description: 'whether a call may join the queue while nobody is staffed' })
      .prefault('true'),
    leaveAfter: duration({ example: '2m' })
      .meta({
        description:
          'how long a call may wait while nobody is staffed; `0s`: it leaves with the last agent; default: without limit',
      })
      .optional(),
  },
  'unstaffed: { join: false }',
)

/** When a queue gives a call up, and where the call goes then. */
export const overflowShape = {
  capacity: integer(1, 100_000, '200')
    .meta({
      description:
        'how many calls may be in the queue, those being offered included; default: without limit',
    })
    .optional(),
  whenFull: overflowTarget('whenFull')
    .meta({
      description:
        'where a call goes that finds `capacity` reached; default: `{ hangup: NORMAL_CLEARING }`',
      example: '{ queue: federal }',
    })
    .optional(),
  maxWait: duration({ minMs: 1_000, example: '5m' })
    .meta({ description: 'how long a call may wait here; default: without limit' })
    .optional(),
  whenMaxWait: overflowTarget('whenMaxWait')
    .meta({
      description:
        'where a call goes after `maxWait`; default: `{ hangup: NORMAL_CLEARING }`, and nothing without `maxWait`',
      example: '{ queue: federal }',
    })
    .optional(),
  unstaffed: unstaffed
    .meta({ description: 'what holds while none of the agents of the queue is available' })
    .prefault({}),
  whenUnstaffed: overflowTarget('whenUnstaffed')
    .meta({
      description:
        'where `unstaffed` sends a call; default: `{ hangup: NORMAL_CLEARING }`, and nothing without `unstaffed`',
      example: '{ transfer: 9000 XML default }',
    })
    .optional(),
}

type OverflowFile = Converted<typeof overflowShape>

/**
 * Why a queue gives a call up: the call has waited for `settings.maxWaitMs`, has met
 * `settings.capacity`, or nobody is staffed (on arrival, or for too long).
 */
export type OverflowRule = 'maxWait' | 'full' | 'unstaffed'

export interface QueueOverflow {
  /** Where a call goes that the queue gives up; set for each rule that the queue has. */
  readonly overflow: Readonly<Partial<Record<OverflowRule, OverflowTarget>>>
}

export function limitSettings({ capacity, maxWait, unstaffed: rule }: OverflowFile) {
  return {
    capacity,
    maxWaitMs: maxWait,
    joinUnstaffed: rule.join,
    maxUnstaffedMs: rule.leaveAfter,
  } satisfies Partial<QueueSettings>
}

export function buildOverflow(file: OverflowFile): QueueOverflow['overflow'] {
  const { join, leaveAfter } = file.unstaffed
  return {
    ...(file.maxWait === undefined ? {} : { maxWait: buildTarget(file.whenMaxWait) }),
    ...(file.capacity === undefined ? {} : { full: buildTarget(file.whenFull) }),
    ...(join && leaveAfter === undefined ? {} : { unstaffed: buildTarget(file.whenUnstaffed) }),
  }
}

/** Reports targets that do not exist, targets that are never used, and circles. */
export const checkOverflow: TenantCheck = ({ path, raw, queues, queueIds, flowNames }, report) => {
  const flows = mapOf(raw['flows'])
  const ways: Way[] = []
  for (const queue of queues) {
    for (const { key, isUsed, isAtOnce, lacks, add } of rulesOf(queue)) {
      const target = queue.raw[key]
      const place = [...queue.path, key]
      if (target !== undefined && !isUsed) {
        report(place, `never happens: this queue ${lacks}`, `${add}, or remove ${key}`, {
          at: 'key',
        })
      }
      const { queue: to, flow } = mapOf(target)
      reportUnknown('queue', to, [...place, 'queue'], queueIds, report)
      reportUnknown('flow', flow, [...place, 'flow'], flowNames, report)
      const from = queue.queueId
      const queueId = textOf(to)
      if (queueId !== undefined) {
        ways.push({ from, to: queueId, place: [key, 'queue'], isAtOnce })
      }
      for (const next of queuesAtOnce(flows[textOf(flow) ?? ''])) {
        ways.push({ from, to: next, place: [key, 'flow'], isAtOnce })
      }
    }
  }
  reportCircles(ways, [...path, 'queues'], report)
}

function rulesOf({ raw: { maxWait, capacity, unstaffed: rule } }: QueueView) {
  const { join, leaveAfter } = mapOf(rule)
  const isClosed = textOf(join) === 'false'
  return [
    {
      key: 'whenMaxWait',
      isUsed: maxWait !== undefined,
      isAtOnce: false,
      lacks: 'has no maxWait',
      add: 'add maxWait, for example maxWait: 5m',
    },
    {
      key: 'whenFull',
      isUsed: capacity !== undefined,
      isAtOnce: true,
      lacks: 'has no capacity',
      add: 'add capacity, for example capacity: 200',
    },
    {
      key: 'whenUnstaffed',
      isUsed: isClosed || leaveAfter !== undefined,
      isAtOnce: isClosed || readDuration(textOf(leaveAfter) ?? '') === 0,
      lacks: 'keeps its callers while nobody is staffed',
      add: 'add unstaffed, for example unstaffed: { join: false }',
    },
  ] as const
}
