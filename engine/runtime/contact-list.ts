import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, DurationMs } from '../catalogue/ids.ts'
import type { DialOutcome } from '../catalogue/outcomes.ts'
import type { AcdEvent } from '../core/event.ts'
import type { Switch } from '../switch/switch.ts'
import type { Contact, ContactRequest } from './contact.ts'
import type { TenantSettings } from './settings.ts'
import type { TenantPorts } from './tenant-ports.ts'

export interface ContactListPorts extends TenantPorts {
  settings(): TenantSettings
  /** Passes an event to the core, in the current turn or in a new one. */
  notifyCore(event: AcdEvent): void
}

/** The contacts of one tenant by id. Keeps the core and published events in step with them. */
export class ContactList {
  readonly #ports: ContactListPorts
  readonly #contacts = new Map<CallId, Contact>()

  constructor(ports: ContactListPorts) {
    this.#ports = ports
  }

  get(callId: CallId): Contact | undefined {
    return this.#contacts.get(callId)
  }

  /** Whether the contact is still current: neither ended nor replaced. */
  has(contact: Contact): boolean {
    return this.#contacts.get(contact.callId) === contact
  }

  add(request: ContactRequest, origin: Contact['origin'], isAgentFirst: boolean): Contact {
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
      isAnnounced: false,
    }
    this.#contacts.set(request.callId, contact)
    return contact
  }

  /** Removes it from the list, without an event to the core or the bus. */
  remove(contact: Contact): void {
    this.#contacts.delete(contact.callId)
  }

  /** Puts it in its queue, at its place. */
  enqueue({ callId, goal, ringMs, isAgentFirst }: Contact): void {
    if (goal.type !== 'queue') {
      return
    }
    const { queueId, enqueuedAt = this.#ports.clock.now(), priority, requires, preferred } = goal
    this.#ports.notifyCore({
      ...{ type: 'callQueued', callId, queueId, enqueuedAt, priority },
      ...(requires === undefined ? {} : { requires }),
      ...(preferred === undefined ? {} : { preferred }),
      dial: { lastsMs: ringMs, isAgentFirst },
    })
  }

  /** It has lost its agent: it waits for the next one. */
  waitAgain(contact: Contact): void {
    contact.state = 'waiting'
    contact.reserved = undefined
    contact.dialledAt = this.#ports.clock.now()
  }

  /** Publishes that its number is being dialled. */
  announce(contact: Contact, home: Switch): void {
    const { callId, number, origin, goal, reserved, dialledAt: at } = contact
    const { tenantId: tenant } = this.#ports.settings()
    contact.isAnnounced = true
    this.#publish(contact, {
      type: 'call.dialled',
      data: {
        ...{ tenant, callId, at, switch: home.id, number, origin },
        ...(goal.type === 'queue' ? { queue: goal.queueId } : {}),
        ...(reserved === undefined ? {} : { agents: reserved.offer.agentIds }),
      },
    })
  }

  /**
   * Removes it from the list and its queue, and publishes how it ended if its dialling was
   * published or the outcome is `unknown`.
   */
  end(contact: Contact, outcome: DialOutcome, cause: string): void {
    const { callId, origin, dialledAt, isAnnounced } = contact
    const { clock, settings, notifyCore } = this.#ports
    this.remove(contact)
    const at = clock.now()
    if (isAnnounced || outcome === 'unknown') {
      const ringMs: DurationMs = isAnnounced ? Math.max(0, at - dialledAt) : 0
      const { tenantId: tenant } = settings()
      const data = { tenant, callId, at, outcome, cause, ringMs }
      this.#publish(contact, { type: 'call.dialEnded', data })
    }
    if (origin === 'callback') {
      notifyCore({ type: 'callLeft', callId })
    }
  }

  #publish(contact: Contact, event: EngineEvent): void {
    contact.sequence += 1
    const { publish, settings } = this.#ports
    publish(event, settings().tenantId, contact.key, contact.sequence)
  }
}
