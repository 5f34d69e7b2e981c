import { type Actor, createActor } from 'xstate'
import type { AgentId, CallId, EpochMs, LegId, QueueId } from '../catalogue/ids.ts'
import { activeLegs } from './call-context.ts'
import type { CallEffect, CallEvent, CallInput, Offer } from './call-event.ts'
import { callMachine } from './machine.ts'

/**
 * What a call is doing. `heldBack`: whoever classifies calls is waited for. `dialling`: the
 * agent is on the line, and the customer's phone rings. `cutOff`: its switch is away. `inFlow`: a flow talks to the caller. `leaving`: overflowed, and not gone yet. `agentStays`: the caller is
 * ours no more, and the agent's leg lives on. `gone`: over, for good or by a fault.
 */
export type CallState =
  | 'heldBack'
  | 'waiting'
  | 'dialling'
  | 'inFlow'
  | 'ringing'
  | 'talking'
  | 'cutOff'
  | 'leaving'
  | 'agentStays'
  | 'gone'

interface Legs {
  readonly standing: Offer | undefined
  readonly strays: readonly LegId[]
  readonly talkLeg: LegId | undefined
  readonly map: ReadonlyMap<LegId, AgentId | undefined>
}

const noLegs: Legs = { standing: undefined, strays: [], talkLeg: undefined, map: new Map() }

/** One call: its machine at work, and the effects it has had. */
export class LiveCall {
  readonly callId: CallId
  readonly #actor: Actor<typeof callMachine>
  #effects: CallEffect[] = []
  #fault: unknown
  #legs = noLegs

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

  /** The machine's first step. @returns its effects, in order */
  start(): readonly CallEffect[] {
    this.#actor.start()
    return this.#take()
  }

  /**
   * Tells the machine an event. One that it does not expect in its state changes nothing.
   *
   * @returns its effects, in order
   * @throws what a step threw: the call is over then, and its state `gone`
   */
  handle(event: CallEvent): readonly CallEffect[] {
    if (this.isOver) {
      return [{ type: 'ignore', event: event.type }]
    }
    this.#actor.send(event)
    return this.#take()
  }

  /** Nothing will change the call any more. */
  get isOver(): boolean {
    return this.#actor.getSnapshot().status !== 'active'
  }

  get state(): CallState {
    const { status, value, context } = this.#actor.getSnapshot()
    if (status !== 'active' || value === 'starting') {
      return 'gone'
    }
    if (value === 'flowCutOff') {
      return 'cutOff'
    }
    return value === 'waiting' && context.standing !== undefined ? 'ringing' : value
  }

  /** When the call wants to be told `timePassed`, if nothing happens before: a limit of its flow. */
  get nextWakeAt(): EpochMs | undefined {
    const { value, status, context } = this.#actor.getSnapshot()
    if (status === 'active' && value === 'heldBack') {
      return context.holdUntil
    }
    return status === 'active' && value === 'inFlow'
      ? (context.flow?.beginsAt ?? context.flow?.run.nextWakeAt())
      : undefined
  }

  /**
   * Agents' legs that may exist on the switch because of this call, and whose they
   * are where known. The same map as long as nothing changed in them.
   */
  get legs(): ReadonlyMap<LegId, AgentId | undefined> {
    const { standing, strays, talk } = this.#actor.getSnapshot().context
    const talkLeg = talk?.isAgentOn === true ? talk.legId : undefined
    const known = this.#legs
    if (known.standing !== standing || known.talkLeg !== talkLeg || known.strays !== strays) {
      const map = new Map<LegId, AgentId | undefined>(strays.map((legId) => [legId, undefined]))
      for (const { legId, agentId } of standing?.legs ?? []) {
        map.set(legId, agentId)
      }
      if (talk !== undefined && talkLeg !== undefined) {
        map.set(talkLeg, talk.agentId)
      }
      this.#legs = { standing, strays, talkLeg, map }
    }
    return this.#legs.map
  }

  /** The queue it is in, or was in last. */
  get queueId(): QueueId {
    return this.#actor.getSnapshot().context.queue.queueId
  }

  /** Its place. */
  get enqueuedAt(): EpochMs {
    return this.#actor.getSnapshot().context.enqueuedAt
  }

  /** Whether the agent's own leg is the one we command: the customer is the one who was offered. */
  get isAgentFirst(): boolean {
    return this.#actor.getSnapshot().context.origin === 'agentFirst'
  }

  /** Whether a leg shall live: it rings on an offer that counts, or talks. */
  wants(legId: LegId): boolean {
    const { value, context } = this.#actor.getSnapshot()
    const { talk } = context
    return (
      (value === 'talking' && talk?.isAgentOn === true && talk.legId === legId) ||
      activeLegs(context).some((leg) => leg.legId === legId)
    )
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
