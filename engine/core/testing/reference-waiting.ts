import type { AgentStatus } from '../../catalogue/agent.ts'
import type { CallId, EpochMs, QueueId } from '../../catalogue/ids.ts'
import type { OverflowReason } from '../../catalogue/outcomes.ts'
import type { CallChanged, CallQueued } from '../event.ts'
import type { QueueSettings } from '../settings.ts'
import { ReferenceOffers } from './reference-offers.ts'
import {
  actionsDue,
  type Caller,
  isStaffed,
  lowestStaffedLevel,
  membershipOf,
  nextChangeAt,
  type Person,
  prefers,
} from './reference-rules.ts'

/** How calls come, wait and are given up, and what staffing does to that. */
export abstract class ReferenceWaiting extends ReferenceOffers {
  protected queueCall(event: CallQueued): void {
    const { callId, queueId, priority, requires, preferred } = event
    const queue = this.queue(queueId)
    if (queue === undefined || this.caller(callId) !== undefined) {
      return
    }
    const isPassed = event.isReturning === true || event.dial !== undefined
    const refusal = isPassed ? undefined : this.refusalAtDoor(queue)
    if (refusal !== undefined) {
      this.effects.push({ type: 'overflow', callId, queueId, reason: refusal })
      return
    }
    const { now } = this.world
    const caller: Caller = {
      callId,
      queue,
      enqueuedAt: Math.min(event.enqueuedAt, now),
      enteredAt: Math.min(event.enteredAt ?? event.enqueuedAt, now),
      dial: event.dial,
      priority,
      requires,
      preferred,
      offeredTo: [],
      refusedBy: new Set(),
      givenUp: undefined,
    }
    this.world.callers = [...this.world.callers, caller]
    this.setAlarms(caller)
    this.serveCall(caller)
  }

  protected refusalAtDoor({
    queueId,
    joinUnstaffed,
    capacity,
  }: QueueSettings): OverflowReason | undefined {
    if (!joinUnstaffed && lowestStaffedLevel(this.world, queueId) === undefined) {
      return 'joinUnstaffed'
    }
    return this.callersOf(queueId).length >= (capacity ?? Number.POSITIVE_INFINITY)
      ? 'full'
      : undefined
  }

  protected changeCall(event: CallChanged): void {
    const { callId, priority, requires, preferred, enqueuedAt = this.world.now } = event
    const caller = this.caller(callId)
    if (caller !== undefined && caller.givenUp === undefined) {
      caller.enqueuedAt = Math.min(caller.enqueuedAt, enqueuedAt)
      caller.priority = priority ?? caller.priority
      caller.requires = requires ?? caller.requires
      caller.preferred = preferred ?? caller.preferred
      this.setChangeAlarm(caller, this.world.now)
      this.serveCall(caller)
    }
  }

  protected reachCall(callId: CallId): void {
    const caller = this.caller(callId)
    if (caller?.dial === undefined) {
      return
    }
    caller.dial = undefined
    caller.enteredAt = this.world.now
    if (caller.givenUp === undefined) {
      this.setAlarms(caller)
    }
    for (const person of caller.offeredTo) {
      this.alarms.cancel(person, 'agent')
      this.occupy(person, 'ringing', callId, caller.queue.queueId)
    }
  }

  /** Sets all alarms of a call that is not given up. */
  protected setAlarms(caller: Caller): void {
    const { queueId, maxWaitMs } = caller.queue
    this.alarms.cancel(caller, 'maxWait', 'unstaffed', 'change')
    if (maxWaitMs !== undefined && caller.dial === undefined) {
      const at = caller.enteredAt + maxWaitMs
      this.alarms.set(at, caller, 'maxWait', () => this.giveUp(caller, 'maxWait'))
    }
    if (lowestStaffedLevel(this.world, queueId) === undefined) {
      this.startUnstaffed(caller)
    }
    if (caller.givenUp === undefined) {
      this.setChangeAlarm(caller, this.world.now)
    }
  }

  protected startUnstaffed(caller: Caller): void {
    const { maxUnstaffedMs } = caller.queue
    if (caller.dial !== undefined) {
      return
    }
    const giveUp = () => this.giveUp(caller, 'unstaffed')
    if (maxUnstaffedMs === 0) {
      giveUp()
    } else if (maxUnstaffedMs !== undefined && caller.givenUp === undefined) {
      this.alarms.set(this.world.now + maxUnstaffedMs, caller, 'unstaffed', giveUp)
    }
  }

  protected setChangeAlarm(caller: Caller, lastAt: EpochMs): void {
    this.alarms.cancel(caller, 'change')
    const at = nextChangeAt(this.world, caller, lastAt)
    if (at !== undefined) {
      this.alarms.set(at, caller, 'change', () => this.reachChange(caller, lastAt))
    }
  }

  protected reachChange(caller: Caller, lastAt: EpochMs): void {
    const { callId, queue } = caller
    const { now } = this.world
    const due = caller.dial === undefined ? actionsDue(caller, lastAt, now) : []
    for (const { name, count } of due) {
      this.effects.push({ type: 'actionDue', callId, queueId: queue.queueId, name, count })
    }
    this.serveCall(caller)
    this.setChangeAlarm(caller, now)
  }

  protected giveUp(caller: Caller, reason: OverflowReason): void {
    if (caller.givenUp === undefined) {
      caller.givenUp = reason
      this.alarms.cancel(caller, 'maxWait', 'unstaffed', 'change')
      if (caller.offeredTo.length === 0) {
        this.emitGivenUp(caller, reason)
      }
    }
  }

  protected chooseStatus(person: Person, status: AgentStatus): void {
    const isRepeat = JSON.stringify(person.status) === JSON.stringify(status)
    const isAvailable = status.type === 'available'
    person.misses = 0
    this.setStatus(person, status, () => {
      if ((person.state === 'idle' && !isAvailable) || (person.state === 'off' && isAvailable)) {
        this.goIdle(person, this.world.now, 0)
      } else if (!isRepeat) {
        this.become(person, person.state)
      }
      if ((person.state === 'ringing' || person.state === 'reserved') && !isAvailable) {
        this.recall(person)
        this.goIdle(person, this.world.now, 0)
      }
    })
  }

  /**
   * Sets a status, does what it means for the agent, and then what the change of staffing means for
   * others.
   */
  protected override setStatus(person: Person, status: AgentStatus, free: () => void): void {
    const wasStaffed = isStaffed(person)
    const lowestBefore = new Map(
      person.settings.queues.map(({ queueId }) => [
        queueId,
        lowestStaffedLevel(this.world, queueId),
      ]),
    )
    if (person.status.type === 'loggedOut' && status.type !== 'loggedOut') {
      person.talkMs = 0
      person.calls = 0
      person.work = { load: 0, at: this.world.now }
    }
    person.status = status
    free()
    if (isStaffed(person) === wasStaffed) {
      return
    }
    for (const [queueId, before] of lowestBefore) {
      this.changeStaffing(queueId, before)
    }
    for (const caller of this.world.callers) {
      if (caller.preferred?.hold === 'whileStaffed' && prefers(caller, person)) {
        this.serveCall(caller)
      }
    }
  }

  protected changeStaffing(queueId: QueueId, before: number | undefined): void {
    const after = lowestStaffedLevel(this.world, queueId)
    for (const caller of this.callersOf(queueId)) {
      if (after === undefined) {
        this.startUnstaffed(caller)
      } else if (before === undefined) {
        this.alarms.cancel(caller, 'unstaffed')
      }
    }
    const { skipUnstaffed, openAfterMs } = this.queue(queueId)?.tiers ?? {}
    // Without a time between them all levels are open from the start.
    if (skipUnstaffed === true && openAfterMs !== 0) {
      for (const person of this.world.people) {
        const level = membershipOf(person, queueId)?.level
        if (level !== undefined && level > (before ?? 0) && level <= (after ?? 0)) {
          this.serveAgent(person)
        }
      }
    }
  }
}
