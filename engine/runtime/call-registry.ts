import type { CallEvent } from '../call/call-event.ts'
import type { LiveCall } from '../call/live-call.ts'
import type { AgentId, CallId, DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Switch } from '../switch/switch.ts'

/** Whoever tells a call what happened, and carries out what it wishes. */
interface CallOwner {
  readonly id: string
  tell(handle: CallHandle, event: CallEvent): void
}

/** A call of ours and where it lives. */
export interface CallHandle {
  readonly callId: CallId
  readonly tenant: CallOwner
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
  /** When it last agreed, or was made to agree, with the truth of its switch; 0 never. */
  judgedAt: EpochMs
}

/** How long an agent's leg without a call is remembered: longer than any phone rings. */
const shedMs: DurationMs = 120_000

/** Where the calls of all tenants are found by their legs. */
export class CallRegistry {
  readonly #all = new Set<CallHandle>()
  readonly #byCall = new Map<LegId, CallHandle>()
  /** In the order in which they were shed. */
  readonly #shed = new Map<LegId, EpochMs>()
  readonly #byAgentLeg = new Map<LegId, CallHandle>()

  /** By the caller's own leg. */
  get(callId: LegId): CallHandle | undefined {
    return this.#byCall.get(callId)
  }

  byAgentLeg(legId: LegId): CallHandle | undefined {
    return this.#byAgentLeg.get(legId)
  }

  /** Whether it is an agent's leg whose call is over, or never wanted its answer: nobody may talk on it. */
  isShed(legId: LegId): boolean {
    return this.#shed.has(legId)
  }

  /** Remembers an agent's leg that nobody may talk on. */
  shed(legId: LegId, at: EpochMs): void {
    for (const [oldest, shedAt] of this.#shed) {
      if (at - shedAt < shedMs) {
        break
      }
      this.#shed.delete(oldest)
    }
    this.#shed.set(legId, at)
  }

  /** A leg is gone for good. */
  forget(legId: LegId): void {
    this.#shed.delete(legId)
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
      for (const legId of handle.legs.keys()) {
        this.shed(legId, handle.changedAt)
      }
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
