import type { Bus, KvStore } from '../bus/bus.ts'
import type { CallId, DurationMs } from '../catalogue/ids.ts'
import { tenantToken } from '../catalogue/subjects.ts'
import { isSwitchyardError } from '../errors.ts'

/** What is written down before anybody is dialled, so that no engine dials for one id twice. */
export interface DialClaims {
  /**
   * @param token whose claim it is: to claim again, after an answer that was lost, is no conflict
   * @returns false when it has been claimed by another token before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: it may be claimed or not
   */
  claim(tenant: string, callId: CallId, token: string): Promise<boolean>
  /** @throws SwitchyardError SY_BUS_UNAVAILABLE */
  isClaimed(tenant: string, callId: CallId): Promise<boolean>
}

/** Longer than any plugin goes on asking about an attempt of its own. */
const keptMs: DurationMs = 7 * 24 * 60 * 60_000

/** Keeps the claims in a bucket `SWITCHYARD_DIALS_TENANT`, for a week. */
export function createDialClaims(bus: Bus): DialClaims {
  const buckets = new Map<string, Promise<KvStore>>()

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
    async claim(tenant, callId, token) {
      const bucket = await bucketOf(tenant)
      try {
        await bucket.create(callId, Buffer.from(token))
        return true
      } catch (error) {
        if (isSwitchyardError(error) && error.code === 'SY_BUS_CONFLICT') {
          const claimed = await bucket.get(callId)
          return claimed !== undefined && Buffer.from(claimed.value).toString() === token
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
