import type { CallEvent } from '../call/call-event.ts'
import type { LiveCall } from '../call/live-call.ts'
import type { AgentId, CallId, DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Switch } from '../switch/switch.ts'

/** The tenant of a call: passes events to it and carries out the effects. */
interface CallOwner {
  readonly id: string
  dispatch(handle: CallHandle, event: CallEvent): void
}

/** A call, with its tenant and its switch. */
export interface CallHandle {
  readonly callId: CallId
  readonly tenant: CallOwner
  readonly home: Switch
  readonly call: LiveCall
  /**
   * Distinguishes this visit of the channel from others in event ids: a channel can arrive more
   * than once.
   */
  readonly key: string
  /** The destination of the channel on arrival; a transfer by the dialplan changes the channel's own. */
  readonly dialledNumber: string
  readonly bornAt: EpochMs
  readonly isAdopted: boolean
  sequence: number
  /** Agents' legs under which the registry finds the call. */
  legs: ReadonlyMap<LegId, AgentId | undefined>
  /** When the last event from the switch or the core arrived. */
  changedAt: EpochMs
  /** When it was last reconciled with the state of its switch; 0: never. */
  reconciledAt: EpochMs
}

/** How long a dropped leg is remembered: longer than any phone rings. */
const droppedMs: DurationMs = 120_000

/** The calls of all tenants, indexed by their legs. */
export class CallRegistry {
  readonly #all = new Set<CallHandle>()
  readonly #byCall = new Map<LegId, CallHandle>()
  /** In the order in which they were dropped. */
  readonly #dropped = new Map<LegId, EpochMs>()
  readonly #byAgentLeg = new Map<LegId, CallHandle>()

  /** The call with this caller's leg. */
  get(callId: LegId): CallHandle | undefined {
    return this.#byCall.get(callId)
  }

  byAgentLeg(legId: LegId): CallHandle | undefined {
    return this.#byAgentLeg.get(legId)
  }

  /**
   * Whether this is an agent's leg that was dropped: its call is over or has abandoned it, and an
   * answer is refused.
   */
  isDropped(legId: LegId): boolean {
    return this.#dropped.has(legId)
  }

  /** Drops an agent's leg: a later answer is refused. */
  drop(legId: LegId, at: EpochMs): void {
    for (const [oldest, droppedAt] of this.#dropped) {
      if (at - droppedAt < droppedMs) {
        break
      }
      this.#dropped.delete(oldest)
    }
    this.#dropped.set(legId, at)
  }

  /** Forgets a dropped leg that has hung up. */
  forget(legId: LegId): void {
    this.#dropped.delete(legId)
  }

  /**
   * All calls that are not over, including those whose caller has left and whose agent's leg still
   * exists.
   */
  get all(): Iterable<CallHandle> {
    return this.#all
  }

  /** The number of callers. */
  get size(): number {
    return this.#byCall.size
  }

  /** The number of agents' legs. */
  get agentLegs(): number {
    return this.#byAgentLeg.size
  }

  add(handle: CallHandle): void {
    this.#all.add(handle)
    this.#byCall.set(handle.callId, handle)
    this.update(handle)
  }

  /** Updates the index for a call. Must be called after every event. */
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
