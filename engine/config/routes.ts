import type { QueueId } from '../core/ids.ts'

interface Route {
  /** A number, or its beginning and `*`. */
  readonly number: string
  readonly queue: QueueId
}

/**
 * Makes the resolver of a tenant's routes: an exact number first, then the
 * longest beginning. A look-up costs one map access for each length of beginning.
 */
export function createRouter(
  routes: readonly Route[],
): (dialledNumber: string) => QueueId | undefined {
  const exact = new Map<string, QueueId>()
  const beginnings = new Map<string, QueueId>()
  for (const { number, queue } of routes) {
    if (number.endsWith('*')) {
      beginnings.set(number.slice(0, -1), queue)
    } else {
      exact.set(number, queue)
    }
  }
  const lengths = [...new Set([...beginnings.keys()].map(({ length }) => length))].sort(
    (a, b) => b - a,
  )
  return (dialledNumber) => {
    const queue = exact.get(dialledNumber)
    if (queue !== undefined) {
      return queue
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
