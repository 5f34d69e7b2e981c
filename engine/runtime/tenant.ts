import type { EngineEvent } from '../bus/events.ts'
import type { CallEffect, CallEvent, CallQueue, FoundCall, Overflow } from '../call/call-event.ts'
import { LiveCall } from '../call/live-call.ts'
import type { Clock, Timer } from '../clock.ts'
import { Acd } from '../core/acd.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import type { CallId, EpochMs, LegId, OfferId, QueueId } from '../core/ids.ts'
import type { Logger } from '../log.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CommandResult, Switch, SwitchCommand } from '../switch/switch.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { TenantSettings } from './settings.ts'

/** What the runtime counts of a tenant beside the events it publishes. */
export interface TenantMeter {
  /** One decision of the core that chose an agent. */
  matched(tenant: string, queue: string, microseconds: number): void
  leaseExpired(tenant: string): void
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

/** How often a hang-up of a leg that is not there yet is tried again. */
const hangUpAgainMs = [250, 1_000, 3_000]

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
  readonly #work: Work[] = []
  #timer: { readonly at: EpochMs; readonly timer: Timer } | undefined
  #agentSequence = 0
  readonly #agentKey: string

  constructor(settings: TenantSettings, calls: CallRegistry, ports: TenantPorts) {
    this.settings = settings
    this.#calls = calls
    this.#ports = ports
    this.#agentKey = ports.newId()
    this.acd = new Acd(
      {
        queues: [...settings.queues.values()].map((queue) => queue.settings),
        agents: [...settings.agents.values()].map((agent) => agent.settings),
      },
      ports.clock.now(),
    )
  }

  get id(): string {
    return this.settings.tenantId
  }

  /** A caller for one of our queues. @returns undefined where no queue takes it */
  accept(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found?: FoundCall,
  ): CallHandle | undefined {
    const at = this.#ports.clock.now()
    const key = `${callId}.${at.toString(36)}`
    const queueId =
      channel.queue === undefined
        ? this.settings.findQueue(channel.dialledNumber)
        : (channel.queue as QueueId)
    const queue = queueId === undefined ? undefined : this.#queue(queueId)
    const { tenantId: tenant } = this.settings
    const { dialledNumber, callerNumber, callerName, wayOutTask } = channel
    const about = { tenant, callId, at }
    if (found === undefined) {
      const data = { ...about, switch: home.id, dialledNumber, callerNumber, callerName }
      this.#ports.publish({ type: 'call.arrived', data }, tenant, key, 1)
    }
    if (queue === undefined && found !== undefined) {
      return undefined
    }
    if (queue === undefined) {
      const reason = channel.queue === undefined ? 'noRoute' : 'unknownQueue'
      this.#ports.publish({ type: 'call.rejected', data: { ...about, reason } }, tenant, key, 2)
      return undefined
    }
    const call = new LiveCall({
      tenant,
      callId,
      queue,
      enqueuedAt: Math.min(channel.enqueuedAt ?? at, at),
      priority: channel.priority ?? 0,
      wayOutTask,
      found,
      at,
    })
    const handle: CallHandle = {
      callId,
      tenant: this,
      home,
      call,
      key,
      bornAt: at,
      isAdopted: found !== undefined,
      sequence: 1,
      legs: new Map(),
      version: 0,
    }
    this.#calls.add(handle)
    if (found?.talk !== undefined) {
      this.#calls.setLegs(handle, new Map([[found.talk.legId, found.talk.agentId]]))
    }
    this.#wish(handle, call.start())
    this.#run()
    return handle
  }

  /** Tells a call of this tenant a fact, and carries out what follows. */
  tell(handle: CallHandle, event: CallEvent): void {
    // Deadlines that have passed count before what has just happened.
    this.#passTime()
    this.#work.push({ type: 'fact', handle, event })
    this.#run()
  }

  /** Tells the core a fact about an agent. */
  tellAcd(event: AcdEvent): void {
    this.#work.push({ type: 'tell', event })
    this.#run()
  }

  stop(): void {
    this.#timer?.timer.cancel()
    this.#timer = undefined
  }

  #passTime(): void {
    const wakeAt = this.acd.nextWakeAt()
    if (wakeAt !== undefined && wakeAt <= this.#ports.clock.now()) {
      this.#work.push({ type: 'tell', event: { type: 'timePassed' } })
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
      this.#ports.meter.faulted(this.id)
      this.#ports.log.error(
        { tenant: this.id, work: work.type, err: error },
        'a fault of the engine',
      )
    }
  }

  #do(work: Work): void {
    switch (work.type) {
      case 'fact':
        this.#wish(work.handle, work.handle.call.tell(work.event))
        work.handle.version += 1
        if (work.handle.call.isOver || work.handle.call.state === 'gone') {
          this.#calls.release(work.handle)
        }
        break
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
        this.#send(handle, effect.command)
        break
      case 'tell':
        this.#work.push({ type: 'tell', event: effect.event })
        break
      case 'publish':
        handle.sequence += 1
        this.#ports.publish(effect.event, this.id, handle.key, handle.sequence)
        break
      case 'ignore':
        this.#ports.meter.factIgnored(this.id, effect.fact)
        break
    }
  }

  // Commands

  #send(handle: CallHandle, command: SwitchCommand, attempt = 0): void {
    handle.home.send(command, (result) => {
      if (!result.ok) {
        this.#answerFailed(handle, command, result, attempt)
      }
    })
  }

  #answerFailed(
    handle: CallHandle,
    command: SwitchCommand,
    result: Extract<CommandResult, { ok: false }>,
    attempt: number,
  ): void {
    const at = this.#ports.clock.now()
    const { reason, message } = result
    if (reason === 'noSuchLeg' && command.type === 'hangUp' && command.legId !== handle.callId) {
      // The leg of an offer just begun: it may come to be after all.
      const again = hangUpAgainMs[attempt]
      if (again !== undefined) {
        this.#ports.clock.setTimer(again, () => this.#send(handle, command, attempt + 1))
      }
      return
    }
    if (reason === 'noSuchLeg') {
      this.tell(handle, { type: 'callerGone', cause: 'NO_SUCH_CHANNEL', at })
      return
    }
    this.#ports.log.warn(
      { tenant: this.id, callId: handle.callId, command: command.type, reason, answer: message },
      'the switch did not carry out a command',
    )
    // Unanswered is not refused: the switch may have done it. The lease and the next resync tell.
    if (reason !== 'refused') {
      return
    }
    if (command.type === 'offer') {
      this.tell(handle, { type: 'offerRefused', offerId: command.offerId, cause: message, at })
    } else if (command.type === 'transfer') {
      this.#send(handle, {
        type: 'hangUp',
        legId: handle.callId,
        cause: 'NORMAL_TEMPORARY_FAILURE',
      })
    }
  }

  // The core

  #tellCore(event: AcdEvent): void {
    const { clock, meter } = this.#ports
    const startedAt = clock.microseconds()
    const effects = this.acd.handle(event, clock.now())
    const matchUs = clock.microseconds() - startedAt
    for (const effect of effects) {
      if (effect.type === 'offer') {
        meter.matched(this.id, effect.queueId, matchUs)
      }
      this.#carryOutAcd(effect, matchUs)
    }
    if (event.type === 'callQueued' || event.type === 'offerFailed') {
      this.#letWait(event.callId)
    }
  }

  #letWait(callId: CallId): void {
    const handle = this.#calls.get(callId)
    if (handle !== undefined && this.acd.isUnserved(callId)) {
      const at = this.#ports.clock.now()
      this.#work.push({ type: 'fact', handle, event: { type: 'notOffered', at } })
    }
  }

  #carryOutAcd(effect: AcdEffect, matchUs: number): void {
    const at = this.#ports.clock.now()
    if (effect.type === 'agentChanged') {
      this.#publishAgent(effect, at)
      return
    }
    if (effect.type === 'withdraw' && effect.reason === 'expired') {
      this.#ports.meter.leaseExpired(this.id)
    }
    const handle = this.#calls.get(effect.callId)
    if (handle === undefined) {
      return
    }
    switch (effect.type) {
      case 'offer':
        this.#offer(handle, effect, matchUs, at)
        break
      case 'withdraw': {
        const { agentId, reason } = effect
        const event = { type: 'withdrawn', agentId, reason, at } as const
        this.#work.push({ type: 'fact', handle, event })
        break
      }
      case 'maxWaitReached': {
        const overflow = this.#overflow(effect.queueId)
        const event = { type: 'maxWaitReached', overflow, at } as const
        this.#work.push({ type: 'fact', handle, event })
        break
      }
    }
  }

  #offer(
    handle: CallHandle,
    effect: Extract<AcdEffect, { type: 'offer' }>,
    matchUs: number,
    at: EpochMs,
  ): void {
    const { newId } = this.#ports
    const legs = effect.agentIds.map((agentId) => ({
      legId: newId() as LegId,
      agentId,
      dialString: this.settings.agents.get(agentId)?.dialString ?? '',
    }))
    this.#calls.setLegs(handle, new Map(legs.map(({ legId, agentId }) => [legId, agentId])))
    const offer = {
      offerId: newId() as OfferId,
      legs,
      ringMs: this.settings.queues.get(effect.queueId)?.settings.ringMs ?? 0,
      deadlineAt: effect.deadlineAt,
      matchUs,
    }
    this.#work.push({ type: 'fact', handle, event: { type: 'offered', offer, at } })
  }

  #publishAgent(effect: Extract<AcdEffect, { type: 'agentChanged' }>, at: EpochMs): void {
    const { agentId, state, previous, status, callId } = effect
    this.#agentSequence += 1
    const event: EngineEvent = {
      type: 'agent.stateChanged',
      data: {
        tenant: this.id,
        agent: agentId,
        at,
        state,
        previous,
        status: status.type,
        ...(status.type === 'onBreak' ? { breakReason: status.reason } : {}),
        ...(callId === undefined ? {} : { callId }),
      },
    }
    this.#ports.publish(event, this.id, this.#agentKey, this.#agentSequence)
  }

  #queue(queueId: QueueId): CallQueue | undefined {
    const queue = this.settings.queues.get(queueId)
    if (queue === undefined) {
      return undefined
    }
    const { music, ringback, serviceLevelMs } = queue
    return { queueId, music, ringback, serviceLevelMs }
  }

  #overflow(queueId: QueueId): Overflow {
    const overflow = this.settings.queues.get(queueId)?.overflow
    if (overflow?.type === 'queue') {
      const queue = this.#queue(overflow.queueId)
      if (queue !== undefined) {
        return { type: 'queue', queue }
      }
    }
    return overflow === undefined || overflow.type === 'queue'
      ? { type: 'hangUp', cause: 'NORMAL_CLEARING' }
      : overflow
  }

  /** One timer for all deadlines, set anew only when something comes earlier. */
  #arm(): void {
    const at = this.acd.nextWakeAt()
    if (at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) {
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
