import type { DurationMs } from '../catalogue/ids.ts'
import type { CommandResult, Switch } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import type { ContactList, ContactListPorts } from './contact-list.ts'
import type { Dialler } from './dialler.ts'

/** When what could not be done is tried again: the broker or the switch is away. */
const retryMs: DurationMs = 5_000
/** An id may be dialled again only when the switch has forgotten the leg before. */
const legReleaseMs: DurationMs = 500

export interface ContactDiallingPorts extends ContactListPorts {
  readonly contacts: ContactList
  readonly dialler: Dialler
  /** Among those that are connected. @param names undefined: any */
  pickSwitch(names: readonly string[] | undefined): Switch | undefined
}

/** How one contact is dialled: first its id is claimed, then it rings, and then it may fail. */
export class ContactDialling {
  readonly #ports: ContactDiallingPorts

  constructor(ports: ContactDiallingPorts) {
    this.#ports = ports
  }

  /**
   * Writes down that this id is dialled by us.
   *
   * @returns false when it was dialled before
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  async claim(contact: Contact): Promise<boolean> {
    const { claims, settings } = this.#ports
    contact.isClaimed = await claims.claim(settings().tenantId, contact.callId, contact.key)
    return contact.isClaimed
  }

  /** Dials once the id is claimed; without a claim nobody is dialled. */
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
        log.warn({ tenant, err: error }, 'cannot record whom to dial; it is tried again')
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
    // The customer of an agent who is rung first is dialled when the agent is on the line.
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

  /** Nobody can be dialled now: gives the agent back, and tries again later. */
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
    // No answer is no refusal: the lease decides, or the time after which the dialling counts as lost.
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
