import type { KvStore } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { DurationMs } from '../core/ids.ts'
import { isSwitchyardError } from '../errors.ts'
import { encodeKey } from './key-text.ts'

/** What a claim came to: this replica's, another's who is at it, or done before. */
export type Claim =
  | { readonly type: 'mine'; readonly revision: number }
  | { readonly type: 'others'; readonly freeInMs: DurationMs }
  | { readonly type: 'done' }

/** Work that is to be done once in effect by all replicas together. */
export interface Once {
  /** Claims the work of this id for `claimMs`. */
  claim(id: string): Promise<Claim>
  /** Marks it as done; false when the claim had run out and another took it. */
  finish(id: string, revision: number): Promise<boolean>
  /** Gives the claim back: the work was not done. */
  release(id: string, revision: number): Promise<void>
}

/** How far the clocks of two replicas may be apart. */
const skewMs: DurationMs = 5_000
const done = Buffer.from('done')
/** Of marks of done work kept here, for when the bucket could not be written. */
const mostRemembered = 10_000

/**
 * Marks work in a bucket: `done`, or until when the one who does it has it. A
 * replica that died holds its claim for `claimMs` and no longer. Done work that
 * could not be marked, the broker being away, is remembered here.
 */
export function createOnce(store: () => KvStore, clock: Clock, claimMs: DurationMs): Once {
  const unmarked = new Set<string>()

  async function take(key: string, write: (value: Uint8Array) => Promise<number>): Promise<Claim> {
    const until = clock.now() + claimMs + skewMs
    try {
      return { type: 'mine', revision: await write(Buffer.from(`${until}`)) }
    } catch (error) {
      if (!isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
        throw error
      }
      return await look(key)
    }
  }

  async function look(key: string): Promise<Claim> {
    const entry = await store().get(key)
    if (entry === undefined) {
      return { type: 'others', freeInMs: 0 }
    }
    const text = Buffer.from(entry.value).toString()
    if (text === 'done') {
      return { type: 'done' }
    }
    const freeInMs = Number(text) - clock.now()
    return freeInMs > 0
      ? { type: 'others', freeInMs }
      : await take(key, (value) => store().update(key, value, entry.revision))
  }

  return {
    async claim(id) {
      const key = encodeKey(id)
      if (unmarked.has(key)) {
        await store().put(key, done)
        unmarked.delete(key)
        return { type: 'done' }
      }
      return await take(key, (value) => store().create(key, value))
    },

    async finish(id, revision) {
      const key = encodeKey(id)
      try {
        await store().update(key, done, revision)
        return true
      } catch (error) {
        if (isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
          return false
        }
        if (unmarked.size < mostRemembered) {
          unmarked.add(key)
        }
        throw error
      }
    },

    async release(id, revision) {
      try {
        await store().delete(encodeKey(id), revision)
      } catch (error) {
        if (!isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
          throw error
        }
      }
    },
  }
}
