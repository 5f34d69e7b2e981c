import type { RouteTarget } from '../catalogue/targets.ts'

interface Route {
  /** A number, or its beginning and `*`. */
  readonly number: string
  readonly target: RouteTarget
}

/**
 * Makes the resolver of a tenant's routes: an exact number first, then the
 * longest beginning. A look-up costs one map access for each length of beginning.
 */
export function createRouter(
  routes: readonly Route[],
): (dialledNumber: string) => RouteTarget | undefined {
  const exact = new Map<string, RouteTarget>()
  const beginnings = new Map<string, RouteTarget>()
  for (const { number, target } of routes) {
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
