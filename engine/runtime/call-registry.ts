import type { LiveCall } from '../call/live-call.ts'
import type { AgentId, CallId, EpochMs, LegId } from '../core/ids.ts'
import type { Switch } from '../switch/switch.ts'
import type { Tenant } from './tenant.ts'

/** A call of ours and where it lives. */
export interface CallHandle {
  readonly callId: CallId
  readonly tenant: Tenant
  readonly home: Switch
  readonly call: LiveCall
  /** Names this life of the channel in event ids: a channel may come to us twice. */
  readonly key: string
  readonly bornAt: EpochMs
  readonly isAdopted: boolean
  sequence: number
  /** Agents' legs of the offer or conversation at hand, by agent. */
  legs: ReadonlyMap<LegId, AgentId>
  /** Counts changes, so that an old picture of the call can be told from a fresh one. */
  version: number
}

/** Where the calls of all tenants are found by their legs. */
export class CallRegistry {
  readonly #byCall = new Map<LegId, CallHandle>()
  readonly #byAgentLeg = new Map<LegId, CallHandle>()

  get(callId: LegId): CallHandle | undefined {
    return this.#byCall.get(callId)
  }

  byAgentLeg(legId: LegId): CallHandle | undefined {
    return this.#byAgentLeg.get(legId)
  }

  get all(): IterableIterator<CallHandle> {
    return this.#byCall.values()
  }

  get size(): number {
    return this.#byCall.size
  }

  add(handle: CallHandle): void {
    this.#byCall.set(handle.callId, handle)
  }

  setLegs(handle: CallHandle, legs: ReadonlyMap<LegId, AgentId>): void {
    this.#dropLegs(handle)
    handle.legs = legs
    for (const legId of legs.keys()) {
      this.#byAgentLeg.set(legId, handle)
    }
  }

  /** The caller is not ours any more; the agent may still be on the phone. */
  release(handle: CallHandle): void {
    if (this.#byCall.get(handle.callId) === handle) {
      this.#byCall.delete(handle.callId)
    }
    if (handle.call.isOver) {
      this.#dropLegs(handle)
    }
  }

  #dropLegs(handle: CallHandle): void {
    for (const legId of handle.legs.keys()) {
      if (this.#byAgentLeg.get(legId) === handle) {
        this.#byAgentLeg.delete(legId)
      }
    }
  }
}
