import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { mapOf, textOf } from '../yaml/raw.ts'
import { readDuration } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'
import { queuesAtOnce } from './flow-references.ts'

/** A way from a queue to another one that the file names. */
interface Way {
  readonly from: string
  readonly to: string
  /** Where its target stands in the queue. */
  readonly place: Path
  /** Whether a call may take it without having waited in the queue. */
  readonly isAtOnce: boolean
}

/** Reports targets of overflow that lead nowhere or in circles, and those that are never used. */
export function reportOverflow(
  queues: Raw | undefined,
  flows: Raw | undefined,
  path: Path,
  report: Report,
): void {
  const queueIds = Object.keys(mapOf(queues))
  const flowNames = Object.keys(mapOf(flows))
  const ways: Way[] = []
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    for (const { key, isUsed, isAtOnce, cure } of rulesOf(queue)) {
      const target = mapOf(queue)[key]
      const keyPath = [...path, queueId, key]
      if (target !== undefined && !isUsed) {
        const [why, ...add] = cure
        report(keyPath, `never happens: this queue ${why}`, `${add.join('')}, or remove ${key}`, {
          at: 'key',
        })
      }
      const { queue: to, flow } = mapOf(target)
      reportUnknown('queue', to, [...keyPath, 'queue'], queueIds, report)
      reportUnknown('flow', flow, [...keyPath, 'flow'], flowNames, report)
      const targetId = textOf(to)
      if (targetId !== undefined) {
        ways.push({ from: queueId, to: targetId, place: [key, 'queue'], isAtOnce })
      }
      const flowName = textOf(flow)
      for (const next of flowName === undefined ? [] : queuesAtOnce(mapOf(flows)[flowName])) {
        ways.push({ from: queueId, to: next, place: [key, 'flow'], isAtOnce })
      }
    }
  }
  reportCircles(ways, path, report)
}

function rulesOf(queue: Raw) {
  const { maxWait, capacity, unstaffed } = mapOf(queue)
  const { join, leaveAfter } = mapOf(unstaffed)
  return [
    {
      key: 'whenMaxWait',
      isUsed: maxWait !== undefined,
      isAtOnce: false,
      cure: ['has no maxWait', 'add maxWait, for example maxWait: 5m'],
    },
    {
      key: 'whenFull',
      isUsed: capacity !== undefined,
      isAtOnce: true,
      cure: ['has no capacity', 'add capacity, for example capacity: 200'],
    },
    {
      key: 'whenUnstaffed',
      isUsed: textOf(join) === 'false' || leaveAfter !== undefined,
      isAtOnce: textOf(join) === 'false' || readDuration(textOf(leaveAfter) ?? '') === 0,
      cure: [
        'keeps its callers while nobody is staffed',
        'add unstaffed, for example unstaffed: { join: false }',
      ],
    },
  ] as const
}

/** Each circle once: those taken at once, those taken by waiting, and those of both kinds. */
function reportCircles(ways: readonly Way[], path: Path, report: Report): void {
  const ofAnyKind = new Set<string>()
  const kinds = [
    {
      among: ways.filter(({ isAtOnce }) => isAtOnce),
      message: 'callers would be sent round without waiting anywhere',
      severity: 'error',
    },
    {
      among: ways.filter(({ isAtOnce }) => !isAtOnce),
      message: 'callers would go round for ever',
      severity: 'error',
    },
    { among: ways, message: 'callers may go round for ever', severity: 'warning' },
  ] as const
  for (const { among, message, severity } of kinds) {
    // A circle of one kind is one of both kinds too.
    const reported = among === ways ? ofAnyKind : new Set<string>()
    const waysFrom = new Map<string, Way[]>()
    for (const way of among) {
      waysFrom.set(way.from, [...(waysFrom.get(way.from) ?? []), way])
    }
    for (const { from } of among) {
      const circle = reported.has(from) ? [] : findCircle(from, waysFrom)
      const [first] = circle
      if (first === undefined) {
        continue
      }
      for (const way of circle) {
        reported.add(way.from)
        ofAnyKind.add(way.from)
      }
      report(
        [...path, from, ...first.place],
        `${message}: ${[...circle.map((way) => way.from), from].join(' → ')}`,
        'let one of these queues transfer or hang up instead',
        { severity },
      )
    }
  }
}

/** The shortest way from `start` back to it; none: it is on no circle. */
function findCircle(start: string, waysFrom: ReadonlyMap<string, readonly Way[]>): readonly Way[] {
  const passed = new Set<string>()
  let ends: readonly (readonly Way[])[] = [[]]
  while (ends.length > 0) {
    const next: (readonly Way[])[] = []
    for (const end of ends) {
      const at = end.at(-1)?.to ?? start
      for (const way of waysFrom.get(at) ?? []) {
        if (way.to === start) {
          return [...end, way]
        }
        if (!passed.has(way.to)) {
          passed.add(way.to)
          next.push([...end, way])
        }
      }
    }
    ends = next
  }
  return []
}
