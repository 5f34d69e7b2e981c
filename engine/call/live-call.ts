import { type Actor, createActor } from 'xstate'
import type { AgentId, CallId, EpochMs, LegId, QueueId } from '../catalogue/ids.ts'
import { activeLegs } from './call-context.ts'
import type { CallEffect, CallEvent, CallInput, Offer } from './call-event.ts'
import { callMachine } from './machine.ts'

/**
 * The state of a call.
 *
 * - `heldBack`: it is held back for its classification.
 * - `dialling`: the agent is on the line, and the customer's phone rings.
 * - `inFlow`: a flow talks to the caller.
 * - `cutOff`: its switch is disconnected.
 * - `leaving`: it was sent away, and the switch has not confirmed it yet.
 * - `agentStays`: the caller has left, and the agent's leg still exists.
 * - `gone`: over, normally or after an internal error.
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

/** One call: a running machine that turns events into effects. */
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
    // Without an observer, xstate rethrows an error of a step globally, which would end the process.
    this.#actor.subscribe({
      error: (error) => {
        this.#fault = error
      },
    })
  }

  /** Starts the machine. @returns the first effects, in order */
  start(): readonly CallEffect[] {
    this.#actor.start()
    return this.#take()
  }

  /**
   * Passes an event to the machine. An event that has no meaning in the present state changes
   * nothing and gives the effect `ignore`.
   *
   * @returns the effects, in order
   * @throws whatever a step threw: the call is over then, and its state is `gone`
   */
  handle(event: CallEvent): readonly CallEffect[] {
    if (this.isOver) {
      return [{ type: 'ignore', event: event.type }]
    }
    this.#actor.send(event)
    return this.#take()
  }

  /** Whether the call is over: no event has any effect from now on. */
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

  /**
   * When the call needs the event `timePassed`: the end of the hold, the delayed start of its flow
   * or the flow's next limit. Undefined: no deadline.
   */
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
   * Agents' legs that may exist on the switch because of this call, each with its agent if known.
   * The same map object is returned until the legs change.
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

  /** The queue it is in, or was last in. */
  get queueId(): QueueId {
    return this.#actor.getSnapshot().context.queue.queueId
  }

  /** Its place in the queue. */
  get enqueuedAt(): EpochMs {
    return this.#actor.getSnapshot().context.enqueuedAt
  }

  /**
   * Whether the agent was rung first: the call's channel is then the agent's, and the customer's
   * leg is the offered one.
   */
  get isAgentFirst(): boolean {
    return this.#actor.getSnapshot().context.origin === 'agentFirst'
  }

  /** Whether the call still needs a leg: it rings on a valid offer, or is in the conversation. */
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
