import type { CallId, DurationMs, QueueId } from '../catalogue/ids.ts'
import { type CallChange, refuseNeeds } from '../catalogue/needs.ts'
import type { ContactState, Withdrawal } from '../catalogue/outcomes.ts'
import { type Refusal, refuse } from '../catalogue/refusals.ts'
import type { Switch } from '../switch/switch.ts'
import type { Contact, ContactRequest } from './contact.ts'
import type { Contacts } from './contacts.ts'
import { type FlowRequest, findFlow } from './find-flow.ts'
import type { TenantSettings } from './settings.ts'

/** A request to dial a customer. */
export interface DialRequest {
  /** Unique to this attempt: an id is dialled at most once. */
  readonly callId: string
  readonly number: string
  readonly callerId?: string
  readonly ringMs?: DurationMs
}

/** A place in a queue for a customer who is not on the line. */
export interface QueuePlace extends CallChange {
  readonly queueId: string
}

interface DialControlPorts {
  readonly contacts: Contacts
  settings(): TenantSettings
  /** Whether the tenant has a call with this id. */
  isLive(callId: CallId): boolean
  pickSwitch(names: readonly string[] | undefined): Switch | undefined
  newId(): string
}

/** Operations on the customers that a tenant dials. Refusals are values. */
export class DialControl {
  readonly #ports: DialControlPorts

  constructor(ports: DialControlPorts) {
    this.#ports = ports
  }

  /**
   * Dials a customer. Whoever answers goes to a flow or to a queue.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: the claim could not be recorded, and nothing was dialled
   */
  async originate(
    request: DialRequest,
    goal: FlowRequest | QueuePlace,
  ): Promise<{ readonly ok: true; readonly isNew: boolean } | Refusal> {
    const { settings, pickSwitch } = this.#ports
    const home = pickSwitch(settings().outbound?.switches)
    const wanted = this.#requestOf(request, goal)
    if ('ok' in wanted) {
      return wanted
    }
    if (home === undefined) {
      return refuse('switchAway', 'no switch that may dial is connected')
    }
    const { contacts } = this.#ports
    const isKnown = contacts.get(wanted.callId) !== undefined || this.#isLive(wanted.callId)
    return { ok: true, isNew: !isKnown && (await contacts.originate(wanted, home)) }
  }

  /**
   * Puts a customer who is not on the line in a queue. When their turn comes they are dialled, at
   * most once for this id.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: it is unknown whether the id was dialled before
   */
  async place(
    request: DialRequest,
    place: QueuePlace,
    isAgentFirst: boolean,
  ): Promise<
    { readonly ok: true; readonly state: ContactState; readonly isNew: boolean } | Refusal
  > {
    const wanted = this.#requestOf(request, place)
    if ('ok' in wanted) {
      return wanted
    }
    const { contacts } = this.#ports
    const known = this.#stateOf(wanted.callId)
    if (known !== undefined) {
      return { ok: true, state: known, isNew: false }
    }
    if (contacts.isStopped(wanted.callId) || (await contacts.isSpent(wanted.callId))) {
      return { ok: true, state: this.#stateOf(wanted.callId) ?? 'spent', isNew: false }
    }
    const meanwhile = this.#stateOf(wanted.callId)
    if (meanwhile !== undefined) {
      return { ok: true, state: meanwhile, isNew: false }
    }
    contacts.place(wanted, isAgentFirst)
    return { ok: true, state: this.#stateOf(wanted.callId) ?? 'waiting', isNew: true }
  }

  /** Withdraws a customer who was placed. If their phone rings, it is stopped. */
  withdraw(callId: string): Withdrawal {
    if (this.#isLive(callId as CallId)) {
      return 'reached'
    }
    return this.#ports.contacts.withdraw(callId as CallId) ? 'withdrawn' : 'unknown'
  }

  #stateOf(callId: CallId): Exclude<ContactState, 'spent'> | undefined {
    if (this.#isLive(callId)) {
      return 'reached'
    }
    const contact: Contact | undefined = this.#ports.contacts.get(callId)
    return contact === undefined ? undefined : contact.state === 'dialling' ? 'dialling' : 'waiting'
  }

  #isLive(callId: CallId): boolean {
    return this.#ports.isLive(callId)
  }

  #requestOf(
    { callId, number, callerId, ringMs }: DialRequest,
    goal: FlowRequest | QueuePlace,
  ): ContactRequest | Refusal {
    const { settings } = this.#ports
    const { newId } = this.#ports
    const { outbound, queues } = settings()
    if (outbound === undefined) {
      return refuse(
        'numberRefused',
        'the tenant has no `outbound` configuration, so it cannot dial',
      )
    }
    const about = { callId: callId as CallId, number, callerId, ringMs }
    if ('flow' in goal) {
      const flow = findFlow(settings(), goal, 'originate', newId)
      return 'ok' in flow ? flow : { ...about, goal: { type: 'flow', flow } }
    }
    const { queueId: id, ...needs } = goal
    const { priority = 0, requires, preferred, enqueuedAt } = needs
    const queueId = id as QueueId
    const refusal = refuseNeeds(needs)
    if (refusal !== undefined || !queues.has(queueId)) {
      return refusal ?? refuse('queueUnknown', 'the tenant has no such queue')
    }
    return {
      ...about,
      goal: { type: 'queue', queueId, enqueuedAt, priority, requires, preferred },
    }
  }
}
