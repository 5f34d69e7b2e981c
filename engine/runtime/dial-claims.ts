import type { Bus, KvStore } from '../bus/bus.ts'
import type { CallId, DurationMs } from '../catalogue/ids.ts'
import { tenantToken } from '../catalogue/subjects.ts'
import { isSwitchyardError } from '../errors.ts'

/** Claims that are recorded before dialling, so that no id is dialled twice, by any engine. */
export interface DialClaims {
  /**
   * @param token identifies the claimant; a repeated claim, after a lost answer, succeeds again
   * @returns false if another token has claimed the id
   * @throws SwitchyardError SY_BUS_UNAVAILABLE; the claim may or may not have been recorded
   */
  claim(tenant: string, callId: CallId, token: string): Promise<boolean>
  /** @throws SwitchyardError SY_BUS_UNAVAILABLE */
  isClaimed(tenant: string, callId: CallId): Promise<boolean>
}

/** Longer than any plugin keeps asking about one of its attempts. */
const keptMs: DurationMs = 7 * 24 * 60 * 60_000

/** Keeps the claims of each tenant in the bucket `SWITCHYARD_DIALS_TENANT`, for a week. */
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
