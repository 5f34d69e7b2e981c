import type { Raw, Report } from '../../yaml/document.ts'
import type { Path } from '../../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../../yaml/raw.ts'
import { readDuration } from '../../yaml/scalars.ts'

/** Reports steps of time whose `after` is not later than that of the step before. */
export function reportOrder(steps: Raw | undefined, path: Path, report: Report): void {
  let latest = 0
  for (const [index, step] of listOf(steps).entries()) {
    const after = readDuration(textOf(mapOf(step)['after']) ?? '')
    if (after !== undefined && after > 0 && after <= latest) {
      report(
        [...path, index, 'after'],
        'is not later than the step before it',
        'put the steps in the order of their times, no two at the same time',
      )
    }
    latest = Math.max(latest, after ?? 0)
  }
}
