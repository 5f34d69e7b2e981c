import type { CallEffect, CallEvent, FoundCall } from '../call/call-event.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, EpochMs } from '../catalogue/ids.ts'
import type { Acd } from '../core/acd.ts'
import type { AcdEvent } from '../core/event.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { Switch, SwitchCommand } from '../switch/switch.ts'
import { CallControl } from './call-control.ts'
import { CallEffects } from './call-effects.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import { ClassifierWatch } from './classifier-watch.ts'
import { Contacts } from './contacts.ts'
import { Control } from './control.ts'
import { DialControl } from './dial-control.ts'
import { Distribution } from './distribution.ts'
import { Inbox } from './inbox.ts'
import { Reception } from './reception.ts'
import type { TenantSettings } from './settings.ts'
import { SwitchCommands } from './switch-commands.ts'
import type { TenantPorts } from './tenant-ports.ts'

type Work =
  | { readonly type: 'callEvent'; readonly handle: CallHandle; readonly event: CallEvent }
  | { readonly type: 'callEffect'; readonly handle: CallHandle; readonly effect: CallEffect }
  | { readonly type: 'coreEvent'; readonly event: AcdEvent }
  | { readonly type: 'newSettings'; readonly settings: TenantSettings }

/**
 * One running tenant. Events go in, machines and the core decide, and their effects are carried
 * out, in order and all in one turn.
 */
export class Tenant {
  /** Operations on agents and queues. */
  readonly control: Control
  /** Operations on calls. */
  readonly calls: CallControl
  /** Operations on customers to be dialled. */
  readonly dialling: DialControl
  readonly #distribution: Distribution
  readonly #effects: CallEffects
  readonly #ports: TenantPorts
  readonly #calls: CallRegistry
  readonly #commands: SwitchCommands
  readonly #contacts: Contacts
  readonly #classifier = new ClassifierWatch()
  readonly #reception: Reception
  readonly #inbox: Inbox<Work>

  /**
   * @param requestReconcile requests that the state of a switch be read
   * @param pickSwitch returns a connected switch among those named; undefined: among all
   */
  constructor(
    settings: TenantSettings,
    calls: CallRegistry,
    ports: TenantPorts,
    requestReconcile: (home: Switch) => void,
    pickSwitch: (names: readonly string[] | undefined) => Switch | undefined,
  ) {
    const { clock, log, meter, newId, publish } = ports
    this.#calls = calls
    this.#ports = ports
    this.#inbox = new Inbox<Work>({
      clock,
      nextCoreWakeAt: () => this.acd.nextWakeAt(),
      coreWakeUp: { type: 'coreEvent', event: { type: 'timePassed' } },
      callWakeUp: (handle, at) => ({
        type: 'callEvent',
        handle,
        event: { type: 'timePassed', at },
      }),
      carryOut: (work, at) => this.#carryOut(work, at),
      failed: (work, error, at) => this.#fail(work, error, at),
    })
    const callEvent = (handle: CallHandle, event: CallEvent) =>
      this.#inbox.add({ type: 'callEvent', handle, event })
    this.#commands = new SwitchCommands({
      clock,
      log,
      tenant: settings.tenantId,
      dispatch: (handle, event) => this.dispatch(handle, event),
      requestReconcile,
    })
    this.#contacts = new Contacts({
      ...ports,
      pickSwitch,
      settings: () => this.settings,
      notifyCore: (event) => this.#inbox.addOrTake({ type: 'coreEvent', event }),
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
      newId,
    })
    this.dialling = new DialControl({
      contacts: this.#contacts,
      settings: () => this.settings,
      isLive: (callId) => calls.get(callId)?.tenant === this,
      pickSwitch,
      newId,
    })
    this.#distribution = new Distribution(settings, this.#inbox.at, {
      ...ports,
      calls,
      contacts: this.#contacts,
      callEvent,
      requestReconcile,
    })
    this.#effects = new CallEffects({
      ...{ log, meter, publish, callEvent, requestReconcile },
      commands: this.#commands,
      distribution: this.#distribution,
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
   * Accepts a caller, or a customer who was dialled.
   *
   * @param found the state of a call that was found on the switch
   * @returns undefined if the call is not accepted
   */
  accept(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found?: FoundCall,
  ): CallHandle | undefined {
    const inbox = this.#inbox
    inbox.begin()
    const handle = this.#reception.receive(callId, home, channel, found, inbox.at)
    if (handle === undefined) {
      return undefined
    }
    this.#addEffects(handle, handle.call.start())
    this.#calls.add(handle)
    inbox.follow(handle)
    inbox.run()
    return handle
  }

  /** Passes an event to a call, and carries out everything that follows. */
  dispatch(handle: CallHandle, event: CallEvent): void {
    this.#inbox.take({ type: 'callEvent', handle, event })
  }

  /** Sends a command to the switch of a call. */
  send(handle: CallHandle, command: SwitchCommand): void {
    this.#commands.send(handle, command)
  }

  /** Passes an event to the core, and carries out everything that follows. */
  notifyCore(event: AcdEvent): void {
    this.#inbox.take({ type: 'coreEvent', event })
  }

  /** Applies new settings. Calls keep their places, and agents their states. */
  change(settings: TenantSettings): void {
    this.#inbox.take({ type: 'newSettings', settings })
  }

  /** Stops all timers: no deadline is handled, and no command is retried. */
  stop(): void {
    this.#inbox.stop()
    this.#contacts.stop()
    this.#commands.stop()
  }

  #carryOut(work: Work, at: EpochMs): void {
    switch (work.type) {
      case 'callEvent':
        this.#handleCallEvent(work.handle, work.event, at)
        break
      case 'callEffect':
        this.#effects.carryOut(work.handle, work.effect, at)
        break
      case 'coreEvent':
        this.#distribution.handle(work.event, at)
        break
      case 'newSettings':
        this.#distribution.change(work.settings, at)
        break
    }
  }

  #handleCallEvent(handle: CallHandle, event: CallEvent, at: EpochMs): void {
    if (event.type === 'timePassed' && handle.call.state === 'heldBack') {
      this.#classifier.recordMiss(at)
    }
    this.#addEffects(handle, handle.call.handle(event))
    // While its switch is disconnected, no command can be on its way.
    if (handle.call.state !== 'cutOff') {
      handle.changedAt = at
    }
    this.#calls.update(handle)
    this.#inbox.follow(handle)
  }

  #addEffects(handle: CallHandle, effects: readonly CallEffect[]): void {
    for (const effect of effects) {
      this.#inbox.add({ type: 'callEffect', handle, effect })
    }
  }

  #fail(work: Work, error: unknown, at: EpochMs): void {
    const { log, meter } = this.#ports
    meter.faulted(this.id)
    log.error({ tenant: this.id, work: work.type, err: error }, 'internal error; please report it')
    if (work.type === 'callEvent') {
      this.#endFailedCall(work.handle, at)
    }
  }

  /** Ends a call whose machine has thrown, so that the caller does not wait forever. */
  #endFailedCall(handle: CallHandle, at: EpochMs): void {
    const { callId, home, legs } = handle
    const legIds = [callId, ...legs.keys()]
    this.#calls.update(handle)
    this.#inbox.follow(handle)
    handle.sequence += 1
    const data = { tenant: this.id, callId, at, reason: 'fault' } as const
    const ended: EngineEvent = { type: 'call.lost', data }
    this.#ports.publish(ended, this.id, handle.key, handle.sequence)
    this.#inbox.add({ type: 'coreEvent', event: { type: 'callLeft', callId } })
    for (const agentId of legs.values()) {
      if (agentId !== undefined) {
        this.#inbox.add({ type: 'coreEvent', event: { type: 'talkEnded', agentId } })
      }
    }
    for (const legId of legIds) {
      home.send({ type: 'hangUp', legId, cause: 'NORMAL_TEMPORARY_FAILURE' })
    }
  }
}
