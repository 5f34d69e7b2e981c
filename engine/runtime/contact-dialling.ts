import type { DurationMs } from '../catalogue/ids.ts'
import type { CommandResult, Switch } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import type { ContactList, ContactListPorts } from './contact-list.ts'
import type { Dialler } from './dialler.ts'

/** When dialling is tried again after the broker or the switch was unavailable. */
const retryMs: DurationMs = 5_000
/** An id can be dialled again only after the switch has released the previous leg, which takes this long. */
const legReleaseMs: DurationMs = 500

export interface ContactDiallingPorts extends ContactListPorts {
  readonly contacts: ContactList
  readonly dialler: Dialler
  /** A connected switch. @param names the switches to choose from; undefined: all */
  pickSwitch(names: readonly string[] | undefined): Switch | undefined
}

/** Dials contacts: claims the id, rings, and handles failure. */
export class ContactDialling {
  readonly #ports: ContactDiallingPorts

  constructor(ports: ContactDiallingPorts) {
    this.#ports = ports
  }

  /**
   * Records that this attempt dials the id.
   *
   * @returns false if it was dialled before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  async claim(contact: Contact): Promise<boolean> {
    const { claims, settings } = this.#ports
    contact.isClaimed = await claims.claim(settings().tenantId, contact.callId, contact.key)
    return contact.isClaimed
  }

  /** Claims the id if necessary, then dials. Without a claim nothing is dialled. */
  prepare(contact: Contact): void {
    const { contacts, clock, dialler, log, settings } = this.#ports
    if (contact.isClaimed) {
      const waitMs = contact.dialledAt + legReleaseMs - clock.now()
      if (waitMs > 0) {
        dialler.later(waitMs, () => this.#proceed(contact))
      } else {
        this.#proceed(contact)
      }
      return
    }
    this.claim(contact).then(
      (isOurs) => {
        if (contacts.has(contact) && !isOurs) {
          contacts.end(contact, 'unknown', '')
        } else {
          this.#proceed(contact)
        }
      },
      (error: unknown) => {
        const { tenantId: tenant } = settings()
        log.warn(
          { tenant, err: error },
          'cannot record a dial claim on the bus; dialling is postponed and tried again',
        )
        if (contacts.has(contact)) {
          this.#defer(contact)
        }
      },
    )
  }

  dial(contact: Contact, home: Switch): void {
    const { contacts, dialler, settings } = this.#ports
    contact.home = home
    dialler.ring(contact, settings(), (result) => this.#ended(contact, result))
    // If the agent is rung first, the customer is dialled once the agent is on the line.
    if (!contact.isAgentFirst) {
      contacts.announce(contact, home)
    }
  }

  #proceed(contact: Contact): void {
    const { contacts, pickSwitch, settings } = this.#ports
    if (!contacts.has(contact)) {
      return
    }
    if (contact.reserved === undefined) {
      contact.state = 'waiting'
      return
    }
    const home = pickSwitch(settings().outbound?.switches)
    if (home === undefined) {
      this.#defer(contact)
    } else {
      this.dial(contact, home)
    }
  }

  /** Dialling is impossible at present: releases the agent, and tries again later. */
  #defer(contact: Contact): void {
    const { contacts, dialler, notifyCore } = this.#ports
    const { callId } = contact
    contact.reserved = undefined
    contact.state = 'waiting'
    notifyCore({ type: 'callLeft', callId })
    dialler.later(retryMs, () => {
      if (contacts.has(contact)) {
        contacts.enqueue(contact)
      }
    })
  }

  #ended(contact: Contact, result: CommandResult): void {
    const { contacts, notifyCore } = this.#ports
    const isOver = !contacts.has(contact) || contact.state !== 'dialling'
    // A missing answer is not a refusal: the lease or the time limit of the dialling decides.
    if (result.ok || isOver || result.reason === 'timeout' || result.reason === 'disconnected') {
      return
    }
    const { message: cause, outcome = 'failed' } = result
    if (!contact.isAgentFirst) {
      contacts.end(contact, outcome, cause)
      return
    }
    const [agentId] = contact.reserved?.offer.agentIds ?? []
    const { callId } = contact
    contacts.waitAgain(contact)
    if (agentId !== undefined) {
      notifyCore({ type: 'offerFailed', callId, agentId, outcome })
    }
  }
}
