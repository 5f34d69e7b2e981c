import type { Destination, SwitchCommand } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import type { TenantSettings } from './settings.ts'

/** Where to ring a customer, and the caller ID to show. */
export function customerDestination(
  { outbound }: TenantSettings,
  { number, callerId }: Pick<Contact, 'number' | 'callerId'>,
): Destination {
  return { address: outbound?.address ?? '', number, callerId: callerId ?? outbound?.callerId }
}

/** The command to dial a contact: rings the customer, or the reserved agent if the agent is rung first. */
export function dialCommand(contact: Contact, settings: TenantSettings): SwitchCommand {
  const { callId, number, ringMs, goal, origin, isAgentFirst, reserved } = contact
  const [agentId] = reserved?.offer.agentIds ?? []
  const agent = agentId === undefined ? undefined : settings.agents.get(agentId)
  return {
    type: 'dial',
    legId: callId,
    ...(isAgentFirst
      ? // Agents see the customer's number.
        { address: agent?.address ?? '', callerId: number }
      : customerDestination(settings, contact)),
    ringMs: isAgentFirst ? (reserved?.offer.ringMs ?? ringMs) : ringMs,
    // For an engine that takes over.
    marks: {
      tenant: settings.tenantId,
      origin: isAgentFirst ? 'agentFirst' : origin,
      customerNumber: number,
      ...(goal.type === 'queue'
        ? {
            queue: goal.queueId,
            priority: goal.priority,
            ...(goal.enqueuedAt === undefined ? {} : { enqueuedAt: goal.enqueuedAt }),
          }
        : goal.flow.isNamed
          ? { inFlow: goal.flow.name, flowBy: 'originate' }
          : {}),
    },
  }
}
