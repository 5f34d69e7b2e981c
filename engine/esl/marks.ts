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

/** How a mark stands on a channel. */
interface Mark<Value> {
  /** The channel variable. */
  readonly variable: string
  /** The header that shows it in events and dumps. */
  readonly header: string
  encode(value: Value): string
  /** @returns undefined for a text that is no such value */
  decode(text: string): Value | undefined
}

/** Every mark of a caller's channel. This file alone knows the names of their variables. */
const marks: { readonly [M in keyof CallMarks]: Mark<CallMarks[M]> } = {
  tenant: text('acd_tenant'),
  queue: text('acd_queue'),
  // Not acd_queue: that is the dialplan's word, and it stands for its next park too.
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

/** What an offer writes on each of its legs, beside the call's tenant. */
export const legVariables = {
  tenant: marks.tenant.variable,
  callId: 'acd_call',
  agentId: marks.agentId.variable,
} as const

/** The headers that show {@link legVariables}, and why a leg was dialled. */
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

/** Told of each variable to be written, in the order of the marks, '' to clear it. */
export type WriteVariable = (variable: string, value: string) => void

/** The variables of marks, in the order of the marks. */
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
 * A mark of a channel.
 *
 * @param unread told of a variable that is no such value: the mark counts as absent
 */
export function readMark<M extends keyof CallMarks>(
  name: M,
  headers: Headers,
  unread: (header: string) => void,
): CallMarks[M] | undefined {
  const { header, decode } = marks[name] as Mark<CallMarks[M]>
  const found = headers.get(header)
  // A channel variable that is empty is none.
  if (found === undefined || found === '') {
    return undefined
  }
  const value = decode(found)
  if (value === undefined) {
    unread(header)
  }
  return value
}
