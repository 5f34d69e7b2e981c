import type { Bus, KvStore } from '../bus/bus.ts'
import { tenantToken } from '../bus/subjects.ts'
import type { CallId, DurationMs } from '../core/ids.ts'
import { isSwitchyardError } from '../errors.ts'

/** What is written down before anybody is dialled, so that no engine dials for one id twice. */
export interface DialClaims {
  /**
   * @returns false when some engine has claimed it before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: it may be claimed or not
   */
  claim(tenant: string, callId: CallId): Promise<boolean>
  /** @throws SwitchyardError SY_BUS_UNAVAILABLE */
  isClaimed(tenant: string, callId: CallId): Promise<boolean>
}

/** Longer than any plugin goes on asking about an attempt of its own. */
const keptMs: DurationMs = 7 * 24 * 60 * 60_000

/** Keeps the claims in a bucket `SWITCHYARD_DIALS_TENANT`, for a week. */
export function createDialClaims(bus: Bus): DialClaims {
  const buckets = new Map<string, Promise<KvStore>>()
  const value = new Uint8Array()

  async function bucketOf(tenant: string): Promise<KvStore> {
    const opened =
      buckets.get(tenant) ?? bus.kv(`SWITCHYARD_DIALS_${tenantToken(tenant)}`, { ttlMs: keptMs })
    buckets.set(tenant, opened)
    try {
      return await opened
    } catch (error) {
      buckets.delete(tenant)
      throw error
    }
  }

  return {
    async claim(tenant, callId) {
      const bucket = await bucketOf(tenant)
      try {
        await bucket.create(callId, value)
        return true
      } catch (error) {
        if (isSwitchyardError(error) && error.code === 'SY_BUS_CONFLICT') {
          return false
        }
        throw error
      }
    },
    async isClaimed(tenant, callId) {
      const bucket = await bucketOf(tenant)
      return (await bucket.get(callId)) !== undefined
    },
  }
}
