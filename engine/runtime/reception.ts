import { type CallInput, type Dialled, type FoundCall, noQueue } from '../call/call-event.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, EpochMs, LegId, OfferId, QueueId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import { markNeeds } from '../switch/marks.ts'
import type { Switch } from '../switch/switch.ts'
import { createHandle, findStart } from './arrival.ts'
import type { CallHandle } from './call-registry.ts'
import type { ClassifierWatch } from './classifier-watch.ts'
import type { Contact } from './contact.ts'
import type { Contacts } from './contacts.ts'
import { customerDestination } from './dial-command.ts'
import type { TenantSettings } from './settings.ts'
import type { TenantPorts } from './tenant-ports.ts'
import { callOffer, callQueue } from './translation.ts'

interface ReceptionPorts extends TenantPorts {
  readonly owner: CallHandle['tenant']
  readonly contacts: Contacts
  readonly classifier: ClassifierWatch
  settings(): TenantSettings
}

/**
 * Turns channels into calls: callers who arrive, customers who were dialled, and calls found on the
 * switch.
 */
export class Reception {
  readonly #ports: ReceptionPorts
  #lives = 0

  constructor(ports: ReceptionPorts) {
    this.#ports = ports
  }

  /**
   * @param found the state of a call that was found on the switch
   * @returns undefined if the call is not accepted
   */
  receive(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found: FoundCall | undefined,
    at: EpochMs,
  ): CallHandle | undefined {
    const contact = this.#ports.contacts.take(callId)
    if (contact !== undefined) {
      return this.#receiveContact(contact, home, channel, at)
    }
    // The customer for whom the agent was rung is not known any more.
    const isLost = channel.origin === 'agentFirst' && found?.talk === undefined
    return isLost || this.#ports.contacts.isStopped(callId)
      ? undefined
      : this.#receiveCaller(callId, home, channel, found, at)
  }

  #receiveCaller(
    callId: CallId,
    home: Switch,
    channel: CallerChannel,
    found: FoundCall | undefined,
    at: EpochMs,
  ): CallHandle | undefined {
    const { settings, newId, owner, classifier } = this.#ports
    const { tenantId: tenant, classifyWithinMs } = settings()
    const { dialledNumber, callerName, origin, state } = channel
    const callerNumber = channel.customerNumber ?? channel.callerNumber
    this.#lives += 1
    const key = `${callId}.${at.toString(36)}.${this.#lives}`
    const about = { tenant, callId, at }
    // A call that an engine has taken was published by that engine.
    const isNew =
      found === undefined || channel.enqueuedAt === undefined || (origin && state === undefined)
    if (isNew) {
      const from = { dialledNumber, callerNumber, callerName }
      const data = { ...about, switch: home.id, ...from, ...originOf(origin) }
      this.#publish({ type: 'call.arrived', data }, key, 1)
    }
    const start = findStart(settings(), channel, found, newId)
    if (start === 'served') {
      return undefined
    }
    if (typeof start === 'string') {
      this.#publish({ type: 'call.rejected', data: { ...about, reason: start } }, key, 2)
      return undefined
    }
    const holds = found === undefined && origin === undefined && start.flow === undefined
    return createHandle({ tenant: owner, home, key, sequence: 1 }, channel, {
      ...{ callId, ...start, found, at, origin },
      ...this.#needsOf(callId, channel, start.queue.queueId),
      chargedTo: callQueue(settings(), channel.chargedTo as QueueId),
      dialled: undefined,
      holdUntil: holds ? classifier.holdUntil(at, classifyWithinMs) : undefined,
    })
  }

  /** The customer answered, or the agent who was rung first. */
  #receiveContact(
    contact: Contact,
    home: Switch,
    channel: CallerChannel,
    at: EpochMs,
  ): CallHandle | undefined {
    const { settings, owner } = this.#ports
    const { callId, goal, isAgentFirst, key, sequence, number } = contact
    const { tenantId: tenant } = settings()
    const origin = isAgentFirst ? 'agentFirst' : contact.origin
    const isQueue = goal.type === 'queue'
    const queue = isQueue ? callQueue(settings(), goal.queueId) : noQueue
    if (queue === undefined) {
      return undefined
    }
    const marked = {
      ...channel,
      enqueuedAt: isQueue ? goal.enqueuedAt : undefined,
      priority: isQueue ? goal.priority : undefined,
      wayOutTask: undefined,
    }
    const handle = createHandle({ tenant: owner, home, key, sequence }, marked, {
      ...{ callId, at, origin, queue },
      flow: isQueue ? undefined : goal.flow,
      chargedTo: undefined,
      requires: isQueue ? goal.requires : undefined,
      preferred: isQueue ? goal.preferred : undefined,
      found: undefined,
      dialled: {
        offer: this.#offerOf(contact),
        isAgentFirst,
        since: isAgentFirst ? at : contact.dialledAt,
        arrival: {
          ...{ tenant, callId, switch: home.id, callerNumber: number, callerName: '' },
          ...{ dialledNumber: channel.dialledNumber, origin: contact.origin },
        },
      },
      holdUntil: undefined,
    })
    if (isQueue) {
      home.send({ type: 'markCall', callId, marks: markNeeds(goal) })
    }
    return handle
  }

  #offerOf(contact: Contact): Dialled['offer'] {
    const { settings, newId } = this.#ports
    const { reserved, isAgentFirst, ringMs } = contact
    if (reserved === undefined) {
      return undefined
    }
    const { offer, matchUs } = reserved
    const [agentId] = offer.agentIds
    if (!isAgentFirst || agentId === undefined) {
      return callOffer(settings(), offer, newId, matchUs)
    }
    return {
      legs: [
        {
          legId: newId() as LegId,
          agentId,
          ...customerDestination(settings(), contact),
          startAfterMs: 0,
        },
      ],
      offerId: newId() as OfferId,
      ringMs,
      deadlineAt: offer.deadlineAt,
      matchUs,
    }
  }

  /**
   * Reads the requirements of the call from its channel. Values that cannot be read are ignored,
   * logged and counted.
   */
  #needsOf(
    callId: CallId,
    { requires, preferredAgents: agentIds, preferredHold, unreadable = [] }: CallerChannel,
    queueId: QueueId,
  ): Pick<CallInput, 'requires' | 'preferred'> {
    const { log, meter, settings } = this.#ports
    const { tenantId: tenant, queues } = settings()
    for (const variable of unreadable) {
      meter.variableMalformed(tenant, variable)
      log.warn({ tenant, callId, variable }, 'ignored a channel variable that could not be parsed')
    }
    const hold = preferredHold ?? queues.get(queueId)?.stickyHold ?? 0
    return { requires, preferred: agentIds === undefined ? undefined : { agentIds, hold } }
  }

  #publish(event: EngineEvent, key: string, sequence: number): void {
    this.#ports.publish(event, this.#ports.settings().tenantId, key, sequence)
  }
}

function originOf(origin: CallerChannel['origin']) {
  return origin === undefined
    ? {}
    : { origin: origin === 'originate' ? origin : ('callback' as const) }
}
