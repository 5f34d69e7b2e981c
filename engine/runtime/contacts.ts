import type { CallId, DurationMs } from '../catalogue/ids.ts'
import type { DialOutcome } from '../catalogue/outcomes.ts'
import type { AcdEffect } from '../core/event.ts'
import type { Switch } from '../switch/switch.ts'
import type { Contact, ContactRequest } from './contact.ts'
import { ContactDialling, type ContactDiallingPorts } from './contact-dialling.ts'
import { ContactList } from './contact-list.ts'
import { Dialler } from './dialler.ts'

type Offer = Extract<AcdEffect, { type: 'offer' }>

/** How long after its ringing time a dialling without any event counts as lost. */
const dialLostMs: DurationMs = 15_000

/**
 * Customers who are not on the line: those who wait in a queue for a callback, and those whose phones
 * ring. An id is claimed before it is dialled, and claimed only once. When the phone is answered, the
 * contact becomes a call.
 */
export class Contacts {
  readonly #ports: Omit<ContactDiallingPorts, 'contacts' | 'dialler'>
  readonly #list: ContactList
  readonly #dialler: Dialler
  readonly #dialling: ContactDialling
  /** Contacts whose agents were withdrawn in this turn, with the reason. */
  readonly #withdrawn = new Map<CallId, string>()

  constructor(ports: Omit<ContactDiallingPorts, 'contacts' | 'dialler'>) {
    this.#ports = ports
    this.#list = new ContactList(ports)
    this.#dialler = new Dialler(ports.clock)
    this.#dialling = new ContactDialling({
      ...ports,
      contacts: this.#list,
      dialler: this.#dialler,
    })
  }

  get(callId: CallId): Contact | undefined {
    return this.#list.get(callId)
  }

  /**
   * Whether this id has been dialled, by any engine.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  isSpent(callId: CallId): Promise<boolean> {
    return this.#ports.claims.isClaimed(this.#ports.settings().tenantId, callId)
  }

  // Commands

  /** Puts a customer in a queue, to be dialled when their turn comes. */
  place(request: ContactRequest, isAgentFirst: boolean): Contact {
    const contact = this.#list.add(request, 'callback', isAgentFirst)
    this.#list.enqueue(contact)
    return contact
  }

  /**
   * Dials a customer now.
   *
   * @returns false if this id was dialled before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  async originate(request: ContactRequest, home: Switch): Promise<boolean> {
    const contact = this.#list.add(request, 'originate', false)
    contact.state = 'preparing'
    try {
      if (!(await this.#dialling.claim(contact))) {
        this.#list.remove(contact)
        return false
      }
    } catch (error) {
      this.#list.remove(contact)
      throw error
    }
    this.#dialling.dial(contact, home)
    this.#dialler.later(contact.ringMs + dialLostMs, () => {
      if (this.#list.has(contact)) {
        this.#stop(contact, 'unknown', '')
      }
    })
    return true
  }

  /** Cancels the contact with this id. @returns false if there is none */
  withdraw(callId: CallId): boolean {
    const contact = this.#list.get(callId)
    if (contact === undefined) {
      return false
    }
    this.#dialler.forbid(callId)
    this.#stop(contact, 'withdrawn', 'ORIGINATOR_CANCEL')
    return true
  }

  // Decisions of the core

  /** An agent is reserved for the contact: its turn has come. */
  offered(callId: CallId, offer: Offer, matchUs: number): void {
    const contact = this.#list.get(callId)
    if (contact === undefined) {
      return
    }
    this.#withdrawn.delete(callId)
    if (contact.isAgentFirst && contact.state === 'dialling') {
      this.#dialler.hangUp(contact)
      this.#list.waitAgain(contact)
    }
    contact.reserved = { offer, matchUs }
    if (contact.state === 'waiting') {
      contact.state = 'preparing'
      this.#dialling.prepare(contact)
    }
  }

  /** Its agent was withdrawn. Another may be reserved in the same turn: see {@link settle}. */
  offerWithdrawn(callId: CallId, reason: string): void {
    const contact = this.#list.get(callId)
    if (contact !== undefined) {
      contact.reserved = undefined
      this.#withdrawn.set(callId, reason)
    }
  }

  /** Its queue was removed. */
  queueRemoved(callId: CallId): void {
    const contact = this.#list.get(callId)
    if (contact !== undefined) {
      this.#stop(contact, 'withdrawn', 'QUEUE_REMOVED')
    }
  }

  /**
   * Stops dialling contacts that have lost their agents. Must be called after the effects of each
   * core event.
   */
  settle(): void {
    for (const [callId, reason] of this.#withdrawn) {
      const contact = this.#list.get(callId)
      if (contact?.state !== 'dialling') {
        continue
      }
      if (contact.isAgentFirst) {
        this.#dialler.hangUp(contact)
        this.#list.waitAgain(contact)
      } else if (reason === 'expired') {
        this.#stop(contact, 'unknown', '')
      } else {
        this.#stop(contact, 'withdrawn', 'ORIGINATOR_CANCEL')
      }
    }
    this.#withdrawn.clear()
  }

  // Reports of the switch

  /**
   * Removes the contact whose phone was answered, so that it becomes a call.
   *
   * @returns undefined if it was not being dialled
   */
  take(callId: CallId): Contact | undefined {
    const contact = this.#list.get(callId)
    if (contact?.state !== 'dialling') {
      return undefined
    }
    this.#list.remove(contact)
    return contact
  }

  /** Whether an answer for this id is refused. */
  isStopped(callId: CallId): boolean {
    return this.#dialler.isStopped(callId)
  }

  stop(): void {
    this.#dialler.close()
  }

  /** Ends the contact, and stops its phone if it rings. */
  #stop(contact: Contact, outcome: DialOutcome, cause: string): void {
    if (contact.state === 'dialling') {
      this.#dialler.stop(contact)
    }
    this.#list.end(contact, outcome, cause)
  }
}
