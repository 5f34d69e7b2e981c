import type { OverflowReason } from '../catalogue/outcomes.ts'
import type { Occasion, SavedDeadline } from './deadlines.ts'
import type { QueueState, WaitingCall } from './groups.ts'
import { actionsDue, nextChangeAt } from './schedule.ts'
import type { Shared } from './shared.ts'
import type { SavedCall } from './snapshot.ts'
import { staffedIn } from './staffing.ts'
import { mayBeOffered } from './waiting-call.ts'

interface WaitTimersPorts {
  readonly shared: Shared
  giveUp(call: WaitingCall, reason: OverflowReason): void
  /** Puts a call where it can be found as it stands now. */
  relist(call: WaitingCall): void
  /** Called when time has changed something about a call that may be offered. */
  onChange(call: WaitingCall): void
}

/**
 * The deadlines of waiting calls: limits on waiting, due actions, and everything else that time
 * changes.
 */
export class WaitTimers {
  readonly #ports: WaitTimersPorts
  readonly #shared: Shared
  readonly #maxWait: Occasion<WaitingCall> = {
    reach: (call) => this.#ports.giveUp(call, 'maxWait'),
  }
  readonly #unstaffed: Occasion<WaitingCall> = {
    reach: (call) => this.#ports.giveUp(call, 'unstaffed'),
  }
  readonly #change: Occasion<WaitingCall> = {
    reach: (call) => this.#reachChange(call),
    // Whatever is matched at this instant must see every call as it stands now.
    prepare: (call) => this.#ports.relist(call),
  }

  constructor(ports: WaitTimersPorts) {
    this.#ports = ports
    this.#shared = ports.shared
  }

  /** Sets all deadlines of a call. */
  set(call: WaitingCall): void {
    const { deadlines } = this.#shared
    const { maxWaitMs } = call.queue.settings
    if (maxWaitMs !== undefined && call.dial === undefined) {
      const at = call.enteredAt + maxWaitMs
      call.maxWait = deadlines.set(at, this.#maxWait, call)
    }
    if (staffedIn(call.queue) === 0) {
      this.#setUnstaffed(call)
    }
    if (call.overflow === undefined) {
      this.setChange(call)
    }
  }

  /** Nobody is staffed in a queue any more. */
  startUnstaffed(queue: QueueState): void {
    for (const call of queue.calls) {
      this.#setUnstaffed(call)
    }
  }

  endUnstaffed(queue: QueueState): void {
    for (const call of queue.calls) {
      this.#shared.deadlines.cancel(call.unstaffed)
      call.unstaffed = undefined
    }
  }

  /** Sets a call's deadlines as a snapshot has them. */
  restore(call: WaitingCall, { maxWait, unstaffed, change }: SavedCall): void {
    const restore = (at: SavedDeadline | undefined, occasion: Occasion<WaitingCall>) =>
      at === undefined ? undefined : this.#shared.deadlines.restore(at, occasion, call)
    call.maxWait = restore(maxWait, this.#maxWait)
    call.unstaffed = restore(unstaffed, this.#unstaffed)
    call.change = restore(change, this.#change)
  }

  #setUnstaffed(call: WaitingCall): void {
    const { deadlines, time } = this.#shared
    const { maxUnstaffedMs } = call.queue.settings
    if (maxUnstaffedMs === undefined || call.overflow !== undefined || call.dial !== undefined) {
      return
    }
    if (maxUnstaffedMs === 0) {
      this.#ports.giveUp(call, 'unstaffed')
    } else {
      const at = time.now + maxUnstaffedMs
      call.unstaffed = deadlines.set(at, this.#unstaffed, call)
    }
  }

  /** Sets the deadline of the next change by time. Changes up to now count as taken in. */
  setChange(call: WaitingCall): void {
    const { deadlines, rules, time } = this.#shared
    call.changedAt = time.now
    const at = nextChangeAt(call, rules.fairAfterMs)
    call.change = at === undefined ? undefined : deadlines.set(at, this.#change, call)
  }

  #reachChange(call: WaitingCall): void {
    const { emit, time } = this.#shared
    const { callId, queue } = call
    const { queueId } = queue.settings
    const due = call.dial === undefined ? actionsDue(call, time.now) : []
    for (const { name, count } of due) {
      emit({ type: 'actionDue', callId, queueId, name, count })
    }
    if (mayBeOffered(call)) {
      this.#ports.onChange(call)
    }
    this.setChange(call)
  }

  cancel(call: WaitingCall): void {
    const { deadlines } = this.#shared
    deadlines.cancel(call.maxWait)
    deadlines.cancel(call.unstaffed)
    deadlines.cancel(call.change)
    call.maxWait = undefined
    call.unstaffed = undefined
    call.change = undefined
  }
}
