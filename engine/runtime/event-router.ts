import type { CallEvent, FoundCall } from '../call/call-event.ts'
import type { CallId, DurationMs, LegId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { CallerChannel, SwitchEvent } from '../switch/event.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { SwitchLink } from './switch-link.ts'
import type { Tenant } from './tenant.ts'

/** How long after adoption a `callParked` event is taken for the late event of the same arrival. */
const adoptionEchoMs: DurationMs = 2_000

/** Each unknown tenant is logged once, and at most this many of them. */
const maxUnknownTenants = 100

interface EventRouterPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly calls: CallRegistry
  readonly tenants: ReadonlyMap<string, Tenant>
}

/** Routes each event of a switch to its call, and each new caller to their tenant. */
export class EventRouter {
  readonly #ports: EventRouterPorts
  readonly #calls: CallRegistry
  readonly #unknownTenants = new Set<string>()

  constructor(ports: EventRouterPorts) {
    this.#ports = ports
    this.#calls = ports.calls
  }

  /** Handles one event, including all commands that follow from it. */
  route(link: SwitchLink, event: SwitchEvent): void {
    const at = this.#ports.clock.now()
    switch (event.type) {
      case 'callParked': {
        const { callId, channel } = event
        const known = this.#calls.get(callId)
        if (known?.isAdopted !== true || at - known.bornAt >= adoptionEchoMs) {
          this.dispatch(known, { type: 'leftPark', at })
          this.take(link, callId, channel)
        }
        break
      }
      case 'callUnparked':
        this.dispatch(this.#calls.get(event.callId), { type: 'leftPark', at })
        break
      case 'offerEnded': {
        const { callId, offerId, outcome, cause, isTransferred, joinedTo } = event
        const { isCallerGone = false } = event
        const how = { outcome, cause, isTransferred, joinedTo }
        const ended = { type: 'offerEnded', offerId, ...how, at } as const
        this.dispatch(this.#calls.get(callId), { ...ended, isCallerGone })
        break
      }
      case 'legsJoined': {
        const { callId, agentLegId: legId } = event
        if (this.#calls.isDropped(legId)) {
          this.hangUp(link, legId, 'ORIGINATOR_CANCEL')
        } else {
          this.dispatch(this.#calls.get(callId), { type: 'joined', legId, at })
        }
        break
      }
      case 'legsParted': {
        const { callId, agentLegId: legId, isCallerGone } = event
        this.dispatch(this.#calls.get(callId), { type: 'parted', legId, isCallerGone, at })
        break
      }
      case 'legAnswered':
        this.#refuseOrphan(link, event)
        break
      case 'legHeld':
      case 'legUnheld': {
        const handle = this.#calls.get(event.legId) ?? this.#calls.byAgentLeg(event.legId)
        this.dispatch(handle, { type: event.type === 'legHeld' ? 'held' : 'unheld', at })
        break
      }
      case 'legHungUp': {
        const { legId, outcome, isLost, cause } = event
        const agentLeg = this.#calls.byAgentLeg(legId)
        this.dispatch(agentLeg, { type: 'agentLegGone', legId, outcome, cause, at })
        this.#calls.forget(legId)
        this.dispatch(this.#calls.get(legId), { type: 'callerGone', isLost, cause, at })
        break
      }
      case 'promptEnded': {
        const { callId, promptId, outcome, key } = event
        this.dispatch(this.#calls.get(callId), { type: 'promptEnded', promptId, outcome, key, at })
        break
      }
      case 'digitsCollected': {
        const { callId, promptId, digits } = event
        this.dispatch(this.#calls.get(callId), { type: 'digitsCollected', promptId, digits, at })
        break
      }
    }
  }

  /** Passes an event to a call; does nothing without one. */
  dispatch(handle: CallHandle | undefined, event: CallEvent): void {
    handle?.tenant.dispatch(handle, event)
  }

  /**
   * Passes a caller to their tenant. A caller who cannot be served is hung up, unless the dialplan
   * has a way out for them.
   *
   * @param found the state of a call that was found on the switch
   */
  take(link: SwitchLink, callId: CallId, channel: CallerChannel, found?: FoundCall): void {
    const tenant = this.#ports.tenants.get(channel.tenant)
    if (tenant === undefined) {
      this.#warnUnknownTenant(channel.tenant)
      return
    }
    // A call that an engine took has no way out any more: the engine cancelled it.
    const hasWayOut = channel.wayOutTask !== undefined && channel.enqueuedAt === undefined
    if (tenant.accept(callId, link.switch, channel, found) === undefined && !hasWayOut) {
      this.hangUp(link, callId, 'UNALLOCATED_NUMBER')
    }
  }

  /** Hangs up a leg that belongs to no call. */
  hangUp(link: SwitchLink, legId: LegId, cause: string): void {
    link.switch.send({ type: 'hangUp', legId, cause }, (result) => {
      if (!result.ok && result.reason !== 'noSuchLeg') {
        link.requestReconcile()
      }
    })
  }

  /** A leg that answers after its offer ended is hung up at once. */
  #refuseOrphan(
    link: SwitchLink,
    { legId, callId }: Extract<SwitchEvent, { type: 'legAnswered' }>,
  ) {
    if (callId !== undefined && !this.#mayTalk(link, legId, callId)) {
      this.#calls.drop(legId, this.#ports.clock.now())
      this.hangUp(link, legId, 'ORIGINATOR_CANCEL')
    }
  }

  #mayTalk(link: SwitchLink, legId: LegId, callId: CallId): boolean {
    const call = this.#calls.byAgentLeg(legId)?.call
    if (call !== undefined) {
      return call.state === 'cutOff' || call.wants(legId)
    }
    // Until the state of the switch has been read, this may be the valid offer of another engine to
    // a call that is not known yet.
    return !link.isSynchronised && this.#calls.get(callId) === undefined
  }

  /**
   * The callers of an unknown tenant may belong to another engine: they are left to it, and to the
   * dialplan's way out.
   */
  #warnUnknownTenant(tenant: string): void {
    if (!this.#unknownTenants.has(tenant) && this.#unknownTenants.size < maxUnknownTenants) {
      this.#unknownTenants.add(tenant)
      this.#ports.log.warn(
        { tenant },
        'ignored a caller: the tenant is not configured on this engine',
      )
    }
  }
}
