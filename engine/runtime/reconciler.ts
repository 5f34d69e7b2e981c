import type { CallState } from '../call/live-call.ts'
import type { DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { Switch } from '../switch/switch.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { EventRouter } from './event-router.ts'
import { reconcile } from './reconcile.ts'
import type { SwitchLink, SwitchSnapshot } from './switch-link.ts'

/**
 * A call whose last event is more recent than this is not compared with a snapshot: its last
 * command may still be on its way.
 */
const settlingMs: DurationMs = 1_000

/** After corrections the switch is read again: a leg that seemed to be gone may only have been slow. */
const recheckMs: DurationMs = 5_000

/** The states in which a call is interrupted when its switch is lost. */
const mayBeCutOff: ReadonlySet<CallState> = new Set(['heldBack', 'waiting', 'ringing', 'inFlow'])

interface ReconcilerPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly calls: CallRegistry
  readonly router: EventRouter
}

/**
 * Makes our calls agree with the state of a switch, when the switch is lost and when its state has
 * been read.
 */
export class Reconciler {
  readonly #ports: ReconcilerPorts
  readonly #calls: CallRegistry

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports
    this.#calls = ports.calls
  }

  /** Whether one of our calls has this leg. */
  isKnown(legId: LegId): boolean {
    return this.#calls.get(legId) !== undefined || this.#calls.byAgentLeg(legId) !== undefined
  }

  /** The legs of calls on a switch that have neither begun nor been reconciled after `since`. */
  legsOn(home: Switch, since: EpochMs = Number.POSITIVE_INFINITY): readonly LegId[] {
    return this.#callsOn(home)
      .filter(({ bornAt, reconciledAt }) => Math.max(bornAt, reconciledAt) <= since)
      .flatMap(({ callId, legs }) => [callId, ...legs.keys()])
  }

  /** The switch is lost: its callers cannot be offered until it is back. */
  cutOff(home: Switch): void {
    const at = this.#ports.clock.now()
    for (const handle of this.#callsOn(home)) {
      if (mayBeCutOff.has(handle.call.state)) {
        this.#ports.router.dispatch(handle, { type: 'cutOff', at })
      }
    }
  }

  /** Passes missed events to our calls, adopts unknown callers, and hangs up legs that belong to no call. */
  apply(link: SwitchLink, { legs, askedAt, wasAskedFor, isFresh }: SwitchSnapshot): void {
    const { clock, log, router } = this.#ports
    const at = clock.now()
    const settled = this.#callsOn(link.switch).filter(
      (handle) =>
        wasAskedFor(handle.callId) &&
        askedAt - handle.changedAt >= settlingMs &&
        ![handle.callId, ...handle.legs.keys()].some(isFresh),
    )
    for (const handle of settled) {
      handle.reconciledAt = at
    }
    const isKnown = (legId: LegId) => isFresh(legId) || wasAskedFor(legId) || this.isKnown(legId)
    const isDropped = (legId: LegId) => this.#calls.isDropped(legId)
    const { missed, found, orphans } = reconcile(legs, settled, isKnown, isDropped, at)
    for (const legId of orphans) {
      router.hangUp(link, legId, 'ORIGINATOR_CANCEL')
    }
    for (const { handle, event } of missed) {
      router.dispatch(handle, event)
    }
    for (const handle of settled) {
      const { state } = handle.call
      if (state === 'cutOff' || state === 'leaving') {
        router.dispatch(handle, { type: 'restored', at })
      }
    }
    for (const { callId, channel, found: state } of found) {
      router.take(link, callId, channel, state)
    }
    if (missed.length > 0) {
      link.requestReconcile(recheckMs)
    }
    log.info(
      {
        switch: link.switch.id,
        missedEvents: missed.length,
        adoptedCalls: found.length,
        hungUpLegs: orphans.length,
      },
      'read the state of a switch and reconciled its calls',
    )
  }

  #callsOn(home: Switch): CallHandle[] {
    return [...this.#calls.all].filter((handle) => handle.home === home)
  }
}
