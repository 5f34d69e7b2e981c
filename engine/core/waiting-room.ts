import { type Occasion, type SavedDeadline, saveDeadline } from './deadlines.ts'
import type { AcdEvent, OverflowReason } from './event.ts'
import { type Agent, isStaffed, type Line, type WaitingCall } from './groups.ts'
import type { AgentId, CallId, EpochMs, QueueId } from './ids.ts'
import type { Shared } from './ports.ts'
import { standingOf } from './precedence.ts'
import { stepAfter } from './requirement.ts'
import { actionsDue, levelByTime, nextChangeAt } from './schedule.ts'
import type { RoomSnapshot, SavedCall } from './snapshot.ts'
import { staffedIn } from './staffing.ts'

type Arrival = Extract<AcdEvent, { type: 'callQueued' }>

interface WaitingRoomPorts {
  readonly shared: Shared
  findAgent(agentId: AgentId): Agent | undefined
  /** Called when time has changed something for a call that may be offered. */
  onChange(call: WaitingCall): void
}

/** The queues of a tenant and the calls in them, each at its place until it leaves. */
export class WaitingRoom {
  readonly #calls = new Map<CallId, WaitingCall>()
  readonly #ports: WaitingRoomPorts
  readonly #shared: Shared
  readonly #maxWait: Occasion<WaitingCall> = { reach: (call) => this.giveUp(call, 'maxWait') }
  readonly #unstaffed: Occasion<WaitingCall> = { reach: (call) => this.giveUp(call, 'unstaffed') }
  readonly #change: Occasion<WaitingCall> = {
    reach: (call) => this.#reachChange(call),
    // Whoever looks at this instant shall find every call as it stands now.
    prepare: (call) => this.relist(call),
  }
  #sequence = 0

  constructor(ports: WaitingRoomPorts) {
    this.#ports = ports
    this.#shared = ports.shared
  }

  get(callId: CallId): WaitingCall | undefined {
    return this.#calls.get(callId)
  }

  /** All calls, by admission. */
  get calls(): IterableIterator<WaitingCall> {
    return this.#calls.values()
  }

  /**
   * Gives a call its place.
   *
   * @returns undefined for one that is here already, that the queue refuses at the
   *   door, or for no queue
   */
  admit(event: Arrival): WaitingCall | undefined {
    const { index, time } = this.#shared
    const line = index.line(event.queueId)
    if (line === undefined || this.#calls.has(event.callId) || this.#refuses(line, event)) {
      return undefined
    }
    this.#sequence += 1
    const enqueuedAt = time.fromWall(event.enqueuedAt)
    const call = this.#create(line, {
      callId: event.callId,
      enqueuedAt,
      enteredAt: event.enteredAt === undefined ? enqueuedAt : time.fromWall(event.enteredAt),
      priority: event.priority,
      requires: event.requires,
      preferred: event.preferred,
      sequence: this.#sequence,
    })
    this.#setAlarms(call)
    return call
  }

  /** Takes what more is known of a call. */
  change(
    call: WaitingCall,
    { priority, requires, preferred }: Omit<Extract<AcdEvent, { type: 'callChanged' }>, 'callId'>,
  ): void {
    const { index, deadlines } = this.#shared
    this.delist(call)
    call.priority = priority ?? call.priority
    call.preferred = preferred ?? call.preferred
    if (requires !== undefined) {
      index.dropNeed(call.line, call.need)
      call.requires = requires
      call.need = index.takeNeed(call.line, requires)
    }
    deadlines.cancel(call.change)
    this.#setChange(call)
    this.enlist(call)
  }

  /** Lets a call be found again that is on no offer any more; or tells that its queue has given it up. */
  putBack(call: WaitingCall): void {
    if (call.overflow === undefined) {
      this.enlist(call)
    } else {
      this.#emitOverflow(call, call.overflow)
    }
  }

  /** Lets a call be found, as it stands now: by those it prefers, and by whoever suits unless it is held for them. */
  enlist(call: WaitingCall): void {
    this.#judge(call)
    if (!mayBeOffered(call)) {
      return
    }
    for (const agent of this.#preferredBy(call)) {
      agent.wantedBy.add(call)
    }
    if (!call.isHeld) {
      this.#shared.index.addWaiting(call)
    }
  }

  /** Nobody shall find a call while it is on offer. */
  delist(call: WaitingCall): void {
    if (call.heapIndex >= 0) {
      this.#shared.index.removeWaiting(call)
    }
    for (const agentId of call.preferred?.agentIds ?? []) {
      this.#ports.findAgent(agentId)?.wantedBy.delete(call)
    }
  }

  /** Brings a call to where it belongs after something it depends on has changed. */
  relist(call: WaitingCall): void {
    this.delist(call)
    this.enlist(call)
  }

  /** The queue gives a call up. Nothing more happens to it then but its end. */
  giveUp(call: WaitingCall, reason: OverflowReason): void {
    if (call.overflow !== undefined) {
      return
    }
    call.overflow = reason
    this.#cancelAlarms(call)
    // On offer, the agent may still answer: it is told when the offer fails.
    if (call.offeredTo.length === 0) {
      this.delist(call)
      this.#emitOverflow(call, reason)
    }
  }

  /** Takes a call out for good, with all its deadlines. */
  forget(call: WaitingCall): void {
    const { index, deadlines } = this.#shared
    this.delist(call)
    this.#cancelAlarms(call)
    deadlines.cancel(call.lease)
    for (const deadline of call.refusedBy?.values() ?? []) {
      deadlines.cancel(deadline)
    }
    call.offeredTo = []
    this.#calls.delete(call.callId)
    call.line.calls.delete(call)
    index.dropNeed(call.line, call.need)
  }

  /** Nobody is staffed in a queue any more. */
  startUnstaffed(line: Line): void {
    for (const call of line.calls) {
      this.#setUnstaffed(call)
    }
  }

  endUnstaffed(line: Line): void {
    for (const call of line.calls) {
      this.#shared.deadlines.cancel(call.unstaffed)
      call.unstaffed = undefined
    }
  }

  /** Takes all calls out of their groups, before the queues change. */
  moveOut(): void {
    for (const call of this.#calls.values()) {
      this.delist(call)
    }
  }

  /** Brings all calls into the queues as they are now, and gives up those whose queue is no more. */
  moveIn(): void {
    const { index, time } = this.#shared
    for (const call of this.#calls.values()) {
      const line = index.line(call.line.settings.queueId)
      if (line === undefined) {
        this.giveUp(call, 'removed')
        continue
      }
      call.line = line
      call.need = index.takeNeed(line, call.requires)
      line.calls.add(call)
      if (call.overflow === undefined) {
        this.#cancelAlarms(call)
        call.changedAt = time.now
        this.#setAlarms(call)
      }
      this.enlist(call)
    }
  }

  save(): RoomSnapshot {
    const calls = [...this.#calls.values()].map((call) => saveCall(call))
    return { sequence: this.#sequence, calls }
  }

  /**
   * Brings in all calls as a snapshot has them.
   *
   * @param hold what holds a call's lease, and an agent it is kept from
   */
  restore(
    snapshot: RoomSnapshot,
    hold: {
      lease(call: WaitingCall, lease: SavedDeadline): void
      apart(call: WaitingCall, agentId: AgentId, until: SavedDeadline): void
    },
  ): void {
    const { index, deadlines } = this.#shared
    this.#sequence = snapshot.sequence
    for (const saved of snapshot.calls) {
      // A call outlives its queue until it is told to have left.
      const line = index.line(saved.queueId) ?? index.formerLine(saved.queueId)
      const { callId, enqueuedAt, enteredAt, priority, requires, preferred, sequence } = saved
      const own = { callId, enqueuedAt, enteredAt, priority, requires, preferred, sequence }
      const call = this.#create(line, own)
      const { maxWait, unstaffed, change, lease, offeredTo, changedAt, overflow } = saved
      this.delist(call)
      call.offeredTo = offeredTo
      call.changedAt = changedAt
      call.overflow = overflow
      this.enlist(call)
      const restore = (at: SavedDeadline | undefined, occasion: Occasion<WaitingCall>) =>
        at === undefined ? undefined : deadlines.restore(at, occasion, call)
      call.maxWait = restore(maxWait, this.#maxWait)
      call.unstaffed = restore(unstaffed, this.#unstaffed)
      call.change = restore(change, this.#change)
      if (lease !== undefined) {
        hold.lease(call, lease)
      }
      for (const [agentId, until] of saved.refusedBy) {
        hold.apart(call, agentId, until)
      }
    }
  }

  /** How many calls are in a queue, those on offer included, and since when the longest. O(calls in it). */
  measure(queueId: QueueId): { waiting: number; oldestAt: EpochMs | undefined } {
    const calls = this.#shared.index.line(queueId)?.calls ?? new Set<WaitingCall>()
    let oldestAt: EpochMs | undefined
    for (const { enqueuedAt } of calls) {
      oldestAt = oldestAt === undefined ? enqueuedAt : Math.min(oldestAt, enqueuedAt)
    }
    return { waiting: calls.size, oldestAt }
  }

  #refuses(line: Line, { callId, queueId, isReturning }: Arrival): boolean {
    const { joinUnstaffed, capacity = Number.POSITIVE_INFINITY } = line.settings
    if (isReturning === true) {
      return false
    }
    const isUnstaffed = !joinUnstaffed && staffedIn(line) === 0
    if (!isUnstaffed && line.calls.size < capacity) {
      return false
    }
    const reason = isUnstaffed ? 'joinUnstaffed' : 'full'
    this.#shared.emit({ type: 'overflow', callId, queueId, reason })
    return true
  }

  #create(
    line: Line,
    given: Pick<
      WaitingCall,
      'callId' | 'enqueuedAt' | 'enteredAt' | 'priority' | 'preferred' | 'requires' | 'sequence'
    >,
  ): WaitingCall {
    const { index, time } = this.#shared
    const need = index.takeNeed(line, given.requires)
    const { callId, enqueuedAt, enteredAt, priority, requires, preferred, sequence } = given
    const call: WaitingCall = {
      callId,
      enqueuedAt,
      enteredAt,
      priority,
      requires,
      preferred,
      sequence,
      line,
      need,
      demand: index.demandOf(line, need, 0, 1),
      isHeld: false,
      isOverdue: false,
      standing: 0,
      offeredTo: [],
      lease: undefined,
      maxWait: undefined,
      unstaffed: undefined,
      change: undefined,
      changedAt: time.now,
      overflow: undefined,
      refusedBy: undefined,
      heapIndex: -1,
    }
    this.#calls.set(call.callId, call)
    line.calls.add(call)
    this.enlist(call)
    return call
  }

  /** Works out where a call stands at this instant. */
  #judge(call: WaitingCall): void {
    const { index, time, rules } = this.#shared
    const { line, need, enqueuedAt } = call
    const waitedMs = time.now - enqueuedAt
    call.isOverdue = waitedMs >= rules.fairAfterMs
    call.isHeld = !call.isOverdue && this.#isHeld(call, waitedMs)
    call.standing = standingOf(call, time.now)
    const step = stepAfter(need.requires, waitedMs)
    call.demand = index.demandOf(line, need, step, levelByTime(line, waitedMs))
  }

  #isHeld(call: WaitingCall, waitedMs: number): boolean {
    const hold = call.preferred?.hold
    if (hold === 'whileStaffed') {
      return this.#preferredBy(call).some(isStaffed)
    }
    return hold !== undefined && waitedMs < hold
  }

  /** The agents of its queue that a call prefers. */
  #preferredBy({ preferred, line }: WaitingCall): readonly Agent[] {
    if (preferred === undefined) {
      return []
    }
    return preferred.agentIds.flatMap((agentId) => {
      const agent = this.#ports.findAgent(agentId)
      return agent?.memberships.has(line.settings.queueId) === true ? [agent] : []
    })
  }

  /** All that time will do to a call. */
  #setAlarms(call: WaitingCall): void {
    const { deadlines } = this.#shared
    const { maxWaitMs } = call.line.settings
    if (maxWaitMs !== undefined) {
      const at = call.enteredAt + maxWaitMs
      call.maxWait = deadlines.set(at, this.#maxWait, call)
    }
    if (staffedIn(call.line) === 0) {
      this.#setUnstaffed(call)
    }
    if (call.overflow === undefined) {
      this.#setChange(call)
    }
  }

  #setUnstaffed(call: WaitingCall): void {
    const { deadlines, time } = this.#shared
    const { maxUnstaffedMs } = call.line.settings
    if (maxUnstaffedMs === undefined || call.overflow !== undefined) {
      return
    }
    if (maxUnstaffedMs === 0) {
      this.giveUp(call, 'unstaffed')
    } else {
      const at = time.now + maxUnstaffedMs
      call.unstaffed = deadlines.set(at, this.#unstaffed, call)
    }
  }

  #setChange(call: WaitingCall): void {
    const { deadlines, rules, time } = this.#shared
    call.changedAt = time.now
    const at = nextChangeAt(call, rules.fairAfterMs)
    call.change = at === undefined ? undefined : deadlines.set(at, this.#change, call)
  }

  #reachChange(call: WaitingCall): void {
    const { emit, time } = this.#shared
    const { callId, line } = call
    const { queueId } = line.settings
    for (const { name, count } of actionsDue(call, time.now)) {
      emit({ type: 'actionDue', callId, queueId, name, count })
    }
    if (mayBeOffered(call)) {
      this.#ports.onChange(call)
    }
    this.#setChange(call)
  }

  #cancelAlarms(call: WaitingCall): void {
    const { deadlines } = this.#shared
    deadlines.cancel(call.maxWait)
    deadlines.cancel(call.unstaffed)
    deadlines.cancel(call.change)
    call.maxWait = undefined
    call.unstaffed = undefined
    call.change = undefined
  }

  #emitOverflow({ callId, line }: WaitingCall, reason: OverflowReason): void {
    this.#shared.emit({ type: 'overflow', callId, queueId: line.settings.queueId, reason })
  }
}

function saveCall(call: WaitingCall): SavedCall {
  const { callId, line, requires, enqueuedAt, enteredAt, priority, preferred, sequence } = call
  const { offeredTo, changedAt, overflow } = call
  return {
    ...{ callId, enqueuedAt, enteredAt, priority, preferred, sequence },
    ...{ offeredTo, changedAt, overflow },
    queueId: line.settings.queueId,
    requires,
    lease: saveDeadline(call.lease),
    maxWait: saveDeadline(call.maxWait),
    unstaffed: saveDeadline(call.unstaffed),
    change: saveDeadline(call.change),
    refusedBy: [...(call.refusedBy ?? [])].map(([agentId, { at, sequence: order }]) => [
      agentId,
      { at, sequence: order },
    ]),
  }
}

/** Whether a call is on no offer, and its queue has not given it up. */
export function mayBeOffered({ offeredTo, overflow }: WaitingCall): boolean {
  return offeredTo.length === 0 && overflow === undefined
}
