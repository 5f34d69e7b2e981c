import type { Test } from 'tap'
import type { Bus } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { isSwitchyardError } from '../errors.ts'

/** One bus under test, alone on a fresh broker, and control over its surroundings. */
export interface BusUnderTest {
  readonly bus: Bus
  /** Lets `ms` pass: on a manual clock, or by waiting where time is real. */
  passTime(ms: DurationMs): Promise<void>
  /** Takes the broker away; resolves when the bus has noticed. */
  startOutage(): Promise<void>
  /** Brings the broker back with the data it had stored; resolves when the bus is connected. */
  endOutage(): Promise<void>
  /** Closes the bus and its broker. */
  stop(): Promise<void>
}

/** Registers one rule, named after what it proves. */
export type Rule = (name: string, check: (t: Test, world: BusUnderTest) => Promise<void>) => void

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A payload of `text` in UTF-8. */
export const bytes = (text: string): Uint8Array => encoder.encode(text)
/** The text of a payload in UTF-8. */
export const text = (data: Uint8Array): string => decoder.decode(data)

/** Collects what handlers receive, so that a test can wait for it. */
export interface Mailbox<T> {
  put(item: T): void
  /** Resolves to everything received once there are at least `count`. */
  take(count: number): Promise<readonly T[]>
  readonly items: readonly T[]
}

/** Creates an empty mailbox. */
export function createMailbox<T>(): Mailbox<T> {
  const items: T[] = []
  let waiting: { readonly count: number; readonly resolve: () => void }[] = []
  return {
    items,
    put(item) {
      items.push(item)
      const ready = waiting.filter(({ count }) => items.length >= count)
      waiting = waiting.filter(({ count }) => items.length < count)
      for (const { resolve } of ready) {
        resolve()
      }
    },
    async take(count) {
      if (items.length < count) {
        await new Promise<void>((resolve) => waiting.push({ count, resolve }))
      }
      return [...items]
    },
  }
}

/** The code of the error `run` fails with; `undefined` when it does not fail. */
export async function codeOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    return isSwitchyardError(error) ? error.code : `not ours: ${String(error)}`
  }
}
