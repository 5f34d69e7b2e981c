import type { CallEffect, CallEvent, FoundCall } from '../call/call-event.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, EpochMs } from '../catalogue/ids.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdEvent } from '../core/event.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { Switch, SwitchCommand } from '../switch/switch.ts'
import { Alarm } from './alarm.ts'
import { CallControl } from './call-control.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import { ClassifierWatch } from './classifier-watch.ts'
import { Commands } from './commands.ts'
import { Contacts } from './contacts.ts'
import { Control } from './control.ts'
import { DialControl } from './dial-control.ts'
import { Distribution } from './distribution.ts'
import { Reception } from './reception.ts'
import type { TenantSettings } from './settings.ts'
import type { TenantPorts } from './tenant-ports.ts'
import { callQueue } from './translation.ts'
import { WakeUps } from './wake-ups.ts'

type Work =
  | { readonly type: 'fact'; readonly handle: CallHandle; readonly event: CallEvent }
  | { readonly type: 'wish'; readonly handle: CallHandle; readonly effect: CallEffect }
  | { readonly type: 'tell'; readonly event: AcdEvent }
  | { readonly type: 'change'; readonly settings: TenantSettings }

/**
 * One tenant at work: facts go in, machines and the core decide, and their
 * wishes are carried out, all in one turn and in order. One timer serves all
 * deadlines.
 */
export class Tenant {
  /** What can be told and asked of agents and queues. */
  readonly control: Control
  /** What can be told of calls. */
  readonly calls: CallControl
  /** What can be told of customers who shall be dialled. */
  readonly dialling: DialControl
  readonly #distribution: Distribution
  readonly #alarm: Alarm
  readonly #ports: TenantPorts
  readonly #calls: CallRegistry
  readonly #commands: Commands
  readonly #doubt: (link: Switch) => void
  readonly #wakeUps: WakeUps
  readonly #contacts: Contacts
  readonly #classifier = new ClassifierWatch()
  readonly #reception: Reception
  readonly #work: Work[] = []
  #isRunning: boolean = false
  /** The instant of this turn: within it no deadline passes unseen by machine and core alike. */
  #at: EpochMs

  /**
   * @param doubt called with a switch that did not answer: its truth must be read
   * @param pickSwitch one of those named that is connected; undefined names any
   */
  constructor(
    settings: TenantSettings,
    calls: CallRegistry,
    ports: TenantPorts,
    doubt: (link: Switch) => void,
    pickSwitch: (names: readonly string[] | undefined) => Switch | undefined,
  ) {
    const { clock, log } = ports
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
    this.#contacts = new Contacts({
      ...ports,
      pickSwitch,
      settings: () => this.settings,
      tellAcd: (event) => {
        if (this.#isRunning) {
          this.#work.push({ type: 'tell', event })
        } else {
          this.tellAcd(event)
        }
      },
    })
    this.#reception = new Reception({
      ...ports,
      owner: this,
      contacts: this.#contacts,
      classifier: this.#classifier,
      settings: () => this.settings,
    })
    this.control = new Control(this)
    this.calls = new CallControl(this, calls, {
      classifier: this.#classifier,
      now: () => clock.now(),
      newId: ports.newId,
    })
    this.dialling = new DialControl({
      contacts: this.#contacts,
      settings: () => this.settings,
      isLive: (callId) => calls.get(callId)?.tenant === this,
      pickSwitch,
      newId: ports.newId,
    })
    this.#wakeUps = new WakeUps((handle) => {
      this.#work.push({ type: 'fact', handle, event: { type: 'timePassed', at: this.#at } })
    })
    this.#alarm = new Alarm(clock, () => this.tellAcd({ type: 'timePassed' }))
    this.#at = clock.now()
    this.#distribution = new Distribution(settings, this.#at, {
      ...ports,
      calls,
      contacts: this.#contacts,
      fact: (handle, event) => this.#work.push({ type: 'fact', handle, event }),
      doubt,
    })
  }

  get settings(): TenantSettings {
    return this.#distribution.settings
  }

  get acd(): Acd {
    return this.#distribution.acd
  }

  get id(): string {
    return this.settings.tenantId
  }

  /**
   * A caller for us, or a customer we have dialled.
   *
   * @param found what the call was doing, for one that was found on the switch
   * @returns undefined where nothing takes it
   */
  accept(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found?: FoundCall,
  ): CallHandle | undefined {
    this.#begin()
    const handle = this.#reception.receive(callId, home, channel, found, this.#at)
    if (handle === undefined) {
      return undefined
    }
    this.#wish(handle, handle.call.start())
    this.#calls.add(handle)
    this.#wakeUps.update(handle)
    this.#run()
    return handle
  }

  /** Tells a call of this tenant a fact, and carries out what follows. */
  tell(handle: CallHandle, event: CallEvent): void {
    this.#begin()
    this.#work.push({ type: 'fact', handle, event })
    this.#run()
  }

  /** Commands the switch of a call. */
  send(handle: CallHandle, command: SwitchCommand): void {
    this.#commands.send(handle, command)
  }

  /** Tells the core a fact about an agent. */
  tellAcd(event: AcdEvent): void {
    this.#begin()
    this.#work.push({ type: 'tell', event })
    this.#run()
  }

  /** Goes on with other queues, agents and rules. Calls keep their places, agents what they are at. */
  change(settings: TenantSettings): void {
    this.#begin()
    this.#work.push({ type: 'change', settings })
    this.#run()
  }

  /** Lets no deadline pass any more, and repeats no command. */
  stop(): void {
    this.#alarm.stop()
    this.#contacts.stop()
    this.#commands.stop()
  }

  /** Deadlines that have passed count, with all that follows, before what has just happened. */
  #begin(): void {
    this.#at = this.#ports.clock.now()
    const wakeAt = this.#nextWakeAt()
    if (wakeAt !== undefined && wakeAt <= this.#at) {
      this.#work.push({ type: 'tell', event: { type: 'timePassed' } })
      this.#wakeUps.wakeUntil(this.#at)
      this.#run()
    }
  }

  #nextWakeAt(): EpochMs | undefined {
    const [core, call] = [this.acd.nextWakeAt(), this.#wakeUps.nextAt()]
    return core === undefined || call === undefined ? (core ?? call) : Math.min(core, call)
  }

  #run(): void {
    this.#isRunning = true
    for (let work = this.#work.shift(); work !== undefined; work = this.#work.shift()) {
      this.#attempt(work)
    }
    this.#isRunning = false
    this.#alarm.set(this.#nextWakeAt())
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
    this.#wakeUps.update(handle)
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
        if (event.type === 'timePassed' && handle.call.state === 'heldBack') {
          this.#classifier.miss(this.#at)
        }
        this.#wish(handle, handle.call.tell(event))
        // Of one whose switch is away nothing new can be on its way there.
        if (handle.call.state !== 'cutOff') {
          handle.changedAt = this.#at
        }
        this.#calls.update(handle)
        this.#wakeUps.update(handle)
        break
      }
      case 'wish':
        this.#carryOut(work.handle, work.effect)
        break
      case 'tell':
        this.#distribution.tell(work.event, this.#at)
        break
      case 'change':
        this.#distribution.change(work.settings, this.#at)
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
        this.#distribution.tell(effect.event, this.#at)
        break
      case 'publish':
        handle.sequence += 1
        this.#publish(this.#distribution.withOutlook(effect.event), handle.key, handle.sequence)
        break
      case 'findQueue': {
        const queue = callQueue(this.settings, effect.queueId)
        const event = { type: 'queueFound', queue, at: this.#at } as const
        this.#work.push({ type: 'fact', handle, event })
        break
      }
      case 'flowFault': {
        const { log, meter } = this.#ports
        const { flow, step, problem } = effect
        meter.flowFailed(this.id, flow, problem)
        const about = { tenant: this.id, callId: handle.callId, flow, step, problem }
        log.warn(about, 'a flow could not say or ask something')
        break
      }
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
}
