import type { EngineEvent } from '../bus/events.ts'
import type { CallEffect, CallEvent, FoundCall } from '../call/call-event.ts'
import type { Clock, Timer } from '../clock.ts'
import { Acd } from '../core/acd.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import type { CallId, EpochMs, QueueId } from '../core/ids.ts'
import type { Logger } from '../log.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { Switch } from '../switch/switch.ts'
import { createHandle, isWhereTaken } from './arrival.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import { Commands } from './commands.ts'
import type { TenantSettings } from './settings.ts'
import { agentEvent, callOffer, callOverflow, callQueue } from './translation.ts'

/** What the runtime counts of a tenant beside the events it publishes. */
export interface TenantMeter {
  /** A fact that meant nothing to its call; some are normal in races. */
  factIgnored(tenant: string, fact: string): void
  /** An exception where there must be none. */
  faulted(tenant: string): void
}

export interface TenantPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: TenantMeter
  /** A new random UUID. */
  newId(): string
  /** Takes an event for publication, after the hot path. `key` and `sequence` are unique together. */
  publish(event: EngineEvent, tenant: string, key: string, sequence: number): void
}

type Work =
  | { readonly type: 'fact'; readonly handle: CallHandle; readonly event: CallEvent }
  | { readonly type: 'wish'; readonly handle: CallHandle; readonly effect: CallEffect }
  | { readonly type: 'tell'; readonly event: AcdEvent }

/**
 * One tenant at work: facts go in, machines and the core decide, and their
 * wishes are carried out, all in one turn and in order. One timer serves all
 * deadlines.
 */
export class Tenant {
  readonly settings: TenantSettings
  readonly acd: Acd
  readonly #ports: TenantPorts
  readonly #calls: CallRegistry
  readonly #commands: Commands
  readonly #doubt: (link: Switch) => void
  readonly #work: Work[] = []
  /** The instant of this turn: within it no deadline passes unseen by machine and core alike. */
  #at: EpochMs
  #timer: { readonly at: EpochMs; readonly timer: Timer } | undefined
  #isStopped = false
  #lives = 0
  #agentSequence = 0
  readonly #agentKey: string

  /** @param doubt called with a switch that did not answer: its truth must be read */
  constructor(
    settings: TenantSettings,
    calls: CallRegistry,
    ports: TenantPorts,
    doubt: (link: Switch) => void,
  ) {
    const { clock, log, newId } = ports
    this.settings = settings
    this.#calls = calls
    this.#doubt = doubt
    this.#ports = ports
    this.#commands = new Commands({
      clock,
      log,
      tenant: settings.tenantId,
      tell: (handle, event) => this.tell(handle, event),
      doubt,
    })
    this.#agentKey = newId()
    this.#at = clock.now()
    this.acd = new Acd(
      {
        queues: [...settings.queues.values()].map((queue) => queue.settings),
        agents: [...settings.agents.values()].map((agent) => agent.settings),
        fairAfterMs: 600_000,
        occupancyWindowMs: 1_800_000,
        seed: 1,
        recordEvery: 0,
      },
      this.#at,
    )
  }

  get id(): string {
    return this.settings.tenantId
  }

  /**
   * A caller for one of our queues.
   *
   * @param found what the call was doing, for one that was found on the switch
   * @returns undefined where no queue takes it
   */
  accept(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found?: FoundCall,
  ): CallHandle | undefined {
    this.#begin()
    const at = this.#at
    const { tenantId: tenant } = this.settings
    const { dialledNumber, callerNumber, callerName } = channel
    this.#lives += 1
    const key = `${callId}.${at.toString(36)}.${this.#lives}`
    const about = { tenant, callId, at }
    // One that an engine has taken has been announced by it.
    if (found === undefined || channel.enqueuedAt === undefined) {
      const data = { ...about, switch: home.id, dialledNumber, callerNumber, callerName }
      this.#publish({ type: 'call.arrived', data }, key, 1)
    }
    const named = (isWhereTaken(channel, found) ? channel.inQueue : undefined) ?? channel.queue
    const queueId = (named as QueueId | undefined) ?? this.settings.findQueue(dialledNumber)
    const queue = queueId === undefined ? undefined : callQueue(this.settings, queueId)
    if (queue === undefined) {
      const reason = named === undefined ? 'noRoute' : 'unknownQueue'
      this.#publish({ type: 'call.rejected', data: { ...about, reason } }, key, 2)
      return undefined
    }
    const arrival = { tenant: this, callId, home, channel, queue, found, key, at }
    const handle = createHandle(arrival)
    this.#wish(handle, handle.call.start())
    this.#calls.add(handle)
    this.#run()
    return handle
  }

  /** Tells a call of this tenant a fact, and carries out what follows. */
  tell(handle: CallHandle, event: CallEvent): void {
    this.#begin()
    this.#work.push({ type: 'fact', handle, event })
    this.#run()
  }

  /** Tells the core a fact about an agent. */
  tellAcd(event: AcdEvent): void {
    this.#begin()
    this.#work.push({ type: 'tell', event })
    this.#run()
  }

  /** Lets no deadline pass any more, and repeats no command. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.timer.cancel()
    this.#timer = undefined
    this.#commands.stop()
  }

  /** Deadlines that have passed count, with all that follows, before what has just happened. */
  #begin(): void {
    this.#at = this.#ports.clock.now()
    const wakeAt = this.acd.nextWakeAt()
    if (wakeAt !== undefined && wakeAt <= this.#at) {
      this.#work.push({ type: 'tell', event: { type: 'timePassed' } })
      this.#run()
    }
  }

  #run(): void {
    for (let work = this.#work.shift(); work !== undefined; work = this.#work.shift()) {
      this.#attempt(work)
    }
    this.#arm()
  }

  /** A fault in one call's work must not take the others' with it. */
  #attempt(work: Work): void {
    try {
      this.#do(work)
    } catch (error) {
      const { log, meter } = this.#ports
      meter.faulted(this.id)
      log.error({ tenant: this.id, work: work.type, err: error }, 'a fault of the engine')
      if (work.type === 'fact') {
        this.#lose(work.handle)
      }
    }
  }

  /** A call whose machine is broken ends here: nobody shall wait for it. */
  #lose(handle: CallHandle): void {
    const { callId, home, legs } = handle
    const legIds = [callId, ...legs.keys()]
    this.#calls.update(handle)
    handle.sequence += 1
    const about = { tenant: this.id, callId, at: this.#at }
    const ended: EngineEvent = { type: 'call.lost', data: { ...about, reason: 'fault' } }
    this.#publish(ended, handle.key, handle.sequence)
    this.#work.push({ type: 'tell', event: { type: 'callLeft', callId } })
    for (const agentId of legs.values()) {
      if (agentId !== undefined) {
        this.#work.push({ type: 'tell', event: { type: 'talkEnded', agentId } })
      }
    }
    for (const legId of legIds) {
      home.send({ type: 'hangUp', legId, cause: 'NORMAL_TEMPORARY_FAILURE' })
    }
  }

  #do(work: Work): void {
    switch (work.type) {
      case 'fact': {
        const { handle, event } = work
        this.#wish(handle, handle.call.tell(event))
        // Of one whose switch is away nothing new can be on its way there.
        if (handle.call.state !== 'cutOff') {
          handle.changedAt = this.#at
        }
        this.#calls.update(handle)
        break
      }
      case 'wish':
        this.#carryOut(work.handle, work.effect)
        break
      case 'tell':
        this.#tellCore(work.event)
        break
    }
  }

  #wish(handle: CallHandle, effects: readonly CallEffect[]): void {
    for (const effect of effects) {
      this.#work.push({ type: 'wish', handle, effect })
    }
  }

  #carryOut(handle: CallHandle, effect: CallEffect): void {
    switch (effect.type) {
      case 'send':
        this.#commands.send(handle, effect.command)
        break
      case 'tell':
        this.#tellCore(effect.event)
        break
      case 'publish':
        handle.sequence += 1
        this.#publish(effect.event, handle.key, handle.sequence)
        break
      case 'doubt':
        this.#doubt(handle.home)
        break
      case 'ignore':
        this.#ports.meter.factIgnored(this.id, effect.fact)
        break
    }
  }

  #publish(event: EngineEvent, key: string, sequence: number): void {
    this.#ports.publish(event, this.id, key, sequence)
  }

  // The core

  #tellCore(event: AcdEvent): void {
    const { clock } = this.#ports
    const startedAt = clock.microseconds()
    const effects = this.acd.handle(event, this.#at)
    const matchUs = clock.microseconds() - startedAt
    for (const effect of effects) {
      if (effect.type === 'agentChanged') {
        this.#agentSequence += 1
        this.#publish(
          agentEvent(this.settings, effect, this.#at),
          this.#agentKey,
          this.#agentSequence,
        )
      } else if (effect.type !== 'scorerFailed' && effect.type !== 'actionDue') {
        this.#tellCall(effect, matchUs)
      }
      if (effect.type === 'withdraw' && effect.reason === 'expired') {
        this.#doubtLease(effect.callId)
      }
    }
    if (event.type === 'callQueued' || event.type === 'offerFailed') {
      this.#letWait(event.callId)
    }
  }

  /** The switch ends an offer before its lease runs out: its word was lost, or is late. */
  #doubtLease(callId: CallId): void {
    const handle = this.#calls.get(callId)
    if (handle !== undefined) {
      this.#doubt(handle.home)
    }
  }

  #letWait(callId: CallId): void {
    const handle = this.#calls.get(callId)
    if (handle !== undefined && this.acd.isUnserved(callId)) {
      this.#fact(handle, { type: 'notOffered', at: this.#at })
    }
  }

  #tellCall(
    effect: Extract<AcdEffect, { type: 'offer' | 'withdraw' | 'overflow' }>,
    matchUs: number,
  ): void {
    const handle = this.#calls.get(effect.callId)
    const at = this.#at
    if (handle === undefined) {
      return
    }
    switch (effect.type) {
      case 'offer': {
        const offer = callOffer(this.settings, effect, this.#ports.newId, matchUs)
        this.#fact(handle, { type: 'offered', offer, at })
        break
      }
      case 'withdraw': {
        const { agentId, reason } = effect
        this.#fact(handle, { type: 'withdrawn', agentId, reason, at })
        break
      }
      case 'overflow': {
        const overflow = callOverflow(this.settings, effect.queueId)
        this.#fact(handle, { type: 'maxWaitReached', overflow, at })
        break
      }
    }
  }

  #fact(handle: CallHandle, event: CallEvent): void {
    this.#work.push({ type: 'fact', handle, event })
  }

  /** One timer for all deadlines, set anew only when something comes earlier. */
  #arm(): void {
    const at = this.acd.nextWakeAt()
    if (
      at === undefined ||
      this.#isStopped ||
      (this.#timer !== undefined && this.#timer.at <= at)
    ) {
      return
    }
    this.#timer?.timer.cancel()
    const timer = this.#ports.clock.setTimer(at - this.#ports.clock.now(), () => {
      this.#timer = undefined
      this.tellAcd({ type: 'timePassed' })
    })
    this.#timer = { at, timer }
  }
}
