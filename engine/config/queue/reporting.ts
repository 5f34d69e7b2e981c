import type { DurationMs } from '../../catalogue/ids.ts'
import { type Converted, named } from '../../yaml/collections.ts'
import { duration, idKey, text } from '../../yaml/scalars.ts'

/** How the calls of a queue count in reports. */
export const reportingShape = {
  serviceLevel: duration({ minMs: 1_000 })
    .meta({ description: 'a call answered within this time counts as answered in time' })
    .prefault('20s'),
  shortAbandon: duration()
    .meta({ description: 'a caller who gives up sooner than this is left out of the reports' })
    .prefault('5s'),
  labels: named(idKey('label'), text('a text', 'acme'), 'labels: { project: acme }')
    .meta({
      description:
        'for your own use, such as a client project or a region; the engine does not read them',
    })
    .prefault({}),
}

export interface QueueReporting {
  /** A call answered within this time counts as answered in time. */
  readonly serviceLevelMs: DurationMs
  /** A caller who gives up sooner is left out of the reports. */
  readonly shortAbandonMs: DurationMs
}

export function buildReporting(file: Converted<typeof reportingShape>): QueueReporting {
  return { serviceLevelMs: file.serviceLevel, shortAbandonMs: file.shortAbandon }
}
