import type { Clock, DurationMs } from '../../engine/plugin/index.ts'
import type { Finding } from './call-memory.ts'
import type { Arrival } from './facts.ts'

/** A source of further facts about a call. Must end by itself; a rejection counts as nothing found. */
export type Source = (arrival: Arrival) => Promise<Partial<Finding>>

/** A search in progress. */
export interface Search {
  /** What has been found so far. */
  readonly found: Finding
  /** Resolves when all sources have answered. */
  readonly done: Promise<void>
}

/** Asks all sources concurrently. */
export function beginSearch(sources: readonly Source[], arrival: Arrival): Search {
  let found: Finding = { facts: {} }
  const asking = sources.map(async (source) => {
    try {
      const { facts = {}, lastAgent = found.lastAgent } = await source(arrival)
      found = { facts: { ...found.facts, ...facts }, lastAgent }
    } catch {
      // The broker is unreachable, and so is the engine: the event will be redelivered.
    }
  })
  return {
    get found() {
      return found
    },
    done: Promise.all(asking).then(() => {}),
  }
}

/** Waits for some work, but no longer than `limitMs`. */
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
