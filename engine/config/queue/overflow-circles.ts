import type { Report } from '../../yaml/document.ts'
import type { Path } from '../../yaml/fault.ts'

/** A way from one queue to another. */
export interface Way {
  readonly from: string
  readonly to: string
  /** Where the target is written in the queue. */
  readonly place: Path
  /** Whether a call may take it without having waited in the queue. */
  readonly isAtOnce: boolean
}

/**
 * Reports each circle once: those that calls take at once, those that calls take by waiting, and
 * those of both kinds.
 *
 * @param path of the queues
 */
export function reportCircles(ways: readonly Way[], path: Path, report: Report): void {
  const ofAnyKind = new Set<string>()
  const kinds = [
    {
      among: ways.filter(({ isAtOnce }) => isAtOnce),
      message: 'callers would be sent around without ever waiting',
      severity: 'error',
    },
    {
      among: ways.filter(({ isAtOnce }) => !isAtOnce),
      message: 'callers would go around forever',
      severity: 'error',
    },
    { among: ways, message: 'callers may go around forever', severity: 'warning' },
  ] as const
  for (const { among, message, severity } of kinds) {
    // A circle of one kind is also a circle of both kinds.
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

/** The shortest way from `start` back to it; empty when it is on no circle. */
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
