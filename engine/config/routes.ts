import type { z } from 'zod'
import type { QueueId } from '../catalogue/ids.ts'
import type { RouteTarget } from '../catalogue/targets.ts'
import { isWholeMap, list, section } from '../yaml/collections.ts'
import { type Path, pathText } from '../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { idReference, quote, refusal, text } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'
import type { TenantCheck } from './file-view.ts'

const route = section(
  {
    number: text(
      'a number, or its beginning and *',
      "'1000' or '+49*'",
      /^([0-9A-Za-z+#*_.-]+)$/,
    ).meta({
      description:
        'the dialled number; with `*` at the end, every number that begins like this; `*` alone is any number',
      example: "'+4930*'",
    }),
    queue: idReference('queue').meta({ description: 'a queue of this tenant' }).optional(),
    flow: idReference('flow', 'reception')
      .meta({ description: 'instead of a queue, a flow of this tenant: the call begins there' })
      .optional(),
  },
  "{ number: '1000', queue: sales }",
).refine(({ queue, flow }) => (queue === undefined) !== (flow === undefined), {
  error: refusal('needs either a queue or a flow', 'for example queue: sales'),
  when: isWholeMap,
})

/** Where dialled numbers lead. */
export const routesSchema = list(route, "routes: [ { number: '1000', queue: sales } ]")

/**
 * Makes the look-up of a tenant's routes: an exact number first, then the longest beginning. A
 * look-up costs one map access for each length of beginning.
 */
export function buildRoutes(
  routes: z.output<typeof routesSchema>,
): (dialledNumber: string) => RouteTarget | undefined {
  const exact = new Map<string, RouteTarget>()
  const beginnings = new Map<string, RouteTarget>()
  for (const { number, queue, flow = '' } of routes) {
    const target: RouteTarget =
      queue === undefined ? { type: 'flow', flow } : { type: 'queue', queueId: queue as QueueId }
    if (number.endsWith('*')) {
      beginnings.set(number.slice(0, -1), target)
    } else {
      exact.set(number, target)
    }
  }
  const lengths = [...new Set([...beginnings.keys()].map(({ length }) => length))].sort(
    (a, b) => b - a,
  )
  return (dialledNumber) => {
    const target = exact.get(dialledNumber)
    if (target !== undefined) {
      return target
    }
    for (const length of lengths) {
      const found =
        length <= dialledNumber.length ? beginnings.get(dialledNumber.slice(0, length)) : undefined
      if (found !== undefined) {
        return found
      }
    }
    return undefined
  }
}

/** Reports routes that lead nowhere, and numbers that are routed twice. */
export const checkRoutes: TenantCheck = ({ path, raw, queueIds, flowNames }, report) => {
  const firstByNumber = new Map<string, Path>()
  for (const [index, item] of listOf(raw['routes']).entries()) {
    const place = [...path, 'routes', index]
    const { number, queue, flow } = mapOf(item)
    reportUnknown('queue', queue, [...place, 'queue'], queueIds, report)
    reportUnknown('flow', flow, [...place, 'flow'], flowNames, report)
    const dialled = textOf(number)
    if (dialled === undefined) {
      continue
    }
    const first = firstByNumber.get(dialled)
    if (first === undefined) {
      firstByNumber.set(dialled, place)
    } else {
      report(
        [...place, 'number'],
        `${quote(dialled)} is already routed by ${pathText(first)}`,
        'remove one of the two routes',
      )
    }
  }
}
