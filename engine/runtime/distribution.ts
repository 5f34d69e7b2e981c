import type { CallEvent } from '../call/call-event.ts'
import { agentEvent } from '../catalogue/events/agent-events.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import { Acd } from '../core/acd.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import type { Switch } from '../switch/switch.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { Contacts } from './contacts.ts'
import { acdSettings, type QueueRuntimeSettings, type TenantSettings } from './settings.ts'
import type { TenantPorts } from './tenant-ports.ts'
import { callOffer, callOverflow } from './translation.ts'

/** A failing strategy is logged at most once in this time. */
const faultLogIntervalMs: DurationMs = 60_000

interface DistributionPorts extends TenantPorts {
  readonly calls: CallRegistry
  readonly contacts: Contacts
  /** Queues an event for a call, after the work in progress. */
  callEvent(handle: CallHandle, event: CallEvent): void
  /** Requests that the state of this switch be read: it sent no event about the end of an offer. */
  requestReconcile(home: Switch): void
}

type CallDecision = Extract<AcdEffect, { type: 'offer' | 'withdraw' | 'overflow' | 'actionDue' }>

/** The core of one tenant. Turns its effects into events for calls, published events and metrics. */
export class Distribution {
  readonly acd: Acd
  readonly #ports: DistributionPorts
  readonly #agentKey: string
  readonly #faultLoggedAt = new Map<string, EpochMs>()
  /** Earlier settings of queues, for calls that are still in a removed queue. */
  readonly #former = new Map<QueueId, QueueRuntimeSettings>()
  #settings: TenantSettings
  #agentSequence = 0

  constructor(settings: TenantSettings, at: EpochMs, ports: DistributionPorts) {
    this.#ports = ports
    this.#settings = settings
    this.#agentKey = ports.newId()
    this.acd = new Acd(acdSettings(settings), at)
  }

  get settings(): TenantSettings {
    return this.#settings
  }

  /** Applies new settings. Calls keep their places, and agents their states. */
  change(settings: TenantSettings, at: EpochMs): void {
    for (const [queueId, queue] of this.#settings.queues) {
      this.#former.set(queueId, queue)
    }
    this.#settings = settings
    this.handle({ type: 'settingsChanged', settings: acdSettings(settings) }, at)
  }

  /** Passes an event to the core, and carries out the effects. */
  handle(event: AcdEvent, at: EpochMs): void {
    const { clock } = this.#ports
    const startedAt = clock.microseconds()
    const effects = this.acd.handle(event, at)
    const matchUs = clock.microseconds() - startedAt
    for (const effect of effects) {
      switch (effect.type) {
        case 'agentChanged':
          this.#publishAgent(effect, at)
          break
        case 'scorerFailed':
          this.#reportFault(effect, at)
          break
        default:
          this.#passToCall(effect, matchUs, at)
      }
    }
    this.#ports.contacts.settle()
    if (event.type === 'callQueued' || event.type === 'offerFailed') {
      this.#reportNoOffer(event.callId, at)
    }
  }

  /**
   * Adds the position and expected wait to `call.queued` of a call that has to wait. They are not
   * computed for a call that is offered at once.
   */
  withOutlook(event: EngineEvent): EngineEvent {
    if (event.type !== 'call.queued' || !this.acd.isUnserved(event.data.callId as CallId)) {
      return event
    }
    const { position, expectedWaitMs } = this.acd.outlook(event.data.callId as CallId) ?? {}
    return {
      type: event.type,
      data: {
        ...event.data,
        ...(position === undefined ? {} : { position }),
        ...(expectedWaitMs === undefined ? {} : { expectedWaitMs: Math.round(expectedWaitMs) }),
      },
    }
  }

  #publishAgent(effect: Extract<AcdEffect, { type: 'agentChanged' }>, at: EpochMs): void {
    const { publish } = this.#ports
    const { tenantId } = this.#settings
    this.#agentSequence += 1
    const event = agentEvent(tenantId, effect, at)
    publish(event, tenantId, this.#agentKey, this.#agentSequence)
  }

  #reportFault(effect: Extract<AcdEffect, { type: 'scorerFailed' }>, at: EpochMs): void {
    const { log, meter } = this.#ports
    const { tenantId: tenant } = this.#settings
    const { queueId: queue, scorer: strategy, message: reason } = effect
    meter.strategyFailed(tenant, queue, strategy)
    const loggedAt = this.#faultLoggedAt.get(strategy)
    if (loggedAt === undefined || at - loggedAt >= faultLogIntervalMs || at < loggedAt) {
      this.#faultLoggedAt.set(strategy, at)
      log.warn(
        { tenant, queue, strategy, reason },
        'a strategy failed to score; the score counts as 0',
      )
    }
  }

  /** Notifies a call that the core has no agent for it at present. */
  #reportNoOffer(callId: CallId, at: EpochMs): void {
    const handle = this.#ports.calls.get(callId)
    if (handle !== undefined && this.acd.isUnserved(callId)) {
      this.#ports.callEvent(handle, { type: 'notOffered', at })
    }
  }

  #passToContact(effect: CallDecision, matchUs: number): void {
    const { contacts } = this.#ports
    const { callId } = effect
    switch (effect.type) {
      case 'offer':
        contacts.offered(callId, effect, matchUs)
        break
      case 'withdraw':
        contacts.offerWithdrawn(callId, effect.reason)
        break
      case 'overflow':
        contacts.queueRemoved(callId)
        break
      case 'actionDue':
        break
    }
  }

  #passToCall(effect: CallDecision, matchUs: number, at: EpochMs): void {
    const { calls, callEvent, requestReconcile, newId } = this.#ports
    const handle = calls.get(effect.callId)
    if (handle === undefined) {
      this.#passToContact(effect, matchUs)
      return
    }
    switch (effect.type) {
      case 'offer': {
        const offer = callOffer(this.#settings, effect, newId, matchUs)
        callEvent(handle, { type: 'offered', offer, at })
        break
      }
      case 'withdraw': {
        const { agentId, reason } = effect
        callEvent(handle, { type: 'withdrawn', agentId, reason, at })
        if (reason === 'expired') {
          // A switch ends an offer before its lease expires: the event was lost, or is late.
          requestReconcile(handle.home)
        }
        break
      }
      case 'overflow': {
        const { queueId, reason } = effect
        const queue = this.#settings.queues.get(queueId) ?? this.#former.get(queueId)
        const overflow = callOverflow(this.#settings, queue, reason, newId)
        callEvent(handle, { type: 'givenUp', reason, overflow, at })
        break
      }
      case 'actionDue': {
        const { queueId, name, count } = effect
        const data = this.#settings.queues.get(queueId)?.actions.get(name) ?? {}
        callEvent(handle, { type: 'actionDue', name, count, data, at })
        break
      }
    }
  }
}
