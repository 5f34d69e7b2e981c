import type { Clock, DurationMs } from '../../engine/plugin/index.ts'
import type { Finding } from './call-memory.ts'
import type { Arrival } from './facts.ts'

/** Something that must be asked about a call. Ends by itself; a rejection counts as nothing found. */
export type Source = (arrival: Arrival) => Promise<Partial<Finding>>

/** A search that was begun. */
export interface Search {
  /** What is found by now. */
  readonly found: Finding
  /** Resolves when all sources have answered. */
  readonly done: Promise<void>
}

/** Asks all sources at once. */
export function beginSearch(sources: readonly Source[], arrival: Arrival): Search {
  let found: Finding = { facts: {} }
  const asking = sources.map(async (source) => {
    try {
      const { facts = {}, lastAgent = found.lastAgent } = await source(arrival)
      found = { facts: { ...found.facts, ...facts }, lastAgent }
    } catch {
      // The broker is away: so is the way to the engine, and the event comes again.
    }
  })
  return {
    get found() {
      return found
    },
    done: Promise.all(asking).then(() => {}),
  }
}

/** Waits for some work, but not longer than so. */
export async function waitAtMost(
  clock: Clock,
  limitMs: DurationMs,
  work: Promise<unknown>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(limitMs, resolve)
    const done = () => {
      timer.cancel()
      resolve()
    }
    void work.then(done, done)
  })
}
