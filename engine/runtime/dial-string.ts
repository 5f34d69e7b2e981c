import type { SwitchCommand } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import type { TenantSettings } from './settings.ts'

/** How the tenant's switch reaches a customer: `{number}` as it is, `{digits}` without a leading `+`. */
export function customerDialString({ outbound }: TenantSettings, number: string): string {
  return (outbound?.dialString ?? '')
    .replaceAll('{number}', number)
    .replaceAll('{digits}', number.replace(/^\+/, ''))
}

/** The wish to ring who is rung first for a contact: the customer, or the agent reserved for them. */
export function dialOf(
  { callId, number, callerId, ringMs, goal, origin, isAgentFirst, reserved }: Contact,
  settings: TenantSettings,
): SwitchCommand {
  const [agentId] = reserved?.offer.agentIds ?? []
  const agent = agentId === undefined ? undefined : settings.agents.get(agentId)
  const shown = callerId ?? settings.outbound?.callerId
  return {
    type: 'dial',
    legId: callId,
    dialString: isAgentFirst ? (agent?.dialString ?? '') : customerDialString(settings, number),
    ringMs: isAgentFirst ? (reserved?.offer.ringMs ?? ringMs) : ringMs,
    // Agents see whom they are going to talk to.
    callerId: isAgentFirst ? number : shown,
    // What an engine that takes over must know of them.
    variables: {
      acd_tenant: settings.tenantId,
      acd_origin: isAgentFirst ? 'agentFirst' : origin,
      acd_customer: number,
      ...(goal.type === 'queue'
        ? {
            acd_queue: goal.queueId,
            acd_priority: String(goal.priority),
            ...(goal.enqueuedAt === undefined ? {} : { acd_enqueued_at: String(goal.enqueuedAt) }),
          }
        : goal.flow.isNamed
          ? { acd_in_flow: goal.flow.name, acd_flow_by: 'originate' }
          : {}),
    },
  }
}
