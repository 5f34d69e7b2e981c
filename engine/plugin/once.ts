import type { KvStore } from '../bus/bus.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { isSwitchyardError } from '../errors.ts'
import { encodeKey } from './key-text.ts'

/** Outcome of a claim: granted to this replica, held by another one, or the work is already done. */
export type Claim =
  | {
      readonly type: 'mine'
      readonly revision: number
      /** How often the work has failed so far, on any replica. */
      readonly failures: number
    }
  | { readonly type: 'others'; readonly freeInMs: DurationMs }
  | { readonly type: 'done' }

/** Coordinates work that all replicas together are to do effectively once. */
export interface Once {
  /** Claims the work with this id for a limited time. */
  claim(id: string): Promise<Claim>
  /** Marks it as done; false when the claim had expired and another replica took it over. */
  finish(id: string, revision: number): Promise<boolean>
  /** Releases the claim, with one more failure. */
  fail(id: string, revision: number, failures: number): Promise<void>
  /** Removes the claim: the work will not be done. */
  forget(id: string, revision: number): Promise<void>
  /** Stops retrying marks that could not be written. */
  close(): void
}

/** The stored claim of work that is not done. */
interface Pending {
  readonly until: EpochMs
  readonly failures: number
}

/**
 * How long an expired claim must be seen unchanged before it is taken over: clocks
 * differ, and its owner may have finished work to mark after an outage.
 */
const graceMs: DurationMs = 5_000
/** Interval for retrying marks while the broker is unreachable. */
const retryMs: DurationMs = 1_000
/** Maximum number of expired claims to track; beyond that all are dropped and tracked anew. */
const maxSeen = 1_000
const done = Buffer.from('"done"')

/**
 * Records work in a bucket: as done, or as claimed until some instant. The claim of a
 * replica that died is taken over after `claimMs` and 5 s, and counts as a failure. Results
 * that could not be written while the broker was unreachable are written when it is back.
 *
 * @param store returns the bucket
 */
export function createOnce(store: () => KvStore, clock: Clock, claimMs: DurationMs): Once {
  /** Marks that could not be written. At most as many as there are unacknowledged events. */
  const late = new Map<string, { readonly isDone: boolean; write(): Promise<unknown> }>()
  /** Expired claims, and since when they have been seen unchanged. */
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
    // A claim that was never released: its owner died.
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
      if (expired.size >= maxSeen) {
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

  /** Writes a mark that could not be written before. Resolves to whether the work is done. */
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

  /** Writes a mark now; if that fails, also as soon as the broker is back. */
  async function mark(key: string, isDone: boolean, write: () => Promise<unknown>) {
    try {
      return await change(write)
    } catch (error) {
      late.set(key, { isDone, write })
      armLate()
      throw error
    }
  }

  /** Runs a write; false when another replica has taken the claim over. */
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
