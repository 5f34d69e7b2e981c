import type { AgentId, CallId, EpochMs, LegId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { Headers } from './event-view.ts'
import { legHeaders, readMark, takenTenant } from './marks.ts'

/** Called with the header of an optional value that cannot be read. */
export type BadValue = (header: string) => void

/** Whether the dialplan, or an engine that took the call, has marked the channel with a tenant. */
export function hasTenant(headers: Headers): boolean {
  return Boolean(headers.get(takenTenant.header) || headers.get(legHeaders.tenant))
}

/**
 * Whether a channel is one of our callers: it has a tenant, and is neither an agent's leg nor
 * the inner half of a loopback we dialled.
 */
export function isCallerChannel(headers: Headers): boolean {
  return (
    hasTenant(headers) &&
    headers.get(legHeaders.callId) === undefined &&
    (!headers.get(legHeaders.origin) || hasOwnId(headers))
  )
}

/**
 * The caller's marks on a channel, or undefined when it is not one of our callers. A mark that
 * cannot be read counts as absent: a bad value must not lose the caller.
 */
export function readCallerChannel(headers: Headers, badValue: BadValue): CallerChannel | undefined {
  if (!isCallerChannel(headers)) {
    return undefined
  }
  // Set: the dialplan has marked the caller since an engine took the call, if one did.
  const marked = headers.get(legHeaders.tenant)
  return {
    tenant: marked || headers.get(takenTenant.header) || '',
    isMarked: Boolean(marked),
    queue: readMark('queue', headers, badValue),
    inQueue: readMark('inQueue', headers, badValue),
    inFlow: readMark('inFlow', headers, badValue),
    flowBy: readMark('flowBy', headers, badValue),
    dialledNumber: headers.get('Caller-Destination-Number') ?? '',
    takenNumber: readMark('takenNumber', headers, badValue),
    callerNumber: headers.get('Caller-Caller-ID-Number') ?? '',
    callerName: headers.get('Caller-Caller-ID-Name') ?? '',
    enqueuedAt: readMark('enqueuedAt', headers, badValue),
    priority: readMark('priority', headers, badValue),
    ...readNeeds(headers),
    chargedTo: readMark('chargedTo', headers, badValue),
    wayOutTask: headers.get('variable_last_sched_id') || undefined,
    state: readMark('state', headers, badValue),
    enteredAt: readMark('enteredAt', headers, badValue),
    answeredAt: readMark('answeredAt', headers, badValue),
    origin: readMark('origin', headers, badValue),
    customerNumber: readMark('customerNumber', headers, badValue),
  }
}

type Needs = Pick<CallerChannel, 'preferredAgents' | 'preferredHold' | 'requires' | 'unreadable'>

/** What the call requires of its agent. People write these variables, so bad ones are reported by name. */
function readNeeds(headers: Headers): Needs {
  let unreadable: string[] | undefined
  const unread = (header: string): void => {
    unreadable = [...(unreadable ?? []), header.slice('variable_'.length)]
  }
  const preferredAgents = readMark('preferredAgents', headers, unread)
  const preferredHold = readMark('preferredHold', headers, unread)
  const requires = readMark('requires', headers, unread)
  return { preferredAgents, preferredHold, requires, unreadable }
}

/** Whether the channel is the one we requested, if we requested one, and not the far half of its loopback. */
function hasOwnId(headers: Headers): boolean {
  const legId = headers.get('Unique-ID')
  return (headers.get('variable_origination_uuid') ?? legId) === legId
}

/** The marks that an offer writes on the channel of an agent's phone. */
export interface AgentLegMarks {
  readonly callId: CallId
  readonly agentId: AgentId
  readonly tenant: string
}

/**
 * The marks of an agent's leg, or undefined for any other channel. The inner
 * half of a loopback leg has the same marks, but it is not the offered leg:
 * that one has its own id as `origination_uuid`.
 */
export function readAgentLeg(headers: Headers, legId: LegId): AgentLegMarks | undefined {
  const callId = headers.get(legHeaders.callId)
  if (!callId || (headers.get('variable_origination_uuid') ?? legId) !== legId) {
    return undefined
  }
  return {
    callId: callId as CallId,
    agentId: (headers.get(legHeaders.agentId) ?? '') as AgentId,
    tenant: headers.get(legHeaders.tenant) ?? '',
  }
}

/** `Event-Date-Timestamp`, converted from microseconds to milliseconds. */
export function readTimestamp(headers: Headers): EpochMs | undefined {
  const text = headers.get('Event-Date-Timestamp')
  return text !== undefined && /^\d{1,18}$/.test(text) ? Math.floor(Number(text) / 1000) : undefined
}
