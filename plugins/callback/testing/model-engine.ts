import assert from 'node:assert/strict'
import {
  type CommandInput,
  type CommandName,
  type EpochMs,
  type EventData,
  type EventType,
  refuse,
} from '../../../engine/plugin/index.ts'
import type { CallEvent } from '../call-note.ts'

/** A call as the engine has it. */
export interface ModelCall {
  readonly callId: string
  readonly number: string
  readonly isAttempt: boolean
  readonly arrivedAt: EpochMs
  state: 'arriving' | 'waiting' | 'talking' | 'over'
  place: EpochMs
  answeredAt: EpochMs | undefined
}

interface Contact {
  readonly callId: string
  readonly number: string
  readonly enqueuedAt: EpochMs
  isDialling: boolean
}

/** True when nobody waits in it any more. */
export function isSettled({ state }: ModelCall): boolean {
  return state === 'talking' || state === 'over'
}

/** An event on its way, with what it needs to come in order. */
export interface Told {
  readonly event: CallEvent
  readonly callId: string
  deliveries: number
  isDone: boolean
  isInHand: boolean
}

const queue = 'sales'

/**
 * An engine that keeps its contract with the plugin, and nothing more: it dials
 * each id once, forgets its contacts when it ends, and never waits.
 */
export class ModelEngine {
  readonly calls = new Map<string, ModelCall>()
  readonly contacts = new Map<string, Contact>()
  /** Survives the engine. */
  readonly dialled = new Map<string, string>()
  /** Places that were given to calls. */
  readonly given = new Map<string, EpochMs>()
  readonly events: Told[] = []
  isAway = false
  readonly #now: () => EpochMs
  readonly #sequences = new Map<string, number>()

  constructor(now: () => EpochMs) {
    this.#now = now
  }

  command<N extends CommandName>(name: N, input: CommandInput<N>) {
    if (this.isAway) {
      return refuse('notServed', 'the engine is away')
    }
    switch (name) {
      case 'callback.place':
        return this.#place(input as CommandInput<'callback.place'>)
      case 'callback.withdraw':
        return this.#withdraw(input as CommandInput<'callback.withdraw'>)
      case 'call.classify':
        return this.#classify(input as CommandInput<'call.classify'>)
      default:
        return refuse('notServed', 'not in this model')
    }
  }

  #place({ callId, number, enqueuedAt }: CommandInput<'callback.place'>) {
    const contact = this.contacts.get(callId)
    const call = this.calls.get(callId)
    if (call !== undefined && call.state !== 'over') {
      return { ok: true, state: 'reached', isNew: false } as const
    }
    if (contact !== undefined) {
      const state = contact.isDialling ? 'dialling' : 'waiting'
      return { ok: true, state, isNew: false } as const
    }
    if (this.dialled.has(callId)) {
      return { ok: true, state: 'spent', isNew: false } as const
    }
    this.contacts.set(callId, { callId, number, enqueuedAt, isDialling: false })
    return { ok: true, state: 'waiting', isNew: true } as const
  }

  #withdraw({ callId }: CommandInput<'callback.withdraw'>) {
    const contact = this.contacts.get(callId)
    const call = this.calls.get(callId)
    if (call !== undefined && call.state !== 'over') {
      return { ok: true, state: 'reached' } as const
    }
    if (contact === undefined) {
      return { ok: true, state: 'unknown' } as const
    }
    this.contacts.delete(callId)
    if (contact.isDialling) {
      this.#tell('call.dialEnded', callId, { outcome: 'withdrawn', cause: '', ringMs: 0 })
    }
    return { ok: true, state: 'withdrawn' } as const
  }

  #classify({ callId, enqueuedAt }: CommandInput<'call.classify'>) {
    const call = this.calls.get(callId)
    if (call === undefined || call.state === 'over') {
      return refuse('callUnknown', 'it is over')
    }
    if (call.state === 'talking') {
      return refuse('callNotWaiting', 'it talks')
    }
    if (enqueuedAt !== undefined) {
      call.place = enqueuedAt
      this.given.set(callId, enqueuedAt)
    }
    return { ok: true, isWaiting: call.state === 'waiting' } as const
  }

  /** The turn of a contact has come. */
  dial(callId: string): void {
    const contact = this.contacts.get(callId)
    if (contact === undefined || contact.isDialling) {
      return
    }
    const { number } = contact
    assert.ok(!this.dialled.has(callId), 'one id is dialled twice')
    for (const other of this.contacts.values()) {
      assert.ok(!(other.isDialling && other.number === number), 'a number is dialled twice at once')
    }
    for (const call of this.calls.values()) {
      const isReached = call.isAttempt && call.number === number && !isSettled(call)
      assert.ok(!isReached, 'a number is dialled that has been reached')
    }
    this.dialled.set(callId, number)
    contact.isDialling = true
    this.#tell('call.dialled', callId, { switch: 'fs1', number, origin: 'callback', queue })
  }

  /** What became of dialling. */
  endDial(callId: string, outcome: EventData<'call.dialEnded'>['outcome']): void {
    const contact = this.contacts.get(callId)
    if (contact?.isDialling !== true) {
      return
    }
    this.contacts.delete(callId)
    this.#tell('call.dialEnded', callId, { outcome, cause: '', ringMs: 5_000 })
    if (outcome === 'answered') {
      this.arrive(callId, contact.number, contact.enqueuedAt)
    }
  }

  /** A caller, or a customer who was reached, is on the line. */
  arrive(callId: string, callerNumber: string, place?: EpochMs): void {
    const now = this.#now()
    const isAttempt = place !== undefined
    this.calls.set(callId, {
      callId,
      number: callerNumber,
      isAttempt,
      arrivedAt: now,
      state: 'arriving',
      place: place ?? now,
      answeredAt: undefined,
    })
    this.#tell('call.arrived', callId, {
      switch: 'fs1',
      dialledNumber: '0800100200',
      callerNumber,
      callerName: '',
      ...(isAttempt && { origin: 'callback' as const }),
    })
  }

  queue(call: ModelCall): void {
    call.state = 'waiting'
    this.#tell('call.queued', call.callId, {
      ...this.#inQueue(),
      enqueuedAt: call.place,
      queueWaitMs: 0,
      priority: 0,
      isAdopted: false,
    })
  }

  pressKey(call: ModelCall): void {
    const key = { flow: 'waiting', name: 'choice', value: '1' }
    this.#tell('flow.collected', call.callId, key)
  }

  answer(call: ModelCall): void {
    call.state = 'talking'
    call.answeredAt = this.#now()
    this.#tell('call.answered', call.callId, {
      ...this.#inQueue(),
      agent: 'ann',
      offerId: `${call.callId}/offer`,
      ...this.#waited(call),
      isWithinThreshold: true,
    })
  }

  /** The end of a call, by what is usual in its state, or by a fault. */
  end(call: ModelCall, isFault: boolean, isTold = true): void {
    const { callId, state } = call
    call.state = 'over'
    if (!isTold) {
      return
    }
    if (isFault) {
      this.#tell('call.lost', callId, { ...this.#inQueue(), reason: 'switchRestarted' })
    } else if (state === 'talking') {
      this.#tell('call.completed', callId, {
        ...this.#inQueue(),
        agent: 'ann',
        waitMs: 0,
        talkMs: 1_000,
        holdMs: 0,
        endedBy: 'caller',
      })
    } else if (state === 'waiting') {
      const gone = { ...this.#inQueue(), ...this.#waited(call), wasRinging: false }
      this.#tell('call.abandoned', callId, gone)
    } else {
      const contained = { flow: 'reception', endedBy: 'caller', durationMs: 1_000 } as const
      this.#tell('call.contained', callId, contained)
    }
  }

  /** Ends the engine, and begins another that remembers only what is kept. */
  restart(isTold: (callId: string) => boolean, isLost: (callId: string) => boolean): void {
    for (const [callId, contact] of [...this.contacts]) {
      this.contacts.delete(callId)
      if (contact.isDialling && isTold(callId)) {
        this.#tell('call.dialEnded', callId, { outcome: 'unknown', cause: '', ringMs: 0 })
      }
    }
    for (const call of this.calls.values()) {
      if (call.state !== 'over' && isLost(call.callId)) {
        // Nobody may hear of the end of an attempt; of a caller's own call the next engine tells.
        this.end(call, true, !call.isAttempt || isTold(call.callId))
      }
    }
  }

  #inQueue() {
    return { queue, chargedTo: queue }
  }

  #waited(call: ModelCall) {
    const waitMs = Math.max(0, this.#now() - call.place)
    return { waitMs, queueWaitMs: waitMs }
  }

  #tell<T extends CallEvent['type'] & EventType>(
    type: T,
    callId: string,
    own: Omit<EventData<T>, 'tenant' | 'callId' | 'at'>,
  ): void {
    const at = this.#now()
    const sequence = (this.#sequences.get(callId) ?? 0) + 1
    this.#sequences.set(callId, sequence)
    const data = { tenant: 'acme', callId, at, ...own }
    const id = `${callId}.${sequence}`
    const event = { id, type, tenant: 'acme', subject: callId, sequence, at, data, attempt: 1 }
    this.events.push({
      // The type goes with its data, which the compiler cannot follow through `T`.
      event: event as unknown as CallEvent,
      callId,
      deliveries: 0,
      isDone: false,
      isInHand: false,
    })
  }
}
