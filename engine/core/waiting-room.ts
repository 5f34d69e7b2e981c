import type { Deadlines } from './deadlines.ts'
import type { AcdEffect, AcdEvent } from './event.ts'
import type { Demand, WaitingCall } from './groups.ts'
import type { CallId, EpochMs, QueueId } from './ids.ts'
import type { MatchIndex } from './match-index.ts'
import type { QueueSettings } from './settings.ts'
import type { SteadyTime } from './steady-time.ts'

interface Queue {
  readonly settings: QueueSettings
  readonly demand: Demand
  readonly calls: Set<WaitingCall>
}

interface WaitingRoomPorts {
  readonly index: MatchIndex
  readonly deadlines: Deadlines
  readonly time: SteadyTime
  emit(effect: AcdEffect): void
}

/** The queues of a tenant and the calls in them, each at its place until it leaves. */
export class WaitingRoom {
  readonly #queues = new Map<QueueId, Queue>()
  readonly #calls = new Map<CallId, WaitingCall>()
  readonly #ports: WaitingRoomPorts
  #sequence = 0

  constructor(queues: readonly QueueSettings[], ports: WaitingRoomPorts) {
    this.#ports = ports
    for (const settings of queues) {
      const demand = ports.index.demandOf(settings, settings.requires)
      this.#queues.set(settings.queueId, { settings, demand, calls: new Set() })
    }
  }

  get(callId: CallId): WaitingCall | undefined {
    return this.#calls.get(callId)
  }

  hasQueue(queueId: QueueId): boolean {
    return this.#queues.has(queueId)
  }

  settingsOf(queueId: QueueId): QueueSettings | undefined {
    return this.#queues.get(queueId)?.settings
  }

  /** Gives a call its place. @returns undefined for one that is here already, or for no queue */
  admit(event: Extract<AcdEvent, { type: 'callQueued' }>): WaitingCall | undefined {
    const queue = this.#queues.get(event.queueId)
    if (queue === undefined || this.#calls.has(event.callId)) {
      return undefined
    }
    const { index, deadlines, time } = this.#ports
    const { settings } = queue
    this.#sequence += 1
    const call: WaitingCall = {
      callId: event.callId,
      demand:
        event.requires === undefined ? queue.demand : index.demandOf(settings, event.requires),
      enqueuedAt: time.fromWall(event.enqueuedAt),
      priority: settings.priority + event.priority,
      sequence: this.#sequence,
      offeredTo: [],
      lease: undefined,
      maxWait: undefined,
      hasReachedMaxWait: false,
      refusedBy: new Map(),
      heapIndex: -1,
    }
    if (settings.maxWaitMs !== undefined) {
      const enteredAt = time.fromWall(event.enteredAt ?? event.enqueuedAt)
      call.maxWait = deadlines.set(enteredAt + settings.maxWaitMs, () => this.#reachMaxWait(call))
    }
    this.#calls.set(call.callId, call)
    queue.calls.add(call)
    call.demand.calls += 1
    call.demand.waiting.push(call)
    return call
  }

  /** Puts a call that is on no offer any more back at its place. */
  putBack(call: WaitingCall): void {
    if (call.hasReachedMaxWait) {
      this.#emitMaxWait(call)
    } else {
      call.demand.waiting.push(call)
    }
  }

  /** Takes a call out for good, with all its deadlines. */
  forget(call: WaitingCall): void {
    const { index, deadlines } = this.#ports
    const { demand } = call
    demand.waiting.remove(call)
    deadlines.cancel(call.lease)
    deadlines.cancel(call.maxWait)
    for (const deadline of call.refusedBy.values()) {
      deadlines.cancel(deadline)
    }
    call.offeredTo = []
    this.#calls.delete(call.callId)
    this.#queues.get(demand.queue.queueId)?.calls.delete(call)
    demand.calls -= 1
    index.release(demand)
  }

  /** How many calls are in a queue, those on offer included, and since when the longest. O(calls in it). */
  measure(queueId: QueueId): { waiting: number; oldestAt: EpochMs | undefined } {
    const calls = this.#queues.get(queueId)?.calls ?? new Set<WaitingCall>()
    let oldestAt: EpochMs | undefined
    for (const { enqueuedAt } of calls) {
      oldestAt = oldestAt === undefined ? enqueuedAt : Math.min(oldestAt, enqueuedAt)
    }
    return { waiting: calls.size, oldestAt }
  }

  #reachMaxWait(call: WaitingCall): void {
    call.hasReachedMaxWait = true
    // On offer, the agent may still answer: it is told when the offer fails.
    if (call.offeredTo.length === 0) {
      call.demand.waiting.remove(call)
      this.#emitMaxWait(call)
    }
  }

  #emitMaxWait({ callId, demand }: WaitingCall): void {
    this.#ports.emit({
      type: 'overflow',
      callId,
      queueId: demand.queue.queueId,
      reason: 'maxWait',
    })
  }
}
