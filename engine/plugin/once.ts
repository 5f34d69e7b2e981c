import type { KvStore } from '../bus/bus.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { isSwitchyardError } from '../errors.ts'
import { encodeKey } from './key-text.ts'

/** What a claim came to: this replica's, another's who is at it, or done before. */
export type Claim =
  | {
      readonly type: 'mine'
      readonly revision: number
      /** How often the work was begun, by any replica, and failed. */
      readonly failures: number
    }
  | { readonly type: 'others'; readonly freeInMs: DurationMs }
  | { readonly type: 'done' }

/** Work that is to be done once in effect by all replicas together. */
export interface Once {
  /** Claims the work of this id, for a limited time. */
  claim(id: string): Promise<Claim>
  /** Marks it as done; false when the claim had run out and another took it. */
  finish(id: string, revision: number): Promise<boolean>
  /** Gives the claim back, with one more failure. */
  fail(id: string, revision: number, failures: number): Promise<void>
  /** Forgets the work: it will not be done. */
  forget(id: string, revision: number): Promise<void>
  /** Gives up what could not be marked yet. */
  close(): void
}

/** What is kept of work that is not done. */
interface Pending {
  readonly until: EpochMs
  readonly failures: number
}

/**
 * How long a claim that has run out must be seen unchanged before it is taken
 * over: clocks differ, and its owner may have work to mark after an outage.
 */
const graceMs: DurationMs = 5_000
/** How often marking is tried again while the broker is away. */
const retryMs: DurationMs = 1_000
/** Of claims seen run out; those that another replica took are forgotten with all the rest. */
const mostSeen = 1_000
const done = Buffer.from('"done"')

/**
 * Marks work in a bucket: done, or until when the one who does it has it. A
 * replica that died holds its claim for `claimMs` and 5 s, and that is a failure. What
 * came of work while the broker was away is marked when it is back.
 *
 * @param store gives the bucket of the marks
 */
export function createOnce(store: () => KvStore, clock: Clock, claimMs: DurationMs): Once {
  /** Marks that could not be written. At most as many as there are events in hand. */
  const late = new Map<string, { readonly isDone: boolean; write(): Promise<unknown> }>()
  /** Claims that were seen run out, and since when. */
  const expired = new Map<string, { readonly revision: number; readonly at: EpochMs }>()
  let timer: Timer | undefined

  const write = (pending: Pending) => Buffer.from(JSON.stringify(pending))

  async function take(
    key: string,
    failures: number,
    put: (value: Uint8Array) => Promise<number>,
  ): Promise<Claim> {
    try {
      const revision = await put(write({ until: clock.now() + claimMs, failures }))
      return { type: 'mine', revision, failures }
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
    const kept = JSON.parse(Buffer.from(entry.value).toString()) as Pending | 'done'
    if (kept === 'done') {
      return { type: 'done' }
    }
    const freeInMs = kept.until === 0 ? 0 : ownersTimeMs(key, kept.until, entry.revision)
    if (freeInMs > 0) {
      return { type: 'others', freeInMs }
    }
    expired.delete(key)
    // A claim that was never given back ended with its owner.
    const failures = kept.until === 0 ? kept.failures : kept.failures + 1
    return await take(key, failures, (value) => store().update(key, value, entry.revision))
  }

  function ownersTimeMs(key: string, until: EpochMs, revision: number): DurationMs {
    const now = clock.now()
    if (until > now) {
      return until - now
    }
    let seen = expired.get(key)
    if (seen?.revision !== revision) {
      if (expired.size >= mostSeen) {
        expired.clear()
      }
      seen = { revision, at: now }
      expired.set(key, seen)
    }
    return seen.at + graceMs - now
  }

  async function writeLate(): Promise<void> {
    timer = undefined
    try {
      for (const key of late.keys()) {
        await settleLate(key)
      }
    } catch {
      armLate()
    }
  }

  /** Writes what could not be written when it came to be. Resolves to whether the work is done. */
  async function settleLate(key: string): Promise<boolean> {
    const one = late.get(key)
    if (one === undefined) {
      return false
    }
    await change(one.write)
    late.delete(key)
    return one.isDone
  }

  function armLate(): void {
    timer ??= clock.setTimer(retryMs, () => {
      void writeLate()
    })
  }

  /** Writes a mark now, or as soon as the broker is back. */
  async function mark(key: string, isDone: boolean, write: () => Promise<unknown>) {
    try {
      return await change(write)
    } catch (error) {
      late.set(key, { isDone, write })
      armLate()
      throw error
    }
  }

  /** Changes the mark, unless the claim has run out and is another's. */
  async function change(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run()
      return true
    } catch (error) {
      if (isSwitchyardError(error, 'SY_BUS_CONFLICT')) {
        return false
      }
      throw error
    }
  }

  return {
    async claim(id) {
      const key = encodeKey(id)
      return (await settleLate(key))
        ? { type: 'done' }
        : await take(key, 0, (value) => store().create(key, value))
    },

    async finish(id, revision) {
      const key = encodeKey(id)
      return await mark(key, true, () => store().update(key, done, revision))
    },

    async fail(id, revision, failures) {
      const key = encodeKey(id)
      const value = write({ until: 0, failures: failures + 1 })
      await mark(key, false, () => store().update(key, value, revision))
    },

    async forget(id, revision) {
      await change(() => store().delete(encodeKey(id), revision))
    },

    close() {
      timer?.cancel()
    },
  }
}
