import type { EngineEvent, EventData } from '../catalogue/events/events.ts'
import type { CallId, DurationMs } from '../catalogue/ids.ts'
import type { AcdEffect, AcdEvent } from '../core/event.ts'
import type { CommandResult, Switch } from '../switch/switch.ts'
import type { Contact, ContactRequest } from './contact.ts'
import { Dialler } from './dialler.ts'
import type { TenantSettings } from './settings.ts'
import type { TenantPorts } from './tenant-ports.ts'

type Offer = Extract<AcdEffect, { type: 'offer' }>
type DialOutcome = EventData<'call.dialEnded'>['outcome']

/** How soon is tried again what could not be done: the broker or the switch is away. */
const againMs: DurationMs = 5_000
/** An id may be dialled again only when the switch has forgotten the leg before. */
const forgottenMs: DurationMs = 500
/** How long beyond its ringing a phone may go unheard of before it is given up. */
const unheardMs: DurationMs = 15_000
interface ContactsPorts extends TenantPorts {
  settings(): TenantSettings
  /** In the turn that is under way, or in one of its own. */
  tellAcd(event: AcdEvent): void
  /** Among those that are connected. @param names undefined: any */
  pickSwitch(names: readonly string[] | undefined): Switch | undefined
}

/**
 * Customers who are not on the line: those who wait in a queue to be called back, and all
 * whose phones ring. Each is dialled once, after that was written down; whoever answers
 * becomes a call.
 */
export class Contacts {
  readonly #ports: ContactsPorts
  readonly #contacts = new Map<CallId, Contact>()
  readonly #dialler: Dialler
  /** Whose agents were taken back in this turn. */
  readonly #bereft = new Map<CallId, string>()

  constructor(ports: ContactsPorts) {
    this.#ports = ports
    this.#dialler = new Dialler(ports.clock)
  }

  get(callId: CallId): Contact | undefined {
    return this.#contacts.get(callId)
  }

  /**
   * Whether this id has been dialled, by whichever engine.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  isSpent(callId: CallId): Promise<boolean> {
    return this.#ports.claims.isClaimed(this.#ports.settings().tenantId, callId)
  }

  /** Lets a customer wait in a queue to be dialled when their turn comes. */
  place(request: ContactRequest, isAgentFirst: boolean): Contact {
    const contact = this.#add(request, 'callback', isAgentFirst)
    this.#enqueue(contact)
    return contact
  }

  /**
   * Dials a customer now.
   *
   * @returns false when this id was dialled before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  async originate(request: ContactRequest, home: Switch): Promise<boolean> {
    const contact = this.#add(request, 'originate', false)
    contact.state = 'preparing'
    try {
      if (!(await this.#claim(contact))) {
        this.#contacts.delete(contact.callId)
        return false
      }
    } catch (error) {
      this.#contacts.delete(contact.callId)
      throw error
    }
    this.#dial(contact, home)
    const giveUpMs = contact.ringMs + unheardMs
    this.#dialler.later(giveUpMs, () => {
      if (this.#contacts.get(contact.callId) === contact) {
        this.#stop(contact, 'unknown', '')
      }
    })
    return true
  }

  /** Dials nobody any more for this id. @returns false when it is not here */
  withdraw(callId: CallId): boolean {
    const contact = this.#contacts.get(callId)
    if (contact === undefined) {
      return false
    }
    this.#dialler.forbid(callId)
    this.#stop(contact, 'withdrawn', 'ORIGINATOR_CANCEL')
    return true
  }

  // What the core wishes

  /** An agent is reserved for it: its turn has come. */
  offered(callId: CallId, offer: Offer, matchUs: number): void {
    const contact = this.#contacts.get(callId)
    if (contact === undefined) {
      return
    }
    this.#bereft.delete(callId)
    if (contact.isAgentFirst && contact.state === 'dialling') {
      this.#dialler.hangUp(contact)
      this.#waitAgain(contact)
    }
    contact.reserved = { offer, matchUs }
    if (contact.state === 'waiting') {
      contact.state = 'preparing'
      this.#prepare(contact)
    }
  }

  /** The agent who was reserved is not any more; perhaps another comes in the same turn. */
  bereave(callId: CallId, reason: string): void {
    const contact = this.#contacts.get(callId)
    if (contact !== undefined) {
      contact.reserved = undefined
      this.#bereft.set(callId, reason)
    }
  }

  /** Its queue is no more. */
  giveUp(callId: CallId): void {
    const contact = this.#contacts.get(callId)
    if (contact !== undefined) {
      this.#stop(contact, 'withdrawn', 'QUEUE_REMOVED')
    }
  }

  /** After each turn of the core: nobody is dialled for whom no agent is free. */
  settle(): void {
    for (const [callId, reason] of this.#bereft) {
      const contact = this.#contacts.get(callId)
      if (contact?.state !== 'dialling') {
        continue
      }
      if (contact.isAgentFirst) {
        this.#dialler.hangUp(contact)
        this.#waitAgain(contact)
      } else if (reason === 'expired') {
        this.#stop(contact, 'unknown', '')
      } else {
        this.#stop(contact, 'withdrawn', 'ORIGINATOR_CANCEL')
      }
    }
    this.#bereft.clear()
  }

  // What the switch says

  /** Whoever answered becomes a call: from here on the contact is no more. */
  take(callId: CallId): Contact | undefined {
    const contact = this.#contacts.get(callId)
    if (contact?.state !== 'dialling') {
      return undefined
    }
    this.#contacts.delete(callId)
    return contact
  }

  /** Whether an answer for this id comes too late. */
  isStopped(callId: CallId): boolean {
    return this.#dialler.isStopped(callId)
  }

  stop(): void {
    this.#dialler.close()
  }

  #add(request: ContactRequest, origin: Contact['origin'], isAgentFirst: boolean): Contact {
    const { clock, newId, settings } = this.#ports
    const contact: Contact = {
      ...request,
      ...{ origin, isAgentFirst },
      ringMs: request.ringMs ?? settings().outbound?.ringMs ?? 0,
      key: `${request.callId}.${clock.now().toString(36)}.${newId().slice(0, 8)}`,
      sequence: 0,
      state: 'waiting',
      isClaimed: false,
      reserved: undefined,
      home: undefined,
      dialledAt: 0,
      isTold: false,
    }
    this.#contacts.set(request.callId, contact)
    return contact
  }

  #enqueue({ callId, goal, ringMs, isAgentFirst }: Contact): void {
    if (goal.type !== 'queue') {
      return
    }
    const { queueId, enqueuedAt = this.#ports.clock.now(), priority, requires, preferred } = goal
    this.#ports.tellAcd({
      ...{ type: 'callQueued', callId, queueId, enqueuedAt, priority },
      ...(requires === undefined ? {} : { requires }),
      ...(preferred === undefined ? {} : { preferred }),
      dial: { lastsMs: ringMs, isAgentFirst },
    })
  }

  /** It has been written down before anybody is dialled, or nobody is. */
  #prepare(contact: Contact): void {
    const isStill = () => this.#contacts.get(contact.callId) === contact
    const proceed = () => {
      if (!isStill()) {
        return
      }
      if (contact.reserved === undefined) {
        contact.state = 'waiting'
        return
      }
      const home = this.#ports.pickSwitch(this.#ports.settings().outbound?.switches)
      if (home === undefined) {
        this.#defer(contact)
      } else {
        this.#dial(contact, home)
      }
    }
    if (contact.isClaimed) {
      const waitMs = contact.dialledAt + forgottenMs - this.#ports.clock.now()
      if (waitMs > 0) {
        this.#dialler.later(waitMs, proceed)
      } else {
        proceed()
      }
      return
    }
    this.#claim(contact).then(
      (isOurs) => {
        if (isStill() && !isOurs) {
          this.#end(contact, 'unknown', '')
        } else {
          proceed()
        }
      },
      (error: unknown) => {
        const { log, settings } = this.#ports
        log.warn({ tenant: settings().tenantId, err: error }, 'cannot write down whom to dial')
        if (isStill()) {
          this.#defer(contact)
        }
      },
    )
  }

  async #claim(contact: Contact): Promise<boolean> {
    const { claims, settings } = this.#ports
    contact.isClaimed = await claims.claim(settings().tenantId, contact.callId, contact.key)
    return contact.isClaimed
  }

  /** Nobody can be dialled now: the agent shall not wait for that. */
  #defer(contact: Contact): void {
    const { callId } = contact
    contact.reserved = undefined
    contact.state = 'waiting'
    this.#ports.tellAcd({ type: 'callLeft', callId })
    this.#dialler.later(againMs, () => {
      if (this.#contacts.get(callId) === contact) {
        this.#enqueue(contact)
      }
    })
  }

  #dial(contact: Contact, home: Switch): void {
    contact.home = home
    this.#dialler.ring(contact, this.#ports.settings(), (result) => this.#hearEnd(contact, result))
    // The customer of an agent who is rung first is dialled when the agent is on the line.
    if (!contact.isAgentFirst) {
      this.#tellDialled(contact, home)
    }
  }

  #tellDialled(contact: Contact, home: Switch): void {
    const { callId, number, origin, goal, reserved, dialledAt: at } = contact
    const { tenantId: tenant } = this.#ports.settings()
    contact.isTold = true
    this.#publish(contact, {
      type: 'call.dialled',
      data: {
        ...{ tenant, callId, at, switch: home.id, number, origin },
        ...(goal.type === 'queue' ? { queue: goal.queueId } : {}),
        ...(reserved === undefined ? {} : { agents: reserved.offer.agentIds }),
      },
    })
  }

  #hearEnd(contact: Contact, result: CommandResult): void {
    const isOver = this.#contacts.get(contact.callId) !== contact || contact.state !== 'dialling'
    // Unanswered is not refused: the lease, or the time it may go unheard of, settles it.
    if (result.ok || isOver || result.reason === 'timeout' || result.reason === 'disconnected') {
      return
    }
    const { message: cause, outcome = 'failed' } = result
    if (!contact.isAgentFirst) {
      this.#end(contact, outcome, cause)
      return
    }
    const [agentId] = contact.reserved?.offer.agentIds ?? []
    const { callId } = contact
    this.#waitAgain(contact)
    if (agentId !== undefined) {
      this.#ports.tellAcd({ type: 'offerFailed', callId, agentId, outcome })
    }
  }

  #waitAgain(contact: Contact): void {
    contact.state = 'waiting'
    contact.reserved = undefined
    contact.dialledAt = this.#ports.clock.now()
  }

  /** Ends it, and stops the phone that may ring. */
  #stop(contact: Contact, outcome: DialOutcome, cause: string): void {
    if (contact.state === 'dialling') {
      this.#dialler.stop(contact)
    }
    this.#end(contact, outcome, cause)
  }

  #end(contact: Contact, outcome: DialOutcome, cause: string): void {
    const { callId, origin, dialledAt, isTold } = contact
    const { clock, settings, tellAcd } = this.#ports
    this.#contacts.delete(callId)
    const at = clock.now()
    if (isTold || outcome === 'unknown') {
      const ringMs = isTold ? Math.max(0, at - dialledAt) : 0
      const { tenantId: tenant } = settings()
      const data = { tenant, callId, at, outcome, cause, ringMs }
      this.#publish(contact, { type: 'call.dialEnded', data })
    }
    if (origin === 'callback') {
      tellAcd({ type: 'callLeft', callId })
    }
  }

  #publish(contact: Contact, event: EngineEvent): void {
    contact.sequence += 1
    const { publish, settings } = this.#ports
    publish(event, settings().tenantId, contact.key, contact.sequence)
  }
}
