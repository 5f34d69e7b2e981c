import type { AgentId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { AcdEffect } from '../core/event.ts'
import type { AgentOffer } from './call-events.ts'
import type { Offer, SimulatedCall } from './simulated-call.ts'
import type { PhoneResponse, World } from './world.ts'

type Effect<T extends AcdEffect['type']> = Extract<AcdEffect, { type: T }>

/** What {@link Offers} needs of the simulation. */
export interface OfferPorts {
  now(): EpochMs
  after(delayMs: DurationMs, run: () => void): void
  readonly respond: World['respond']
  /** An agent did not take the call. Other phones of the offer may still ring. */
  failed(
    call: SimulatedCall,
    agentId: AgentId,
    outcome: Exclude<PhoneResponse['outcome'], 'answered'>,
  ): void
  /** An agent answered. Other phones of the offer may still ring. */
  answered(call: SimulatedCall, offer: AgentOffer): void
}

/** The phones that ring for simulated calls. It publishes how each offer begins and ends. */
export class Offers {
  readonly #ports: OfferPorts

  constructor(ports: OfferPorts) {
    this.#ports = ports
  }

  /** Rings the agents of an offer, each at its instant. */
  ring(call: SimulatedCall, { agentIds, ringMs, stepMs, deadlineAt }: Effect<'offer'>): void {
    const { now, after, respond } = this.#ports
    call.offers += 1
    const offer = { offerId: `${call.caller.callId}-${call.offers}`, ringing: new Set(agentIds) }
    call.offer = offer
    agentIds.forEach((agentId, index) => {
      const ringing = { agentId, offerId: offer.offerId }
      call.events.offered(now(), call, ringing, index * stepMs, deadlineAt)
      const attempt = (call.attempts.get(agentId) ?? 0) + 1
      call.attempts.set(agentId, attempt)
      const end = withinRing(respond(call.caller, agentId, attempt), ringMs)
      after(index * stepMs + end.afterMs, () => {
        if (call.offer === offer && offer.ringing.has(agentId)) {
          this.#end(call, offer, agentId, end.outcome)
        }
      })
    })
  }

  /** Stops ringing one agent. */
  withdraw(call: SimulatedCall, { agentId, reason }: Effect<'withdraw'>): void {
    const { offer } = call
    if (offer?.ringing.delete(agentId) === true) {
      call.offer = offer.ringing.size === 0 ? undefined : offer
      const outcome = reason === 'expired' ? 'expired' : 'withdrawn'
      const ringing = { agentId, offerId: offer.offerId }
      call.events.offerEnded(this.#ports.now(), call, ringing, outcome, reason)
    }
  }

  /** Stops ringing all agents of the call. */
  stop(call: SimulatedCall, cause: string): void {
    const { offer } = call
    call.offer = undefined
    for (const agentId of offer?.ringing ?? []) {
      const ringing = { agentId, offerId: offer?.offerId ?? '' }
      call.events.offerEnded(this.#ports.now(), call, ringing, 'withdrawn', cause)
    }
  }

  #end(
    call: SimulatedCall,
    offer: Offer,
    agentId: AgentId,
    outcome: PhoneResponse['outcome'],
  ): void {
    const { offerId, ringing } = offer
    ringing.delete(agentId)
    if (outcome === 'answered') {
      this.#ports.answered(call, { agentId, offerId })
      return
    }
    call.offer = ringing.size === 0 ? undefined : offer
    call.events.offerEnded(this.#ports.now(), call, { agentId, offerId }, outcome, '')
    this.#ports.failed(call, agentId, outcome)
  }
}

/** A phone rings no longer than the queue allows. */
function withinRing({ outcome, afterMs }: PhoneResponse, ringMs: DurationMs): PhoneResponse {
  return outcome === 'noAnswer' || afterMs >= ringMs
    ? { outcome: 'noAnswer', afterMs: ringMs }
    : { outcome, afterMs }
}
