import type { AgentId, CallId, EpochMs, LegId } from '../catalogue/ids.ts'
import {
  type CallerChannel,
  type CallerState,
  type CallOrigin,
  callerStates,
  callOrigins,
} from '../switch/event.ts'
import type { Headers } from './event-view.ts'

/** Told of an optional value that cannot be read. */
export type BadValue = (header: string) => void

/**
 * The caller's marks on a channel, or undefined when it is no caller of ours:
 * it has no tenant, or it is an agent's leg, or the inner half of a loopback we dialled. A mark that cannot be read counts
 * as absent: a caller is not lost for a wrong number.
 */
export function readCallerChannel(headers: Headers, badValue: BadValue): CallerChannel | undefined {
  const tenant = headers.get('variable_acd_tenant')
  if (tenant === undefined || tenant === '' || headers.get('variable_acd_call') !== undefined) {
    return undefined
  }
  const origin = orUndefined(headers.get('variable_acd_origin'))
  if (origin !== undefined && !bearsItsOwnId(headers)) {
    return undefined
  }
  return {
    tenant,
    queue: orUndefined(headers.get('variable_acd_queue')),
    inQueue: orUndefined(headers.get('variable_acd_in_queue')),
    inFlow: orUndefined(headers.get('variable_acd_in_flow')),
    flowBy: orUndefined(headers.get('variable_acd_flow_by')),
    dialledNumber: headers.get('Caller-Destination-Number') ?? '',
    takenNumber: orUndefined(headers.get('variable_acd_dialled')),
    callerNumber: headers.get('Caller-Caller-ID-Number') ?? '',
    callerName: headers.get('Caller-Caller-ID-Name') ?? '',
    enqueuedAt: readInteger(headers, 'variable_acd_enqueued_at', badValue),
    priority: readInteger(headers, 'variable_acd_priority', badValue),
    requires: orUndefined(headers.get('variable_acd_require')),
    prefers: orUndefined(headers.get('variable_acd_prefer')),
    holds: orUndefined(headers.get('variable_acd_hold')),
    chargedTo: orUndefined(headers.get('variable_acd_charged_to')),
    wayOutTask: orUndefined(headers.get('variable_last_sched_id')),
    state: readOneOf(states, 'variable_acd_state', headers, badValue),
    enteredAt: readInteger(headers, 'variable_acd_entered_at', badValue),
    answeredAt: readInteger(headers, 'variable_acd_answered_at', badValue),
    origin: readOneOf(origins, 'variable_acd_origin', headers, badValue),
    customerNumber: orUndefined(headers.get('variable_acd_customer')),
  }
}

const states: ReadonlySet<CallerState> = new Set(callerStates)

const origins: ReadonlySet<CallOrigin> = new Set(callOrigins)

function readOneOf<Word extends string>(
  words: ReadonlySet<Word>,
  name: string,
  headers: Headers,
  badValue: BadValue,
): Word | undefined {
  const text = orUndefined(headers.get(name)) as Word | undefined
  if (text !== undefined && !words.has(text)) {
    badValue(name)
    return undefined
  }
  return text
}

/** Whether it is the channel that was asked for, if one was, and not the far half of its loopback. */
function bearsItsOwnId(headers: Headers): boolean {
  const legId = headers.get('Unique-ID')
  return (headers.get('variable_origination_uuid') ?? legId) === legId
}

/** What an offer wrote on the channel of an agent's phone. */
export interface AgentLegMarks {
  readonly callId: CallId
  readonly agentId: AgentId
  readonly tenant: string
}

/**
 * The marks of an agent's leg, or undefined when the channel is none. The inner
 * half of a loopback leg has the same marks, yet it is not the leg that was
 * offered: that one bears its own id as `origination_uuid`.
 */
export function readAgentLeg(headers: Headers, legId: LegId): AgentLegMarks | undefined {
  const callId = headers.get('variable_acd_call')
  if (!callId || (headers.get('variable_origination_uuid') ?? legId) !== legId) {
    return undefined
  }
  return {
    callId: callId as CallId,
    agentId: (headers.get('variable_acd_agent') ?? '') as AgentId,
    tenant: headers.get('variable_acd_tenant') ?? '',
  }
}

/** `Event-Date-Timestamp`, which is in microseconds, in milliseconds. */
export function readTimestamp(headers: Headers): EpochMs | undefined {
  const text = headers.get('Event-Date-Timestamp')
  return text !== undefined && /^\d{1,18}$/.test(text) ? Math.floor(Number(text) / 1000) : undefined
}

function readInteger(headers: Headers, name: string, badValue: BadValue): number | undefined {
  const text = headers.get(name)
  if (text === undefined || text === '') {
    return undefined
  }
  if (!/^-?\d{1,15}$/.test(text)) {
    badValue(name)
    return undefined
  }
  return Number(text)
}

function orUndefined(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
