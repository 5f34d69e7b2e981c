import type { AgentId, CallId, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { SavedDeadline } from './deadlines.ts'
import type { CallChanged, CallQueued } from './event.ts'
import type { QueueState, WaitingCall } from './groups.ts'
import type { Listing } from './listing.ts'
import { dropRequirement, groupOf, takeRequirement } from './queue-state.ts'
import type { Shared } from './shared.ts'
import type { RoomSnapshot } from './snapshot.ts'
import { staffedIn } from './staffing.ts'
import { WaitTimers } from './wait-timers.ts'
import { createCall, type GivenCall, saveCall } from './waiting-call.ts'

interface WaitingRoomPorts {
  readonly shared: Shared
  readonly listing: Listing
  /** Called when time has changed something about a call that may be offered. */
  onChange(call: WaitingCall): void
}

/** The waiting calls of a tenant, each at its place in its queue until it leaves. */
export class WaitingRoom {
  readonly #calls = new Map<CallId, WaitingCall>()
  readonly #ports: WaitingRoomPorts
  readonly #shared: Shared
  readonly timers: WaitTimers
  #sequence = 0

  constructor(ports: WaitingRoomPorts) {
    const { shared, listing, onChange } = ports
    this.#ports = ports
    this.#shared = shared
    this.timers = new WaitTimers({
      shared,
      giveUp: (call, reason) => this.giveUp(call, reason),
      relist: (call) => listing.relist(call),
      onChange,
    })
  }

  get(callId: CallId): WaitingCall | undefined {
    return this.#calls.get(callId)
  }

  /**
   * Gives a call its place.
   *
   * @returns undefined if the call is here already, if its queue refuses it, or if there is no such
   * queue
   */
  admit(event: CallQueued): WaitingCall | undefined {
    const { index, time } = this.#shared
    const queue = index.queue(event.queueId)
    if (queue === undefined || this.#calls.has(event.callId) || this.#refuses(queue, event)) {
      return undefined
    }
    this.#sequence += 1
    const enqueuedAt = time.fromWall(event.enqueuedAt)
    const call = this.#create(queue, {
      callId: event.callId,
      enqueuedAt,
      enteredAt: event.enteredAt === undefined ? enqueuedAt : time.fromWall(event.enteredAt),
      dial: event.dial,
      priority: event.priority,
      requires: event.requires,
      preferred: event.preferred,
      sequence: this.#sequence,
    })
    this.timers.set(call)
    return call
  }

  /** Takes in what more is known of a call. */
  change(call: WaitingCall, { priority, requires, preferred, enqueuedAt }: CallChanged): void {
    const { deadlines, time } = this.#shared
    this.#ports.listing.delist(call)
    if (enqueuedAt !== undefined) {
      call.enqueuedAt = Math.min(call.enqueuedAt, time.fromWall(enqueuedAt))
    }
    call.priority = priority ?? call.priority
    call.preferred = preferred ?? call.preferred
    if (requires !== undefined) {
      dropRequirement(call.queue, call.requirement)
      call.requires = requires
      call.requirement = takeRequirement(call.queue, requires)
    }
    deadlines.cancel(call.change)
    this.timers.setChange(call)
    this.#ports.listing.enlist(call)
  }

  /** Somebody is on the line, so the limits of the queue count from now on. */
  reach(call: WaitingCall): void {
    call.dial = undefined
    call.enteredAt = this.#shared.time.now
    if (call.overflow === undefined) {
      this.timers.cancel(call)
      this.timers.set(call)
    }
  }

  /**
   * Lets agents find a call again whose offer has ended, or emits that its queue has given it up
   * meanwhile.
   */
  putBack(call: WaitingCall): void {
    if (call.overflow === undefined) {
      this.#ports.listing.enlist(call)
    } else {
      this.#emitOverflow(call, call.overflow)
    }
  }

  /** The queue gives a call up. After that nothing happens to it but its end. */
  giveUp(call: WaitingCall, reason: OverflowReason): void {
    if (call.overflow !== undefined) {
      return
    }
    call.overflow = reason
    this.timers.cancel(call)
    // The agent of an offer may still answer. The overflow is emitted when the offer fails.
    if (call.offeredTo.length === 0) {
      this.#ports.listing.delist(call)
      this.#emitOverflow(call, reason)
    }
  }

  /** Removes a call with all its deadlines. */
  forget(call: WaitingCall): void {
    const { deadlines } = this.#shared
    this.#ports.listing.delist(call)
    this.timers.cancel(call)
    deadlines.cancel(call.lease)
    for (const deadline of call.refusedBy?.values() ?? []) {
      deadlines.cancel(deadline)
    }
    call.offeredTo = []
    this.#calls.delete(call.callId)
    call.queue.calls.delete(call)
    dropRequirement(call.queue, call.requirement)
  }

  /** Takes all calls out of the index, before the queues change. */
  leaveIndex(): void {
    for (const call of this.#calls.values()) {
      this.#ports.listing.delist(call)
    }
  }

  /** Brings all calls into the new index, and gives up those whose queue was removed. */
  joinIndex(): void {
    const { index, time } = this.#shared
    for (const call of this.#calls.values()) {
      const queue = index.queue(call.queue.settings.queueId)
      if (queue === undefined) {
        this.giveUp(call, 'removed')
        continue
      }
      call.queue = queue
      call.requirement = takeRequirement(queue, call.requires)
      queue.calls.add(call)
      if (call.overflow === undefined) {
        this.timers.cancel(call)
        call.changedAt = time.now
        this.timers.set(call)
      }
      this.#ports.listing.enlist(call)
    }
  }

  save(): RoomSnapshot {
    const calls = [...this.#calls.values()].map((call) => saveCall(call))
    return { sequence: this.#sequence, calls }
  }

  /**
   * Adds all calls as a snapshot has them.
   *
   * @param hold sets a call's lease again, and keeps an agent from it again
   */
  restore(
    snapshot: RoomSnapshot,
    hold: {
      lease(call: WaitingCall, lease: SavedDeadline): void
      apart(call: WaitingCall, agentId: AgentId, until: SavedDeadline): void
    },
  ): void {
    const { index } = this.#shared
    this.#sequence = snapshot.sequence
    for (const saved of snapshot.calls) {
      // A call outlives its queue until the shell reports that it has left.
      const queue = index.queue(saved.queueId) ?? index.formerQueue(saved.queueId)
      const call = this.#create(queue, saved)
      const { lease, offeredTo, changedAt, overflow } = saved
      this.#ports.listing.delist(call)
      call.offeredTo = offeredTo
      call.changedAt = changedAt
      call.overflow = overflow
      this.#ports.listing.enlist(call)
      this.timers.restore(call, saved)
      if (lease !== undefined) {
        hold.lease(call, lease)
      }
      for (const [agentId, until] of saved.refusedBy) {
        hold.apart(call, agentId, until)
      }
    }
  }

  /**
   * How many calls are in a queue, those on offer included, and when the oldest came. O(calls in
   * the queue).
   */
  measure(queueId: QueueId): { waiting: number; oldestAt: EpochMs | undefined } {
    const calls = this.#shared.index.queue(queueId)?.calls ?? new Set<WaitingCall>()
    let oldestAt: EpochMs | undefined
    for (const { enqueuedAt } of calls) {
      oldestAt = oldestAt === undefined ? enqueuedAt : Math.min(oldestAt, enqueuedAt)
    }
    return { waiting: calls.size, oldestAt }
  }

  #refuses(queue: QueueState, { callId, queueId, isReturning, dial }: CallQueued): boolean {
    const { joinUnstaffed, capacity = Number.POSITIVE_INFINITY } = queue.settings
    if (isReturning === true || dial !== undefined) {
      return false
    }
    const isUnstaffed = !joinUnstaffed && staffedIn(queue) === 0
    if (!isUnstaffed && queue.calls.size < capacity) {
      return false
    }
    const reason = isUnstaffed ? 'joinUnstaffed' : 'full'
    this.#shared.emit({ type: 'overflow', callId, queueId, reason })
    return true
  }

  #create(queue: QueueState, given: GivenCall): WaitingCall {
    const { time } = this.#shared
    const requirement = takeRequirement(queue, given.requires)
    const call = createCall(given, queue, requirement, groupOf(queue, requirement, 0, 1), time.now)
    this.#calls.set(call.callId, call)
    queue.calls.add(call)
    this.#ports.listing.enlist(call)
    return call
  }

  #emitOverflow({ callId, queue }: WaitingCall, reason: OverflowReason): void {
    this.#shared.emit({ type: 'overflow', callId, queueId: queue.settings.queueId, reason })
  }
}
