import type { SwitchId } from '../catalogue/ids.ts'
import type { CallerChannel, SwitchEvent } from '../switch/event.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import { endedBy, hungUpBy } from './endings.ts'
import { ids } from './ids.ts'

/** What every event of the fake switch has. */
export const from = { switchId: 'fake' as SwitchId, at: 0 }

/** The channel of a caller who dialled the queue `sales` of `acme`, without marks of an engine. */
export const newChannel: CallerChannel = {
  tenant: 'acme',
  queue: undefined,
  dialledNumber: 'sales',
  callerNumber: '+49301234',
  callerName: 'Eve',
  enqueuedAt: undefined,
  priority: undefined,
  wayOutTask: undefined,
}

/** A caller parks whose channel is {@link newChannel}, but for `over`. */
export function callParked(callId: string, over: Partial<CallerChannel> = {}): SwitchEvent {
  const channel = { ...newChannel, ...over }
  return { ...from, type: 'callParked', callId: ids.call(callId), channel }
}

/** A leg ends. @param cause of FreeSWITCH */
export function legHungUp(legId: string, cause = 'NORMAL_CLEARING'): SwitchEvent {
  return { ...from, type: 'legHungUp', legId: ids.leg(legId), ...hungUpBy(cause) }
}

/** The leg of an agent answers. */
export function legAnswered(legId: string, callId: string): SwitchEvent {
  return { ...from, type: 'legAnswered', legId: ids.leg(legId), callId: ids.call(callId) }
}

/** A caller and an agent begin to talk. */
export function legsJoined(callId: string, agentLegId: string): SwitchEvent {
  return {
    ...{ ...from, type: 'legsJoined' },
    ...{ callId: ids.call(callId), agentLegId: ids.leg(agentLegId) },
  }
}

/** A caller and an agent talk no more, and the caller stays. */
export function legsParted(callId: string, agentLegId: string): SwitchEvent {
  return {
    ...{ ...from, type: 'legsParted', isCallerGone: false },
    ...{ callId: ids.call(callId), agentLegId: ids.leg(agentLegId) },
  }
}

/** An offer ends. @param cause of FreeSWITCH */
export function offerEnded(
  callId: string,
  offerId: string,
  cause: string,
  over: { readonly isTransferred?: boolean } = {},
): SwitchEvent {
  return {
    ...{ ...from, type: 'offerEnded', callId: ids.call(callId), offerId: ids.offer(offerId) },
    ...{ ...endedBy(cause), isTransferred: false, ...over },
  }
}

/** A caller who is parked, as a look at the switch finds them; their channel is that of {@link callParked}. */
export function parkedCaller(
  callId: string,
  channel: Partial<CallerChannel> = {},
  over: Partial<LegSnapshot> = {},
): LegSnapshot {
  return {
    legId: ids.call(callId),
    joinedTo: undefined,
    isAnswered: true,
    caller: { ...newChannel, ...channel },
    agentLeg: undefined,
    activity: 'parked',
    ...over,
  }
}
