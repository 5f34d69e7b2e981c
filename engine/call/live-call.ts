import { type Actor, createActor } from 'xstate'
import type { CallId } from '../core/ids.ts'
import type { CallEffect, CallEvent, CallInput } from './call-event.ts'
import { callMachine } from './machine.ts'

/** One call: its machine at work, and the wishes it made. */
export class LiveCall {
  readonly callId: CallId
  readonly #actor: Actor<typeof callMachine>
  #effects: CallEffect[] = []
  #fault: unknown

  constructor(input: CallInput) {
    this.callId = input.callId
    this.#actor = createActor(callMachine, { input })
    this.#actor.on('*', (effect) => this.#effects.push(effect))
    // Without an observer a fault in a step would end the process.
    this.#actor.subscribe({
      error: (error) => {
        this.#fault = error
      },
    })
  }

  /** The machine's first step. @returns its wishes, in order */
  start(): readonly CallEffect[] {
    this.#actor.start()
    return this.#take()
  }

  /** Tells the machine a fact. One it does not expect in its state changes nothing. @returns its wishes, in order */
  tell(event: CallEvent): readonly CallEffect[] {
    this.#actor.send(event)
    return this.#take()
  }

  /** The call is no longer ours: nothing will change it any more. */
  get isOver(): boolean {
    return this.#actor.getSnapshot().status !== 'active'
  }

  get state(): 'waiting' | 'ringing' | 'talking' | 'gone' {
    const snapshot = this.#actor.getSnapshot()
    if (snapshot.matches('waiting')) {
      return snapshot.context.standing === undefined ? 'waiting' : 'ringing'
    }
    return snapshot.matches('talking') ? 'talking' : 'gone'
  }

  #take(): readonly CallEffect[] {
    if (this.#fault !== undefined) {
      throw this.#fault
    }
    const effects = this.#effects
    this.#effects = []
    return effects
  }
}
