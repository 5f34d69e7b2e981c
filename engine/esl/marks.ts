import type { AgentId } from '../catalogue/ids.ts'
import { flowReasons } from '../catalogue/outcomes.ts'
import { type CallMarks, callerStates, callOrigins, type MarkChange } from '../switch/marks.ts'
import type { Headers } from './event-view.ts'
import {
  parseAgents,
  parseHold,
  parseRequirement,
  writeAgents,
  writeHold,
  writeRequirement,
} from './need-text.ts'

/** How a mark is written on a channel. */
interface Mark<Value> {
  /** The channel variable. */
  readonly variable: string
  /** The header that contains it in events and dumps. */
  readonly header: string
  encode(value: Value): string
  /** @returns undefined when the text is not a valid value */
  decode(text: string): Value | undefined
}

/** Every mark of a caller's channel. Only this file knows the names of their variables. */
const marks: { readonly [M in keyof CallMarks]: Mark<CallMarks[M]> } = {
  tenant: text('acd_tenant'),
  queue: text('acd_queue'),
  // Not acd_queue: the dialplan sets that one, and it still applies when the channel parks again.
  inQueue: text('acd_in_queue'),
  takenNumber: text('acd_dialled'),
  enqueuedAt: integer('acd_enqueued_at'),
  enteredAt: integer('acd_entered_at'),
  chargedTo: text('acd_charged_to'),
  priority: integer('acd_priority'),
  requires: mark('acd_require', writeRequirement, parseRequirement),
  preferredAgents: mark('acd_prefer', writeAgents, parseAgents),
  preferredHold: mark('acd_hold', writeHold, parseHold),
  origin: oneOf('acd_origin', callOrigins),
  customerNumber: text('acd_customer'),
  state: oneOf('acd_state', callerStates),
  agentId: text<AgentId>('acd_agent'),
  answeredAt: integer('acd_answered_at'),
  inFlow: text('acd_in_flow'),
  flowBy: oneOf('acd_flow_by', flowReasons),
}

/** The variables that an offer sets on each of its legs. */
export const legVariables = {
  tenant: marks.tenant.variable,
  callId: 'acd_call',
  agentId: marks.agentId.variable,
} as const

/**
 * The tenant of a call that an engine has taken. Taking it moves the tenant here from the variable
 * that the dialplan sets, so that a channel which parks again is a new arrival only where the
 * dialplan has set that one again: not in a hold, a transfer or a `park` that the switch or a phone
 * makes by itself.
 */
export const takenTenant = {
  variable: 'acd_in_tenant',
  header: 'variable_acd_in_tenant',
} as const

/** The headers that contain {@link legVariables}, and the reason why a leg was dialled. */
export const legHeaders = {
  tenant: marks.tenant.header,
  callId: `variable_${legVariables.callId}`,
  agentId: marks.agentId.header,
  origin: marks.origin.header,
} as const

function mark<Value>(
  variable: string,
  encode: (value: Value) => string,
  decode: (text: string) => Value | undefined,
): Mark<Value> {
  return { variable, header: `variable_${variable}`, encode, decode }
}

function text<Value extends string = string>(variable: string): Mark<Value> {
  return mark(
    variable,
    (value) => value,
    (found) => found as Value,
  )
}

function integer(variable: string): Mark<number> {
  return mark(variable, String, (found) => (/^-?\d{1,15}$/.test(found) ? Number(found) : undefined))
}

function oneOf<Word extends string>(variable: string, words: readonly Word[]): Mark<Word> {
  return mark(
    variable,
    (word) => word,
    (found) => (words.includes(found as Word) ? (found as Word) : undefined),
  )
}

/** Called for each variable to write, in the order of the marks; '' clears it. */
export type WriteVariable = (variable: string, value: string) => void

/** Writes a change of marks as variables, in the order of the marks. */
export function encodeMarks(change: MarkChange, write: WriteVariable): void {
  for (const name in change) {
    encodeMark(name as keyof CallMarks, change, write)
  }
}

function encodeMark<M extends keyof CallMarks>(
  name: M,
  change: { readonly [N in M]?: CallMarks[N] | null },
  write: WriteVariable,
): void {
  const value = change[name]
  if (value !== undefined) {
    const { variable, encode } = marks[name] as Mark<CallMarks[M]>
    write(variable, value === null ? '' : encode(value as CallMarks[M]))
  }
}

/**
 * Reads a mark of a channel.
 *
 * @param unread called with the header of a value that cannot be read; the mark then counts as absent
 */
export function readMark<M extends keyof CallMarks>(
  name: M,
  headers: Headers,
  unread: (header: string) => void,
): CallMarks[M] | undefined {
  const { header, decode } = marks[name] as Mark<CallMarks[M]>
  const found = headers.get(header)
  // An empty channel variable counts as absent.
  if (found === undefined || found === '') {
    return undefined
  }
  const value = decode(found)
  if (value === undefined) {
    unread(header)
  }
  return value
}
