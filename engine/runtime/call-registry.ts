import type { CallEvent } from '../call/call-event.ts'
import type { LiveCall } from '../call/live-call.ts'
import type { AgentId, CallId, DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Switch } from '../switch/switch.ts'

/** Tells a call what happened, and carries out the effects. */
interface CallOwner {
  readonly id: string
  dispatch(handle: CallHandle, event: CallEvent): void
}

/** A call of ours and where it lives. */
export interface CallHandle {
  readonly callId: CallId
  readonly tenant: CallOwner
  readonly home: Switch
  readonly call: LiveCall
  /** Tells this visit of the channel from others in event ids: a channel may come to us twice. */
  readonly key: string
  /** What the channel's destination was: a transfer by the dialplan changes it. */
  readonly dialledNumber: string
  readonly bornAt: EpochMs
  readonly isAdopted: boolean
  sequence: number
  /** Agents' legs under which the registry finds the call. */
  legs: ReadonlyMap<LegId, AgentId | undefined>
  /** When the last event from the switch or the core came. */
  changedAt: EpochMs
  /** When it was last made to agree with the state of its switch; 0 for never. */
  reconciledAt: EpochMs
}

/** How long an agent's leg without a call is remembered: longer than any phone rings. */
const droppedMs: DurationMs = 120_000

/** Where the calls of all tenants are found by their legs. */
export class CallRegistry {
  readonly #all = new Set<CallHandle>()
  readonly #byCall = new Map<LegId, CallHandle>()
  /** In the order in which they were dropped. */
  readonly #dropped = new Map<LegId, EpochMs>()
  readonly #byAgentLeg = new Map<LegId, CallHandle>()

  /** By the caller's own leg. */
  get(callId: LegId): CallHandle | undefined {
    return this.#byCall.get(callId)
  }

  byAgentLeg(legId: LegId): CallHandle | undefined {
    return this.#byAgentLeg.get(legId)
  }

  /** Whether it is an agent's leg whose call is over, or had given it up: nobody may talk on it. */
  isDropped(legId: LegId): boolean {
    return this.#dropped.has(legId)
  }

  /** Remembers an agent's leg that nobody may talk on. */
  drop(legId: LegId, at: EpochMs): void {
    for (const [oldest, droppedAt] of this.#dropped) {
      if (at - droppedAt < droppedMs) {
        break
      }
      this.#dropped.delete(oldest)
    }
    this.#dropped.set(legId, at)
  }

  /** A leg is gone for good. */
  forget(legId: LegId): void {
    this.#dropped.delete(legId)
  }

  /** Every call that is not over, including those whose caller is gone and whose agent is not free yet. */
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

  /** Follows what has become of a call: after every event it was told. */
  update(handle: CallHandle): void {
    const { call, callId } = handle
    const { state } = call
    if (state === 'gone') {
      this.#all.delete(handle)
      for (const legId of handle.legs.keys()) {
        this.drop(legId, handle.changedAt)
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
