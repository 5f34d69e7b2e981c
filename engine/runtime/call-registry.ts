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
  /** What the channel's destination was: a transfer by the dialplan changes it. */
  readonly dialledNumber: string
  readonly bornAt: EpochMs
  readonly isAdopted: boolean
  sequence: number
  /** Agents' legs under which the registry finds the call. */
  legs: ReadonlyMap<LegId, AgentId | undefined>
  /** When the last fact from the switch or the core came. */
  changedAt: EpochMs
}

/** Where the calls of all tenants are found by their legs. */
export class CallRegistry {
  readonly #all = new Set<CallHandle>()
  readonly #byCall = new Map<LegId, CallHandle>()
  readonly #byAgentLeg = new Map<LegId, CallHandle>()

  /** By the caller's own leg. */
  get(callId: LegId): CallHandle | undefined {
    return this.#byCall.get(callId)
  }

  byAgentLeg(legId: LegId): CallHandle | undefined {
    return this.#byAgentLeg.get(legId)
  }

  /** Every call that is not over, also those whose caller is gone and whose agent is not yet free. */
  get all(): Iterable<CallHandle> {
    return this.#all
  }

  /** Callers that are ours. */
  get size(): number {
    return this.#byCall.size
  }

  /** Agents' legs that are ours. */
  get agentLegs(): number {
    return this.#byAgentLeg.size
  }

  add(handle: CallHandle): void {
    this.#all.add(handle)
    this.#byCall.set(handle.callId, handle)
    this.update(handle)
  }

  /** Follows what has become of a call: after every fact it was told. */
  update(handle: CallHandle): void {
    const { call, callId } = handle
    const { state } = call
    if (state === 'gone') {
      this.#all.delete(handle)
      this.#setLegs(handle, new Map())
    } else {
      this.#setLegs(handle, call.legs)
    }
    if ((state === 'gone' || state === 'agentStays') && this.#byCall.get(callId) === handle) {
      this.#byCall.delete(callId)
    }
  }

  #setLegs(handle: CallHandle, legs: CallHandle['legs']): void {
    if (handle.legs === legs) {
      return
    }
    for (const legId of handle.legs.keys()) {
      this.#byAgentLeg.delete(legId)
    }
    handle.legs = legs
    for (const legId of legs.keys()) {
      this.#byAgentLeg.set(legId, handle)
    }
  }
}
