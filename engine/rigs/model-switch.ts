import type { CallId, EpochMs, LegId, SwitchId } from '../catalogue/ids.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type {
  CommandResult,
  LegSnapshot,
  Switch,
  SwitchCommand,
  SwitchObserver,
} from '../switch/switch.ts'
import { endedBy, hungUpBy } from './endings.ts'
import {
  changeMarks,
  channelOf,
  type ModelCaller,
  type ModelDial,
  type ModelLeg,
  type OfferCommand,
} from './model-legs.ts'

/** An event without the fields that every event has. */
type EventBody = SwitchEvent extends infer E
  ? E extends SwitchEvent
    ? Omit<E, 'switchId' | 'at'>
    : never
  : never

export type { ModelCaller, ModelDial, ModelLeg }

type DialCommand = Extract<SwitchCommand, { type: 'dial' }>

interface Request {
  execute(): void
  /** Answers the request without carrying it out. */
  refuse(result: Extract<CommandResult, { ok: false }>): void
}

/**
 * A switch that does nothing by itself: a test decides which of the possible steps
 * happens next, and when the switch's events and replies reach the engine. What
 * follows from a step, and in which order it is reported, is as in the recorded traces.
 */
export class ModelSwitch implements Switch {
  readonly id = 'model' as SwitchId
  readonly callers = new Map<CallId, ModelCaller>()
  readonly legs = new Map<LegId, ModelLeg>()
  readonly dials = new Map<LegId, ModelDial>()
  isConnected: boolean = false
  readonly #now: () => EpochMs
  readonly #onCommand: (command: SwitchCommand) => void
  #observer: SwitchObserver | undefined
  #requests: Request[] = []
  #events: SwitchEvent[] = []
  #replies: { deliver(): void; lose(): void }[] = []
  #arrivals = 0

  constructor(now: () => EpochMs, onCommand: (command: SwitchCommand) => void) {
    this.#now = now
    this.#onCommand = onCommand
  }

  // What the engine sees

  start(observer: SwitchObserver): void {
    this.#observer = observer
  }

  stop(): Promise<void> {
    this.disconnect()
    return Promise.resolve()
  }

  send(command: SwitchCommand, done: (result: CommandResult) => void = () => undefined): void {
    this.#onCommand(command)
    const reply = (result: CommandResult) => {
      this.#replies.push({ deliver: () => done(result), lose: () => done(lost) })
    }
    if (this.isConnected) {
      this.#requests.push({ execute: () => this.#carryOut(command, reply), refuse: reply })
    } else {
      reply(lost)
    }
  }

  snapshot(
    alsoLegs: Iterable<LegId>,
    isKnown: (legId: LegId) => boolean = () => false,
  ): Promise<readonly LegSnapshot[]> {
    const also = new Set(alsoLegs)
    return new Promise((resolve, reject) => {
      const lose = () => reject(new Error('closed'))
      this.#requests.push({
        execute: () => {
          const legs = this.#listLegs(also).filter(
            ({ legId }) => also.has(legId) || !isKnown(legId),
          )
          this.#replies.push({ deliver: () => resolve(legs), lose })
        },
        refuse: lose,
      })
    })
  }

  // What a test controls

  get canExecute(): boolean {
    return this.#requests.length > 0
  }

  get hasEvent(): boolean {
    return this.isConnected && this.#events.length > 0
  }

  get hasReply(): boolean {
    return this.#replies.length > 0
  }

  connect(): void {
    this.isConnected = true
    this.#observer?.connected()
  }

  /** Undelivered events are lost and open requests are not carried out. Phones that ring keep ringing. */
  disconnect(): void {
    for (const dial of this.dials.values()) {
      dial.reply?.(lost)
      dial.reply = undefined
    }
    const requests = this.#requests
    const replies = this.#replies
    this.isConnected = false
    this.#requests = []
    this.#replies = []
    this.#events = []
    this.#observer?.disconnected(new Error('closed'))
    for (const { refuse } of requests) {
      refuse(lost)
    }
    for (const { lose } of replies) {
      lose()
    }
  }

  execute(): void {
    this.#requests.shift()?.execute()
  }

  /** Answers the oldest request without carrying it out. */
  refuse(reason: 'refused' | 'timeout'): void {
    this.#requests.shift()?.refuse({ ok: false, reason, message: '-ERR' })
  }

  deliverEvent(): void {
    const event = this.#events.shift()
    if (event !== undefined) {
      this.#observer?.event(event)
    }
  }

  deliverReply(): void {
    this.#replies.shift()?.deliver()
  }

  arrive(dialledNumber: string): void {
    this.#arrivals += 1
    this.#enter(`caller-${this.#arrivals}` as CallId, dialledNumber, {})
  }

  #enter(callId: CallId, dialledNumber: string, marks: ModelCaller['marks']): void {
    const caller: ModelCaller = {
      callId,
      dialledNumber,
      isParked: false,
      activity: 'other',
      marks,
      bridge: undefined,
      queued: [],
      prompts: [],
    }
    this.callers.set(callId, caller)
    this.#park(caller)
  }

  /** The switch creates the channel of a call it dials: from now on it can be hung up. */
  ringDial(dial: ModelDial): void {
    dial.phase = 'ringing'
  }

  /** The customer answers. */
  answerDial({ legId, marks, reply }: ModelDial): void {
    this.dials.delete(legId)
    reply?.({ ok: true })
    this.#enter(legId as unknown as CallId, marks.customerNumber ?? '', marks)
  }

  /** The dial ends without an answer, by the customer, the network or a command. */
  failDial({ legId, phase, reply }: ModelDial, cause: string): void {
    this.dials.delete(legId)
    reply?.(notReached(cause))
    if (phase === 'ringing') {
      this.#report({ type: 'legHungUp', legId, ...hungUpBy(cause) })
    }
  }

  #park(caller: ModelCaller): void {
    caller.isParked = true
    caller.activity = 'parked'
    this.#report({ type: 'callParked', callId: caller.callId, channel: channelOf(caller) })
  }

  ring(leg: ModelLeg): void {
    leg.phase = 'ringing'
  }

  answer(leg: ModelLeg): void {
    leg.phase = 'answered'
    this.#report({ type: 'legAnswered', legId: leg.legId, callId: leg.caller.callId })
  }

  join(leg: ModelLeg): void {
    leg.phase = 'joined'
    this.#report({ type: 'legsJoined', callId: leg.caller.callId, agentLegId: leg.legId })
    for (const loser of leg.caller.bridge?.legs.filter((other) => other !== leg) ?? []) {
      this.#dropLeg(loser, 'LOSE_RACE')
    }
  }

  hold(leg: ModelLeg, isHeld: boolean): void {
    this.#report({ type: isHeld ? 'legHeld' : 'legUnheld', legId: leg.legId })
  }

  /** The agent, the phone or a command ends the leg. */
  endLeg(leg: ModelLeg, cause: string): void {
    const { caller, phase } = leg
    const { callId, bridge } = caller
    if (phase === 'joined') {
      this.#report({ type: 'legsParted', callId, agentLegId: leg.legId, isCallerGone: false })
      this.#endBridge(caller, 'SUCCESS', false)
      this.#dropLeg(leg, cause)
      return
    }
    this.#dropLeg(leg, cause)
    if (bridge?.legs.length === 0) {
      // Answered and gone before the join: the originate itself was a success.
      const isAnswered = phase === 'answered'
      this.#endBridge(caller, isAnswered ? 'SUCCESS' : cause, false, isAnswered)
    }
  }

  /** The innermost prompt ends, with these keys if any. */
  endPrompt(caller: ModelCaller, keys = ''): void {
    const prompt = caller.prompts.pop()
    if (prompt !== undefined) {
      const { callId, promptId } = prompt
      this.#report(
        prompt.type === 'askDigits'
          ? { type: 'digitsCollected', callId, promptId, digits: keys }
          : { type: 'promptEnded', callId, promptId, outcome: 'played', key: keys[0] },
      )
    }
  }

  /** The caller, or a command, ends the caller's leg. */
  endCaller(caller: ModelCaller, cause: string): void {
    const { callId } = caller
    this.#endOffer(caller, true)
    this.callers.delete(callId)
    this.#report({ type: 'legHungUp', legId: callId, ...hungUpBy(cause) })
  }

  /** The dialplan takes the caller away, for whatever reason. */
  transfer(caller: ModelCaller, dialledNumber: string, parksAgain: boolean): void {
    const { callId, isParked } = caller
    caller.dialledNumber = dialledNumber
    caller.activity = 'other'
    caller.queued = []
    caller.prompts = []
    this.#endOffer(caller, false)
    caller.isParked = false
    if (isParked) {
      this.#report({ type: 'callUnparked', callId })
    }
    if (parksAgain) {
      caller.marks = { ...caller.marks, queue: dialledNumber }
      this.#park(caller)
    }
  }

  /** Ends the bridge of a caller who leaves. */
  #endOffer(caller: ModelCaller, isCallerGone: boolean): void {
    const { callId, bridge } = caller
    if (bridge === undefined) {
      return
    }
    const joined = bridge.legs.find(({ phase }) => phase === 'joined')
    if (joined !== undefined) {
      this.#dropLeg(joined, 'NORMAL_CLEARING')
      this.#report({ type: 'legsParted', callId, agentLegId: joined.legId, isCallerGone })
      this.#endBridge(caller, 'SUCCESS', isCallerGone, !isCallerGone)
      return
    }
    const isAnswered = bridge.legs.some(({ phase }) => phase === 'answered')
    this.#endBridge(caller, isAnswered ? 'SUCCESS' : 'ORIGINATOR_CANCEL', isCallerGone)
    for (const leg of [...bridge.legs]) {
      this.#dropLeg(leg, 'ORIGINATOR_CANCEL')
    }
  }

  #endBridge(
    caller: ModelCaller,
    cause: string,
    isCallerGone: boolean,
    isTransferred = false,
  ): void {
    const { callId, bridge } = caller
    if (bridge === undefined) {
      return
    }
    const { offerId } = bridge
    caller.bridge = undefined
    const end = { ...endedBy(cause), isCallerGone, isTransferred }
    this.#report({ type: 'offerEnded', callId, offerId, ...end })
    const next = isCallerGone ? undefined : caller.queued.shift()
    if (next !== undefined) {
      this.#startBridge(caller, next)
    }
  }

  #dropLeg(leg: ModelLeg, cause: string): void {
    this.legs.delete(leg.legId)
    const { bridge } = leg.caller
    bridge?.legs.splice(bridge.legs.indexOf(leg), bridge.legs.includes(leg) ? 1 : 0)
    if (leg.phase !== 'dialling') {
      this.#report({ type: 'legHungUp', legId: leg.legId, ...hungUpBy(cause) })
    }
  }

  // Commands

  #carryOut(command: SwitchCommand, reply: (result: CommandResult) => void): void {
    if (command.type === 'dial') {
      this.#dial(command, reply)
      return
    }
    const dial = command.type === 'hangUp' ? this.dials.get(command.legId) : undefined
    reply(this.#execute(command))
    if (command.type === 'hangUp' && dial?.phase === 'ringing') {
      this.failDial(dial, command.cause)
    }
  }

  #dial({ legId, marks }: DialCommand, reply: (result: CommandResult) => void): void {
    if (this.dials.has(legId) || this.callers.has(legId as unknown as CallId)) {
      reply(notReached('DESTINATION_OUT_OF_ORDER'))
    } else {
      this.dials.set(legId, { legId, marks: changeMarks({}, marks), phase: 'dialling', reply })
    }
  }

  #execute(command: Exclude<SwitchCommand, DialCommand>): CommandResult {
    const legId = 'legId' in command ? command.legId : command.callId
    const caller = this.callers.get(legId as CallId)
    const leg = this.legs.get(legId)
    if (leg !== undefined && leg.phase !== 'dialling') {
      if (command.type !== 'seekLeg') {
        this.endLeg(leg, 'ORIGINATOR_CANCEL')
      }
      return { ok: true }
    }
    if (caller === undefined) {
      return this.dials.get(legId)?.phase === 'ringing' ? { ok: true } : noSuchLeg
    }
    switch (command.type) {
      case 'takeCall':
      case 'markCall':
        caller.marks = changeMarks(caller.marks, command.marks)
        break
      case 'seekLeg':
        break
      case 'playMusic':
        caller.activity = 'playing'
        break
      case 'offer':
        if (caller.bridge === undefined) {
          this.#startBridge(caller, command)
        } else {
          caller.queued.push(command)
        }
        break
      case 'hangUp':
        this.endCaller(caller, command.cause)
        break
      case 'transfer':
        this.transfer(caller, command.extension, false)
        break
      case 'playPrompt':
      case 'askDigits':
      case 'recordCaller':
        caller.prompts.push(command)
        caller.activity = command.type === 'askDigits' ? 'prompting' : 'playing'
        break
      case 'stopPrompt':
        this.endPrompt(caller)
        break
      case 'endRecording':
        break
    }
    return { ok: true }
  }

  #startBridge(caller: ModelCaller, { offerId, tenant, legs }: OfferCommand): void {
    caller.activity = 'bridging'
    const started = legs.map(
      ({ legId, agentId }): ModelLeg => ({ legId, agentId, tenant, caller, phase: 'dialling' }),
    )
    caller.bridge = { offerId, legs: started }
    for (const leg of started) {
      this.legs.set(leg.legId, leg)
    }
  }

  #listLegs(also: ReadonlySet<LegId>): readonly LegSnapshot[] {
    const callers = [...this.callers.values()].map((caller): LegSnapshot => {
      const joined = caller.bridge?.legs.find(({ phase }) => phase === 'joined')
      return {
        legId: caller.callId,
        joinedTo: joined?.legId,
        isAnswered: true,
        caller: channelOf(caller),
        agentLeg: undefined,
        activity: caller.activity,
      }
    })
    const legs = [...this.legs.values()].filter(({ phase }) => phase !== 'dialling')
    const dials = [...this.dials.values()].filter(({ phase }) => phase === 'ringing')
    return [
      ...callers,
      ...dials.map(
        ({ legId, marks }): LegSnapshot => ({
          legId,
          joinedTo: undefined,
          isAnswered: false,
          caller: channelOf({ dialledNumber: marks.customerNumber ?? '', marks }),
          agentLeg: undefined,
          activity: 'other',
        }),
      ),
      ...legs.map(
        ({ legId, agentId, tenant, caller, phase }): LegSnapshot => ({
          legId,
          joinedTo: phase === 'joined' ? caller.callId : undefined,
          isAnswered: phase !== 'ringing',
          caller: undefined,
          agentLeg: { callId: caller.callId, agentId, tenant },
          activity: 'other',
        }),
      ),
    ].filter(({ legId, caller, agentLeg }) => also.has(legId) || (caller ?? agentLeg))
  }

  #report(event: EventBody): void {
    if (this.isConnected) {
      this.#events.push({ ...event, switchId: this.id, at: this.#now() } as SwitchEvent)
    }
  }
}

const lost = { ok: false, reason: 'disconnected', message: 'closed' } as const
const noSuchLeg = { ok: false, reason: 'noSuchLeg', message: '-ERR No such channel!' } as const
const notReached = (cause: string): CommandResult => {
  const { outcome } = endedBy(cause)
  return { ok: false, reason: 'refused', message: cause, outcome }
}
