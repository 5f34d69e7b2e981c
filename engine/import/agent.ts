import type { AgentEntry } from './callcenter.ts'
import { type Contact, translateContact } from './contact.ts'
import { type Journal, quote } from './journal.ts'
import { describeName } from './names.ts'
import { createValues, type Values } from './values.ts'
import { type Entry, type InlineValue, spanText } from './yaml-text.ts'

/** An agent that can be imported. */
export interface AgentPlan {
  readonly agent: AgentEntry
  readonly values: Values
  readonly contact: Extract<Contact, { readonly ok: true }>
}

/** An agent's place in an imported queue. */
export interface Membership {
  readonly queueId: string
  readonly level: number
  readonly position: number
  readonly forgivesMisses: boolean
}

const known = new Set([
  'name',
  'type',
  'contact',
  'status',
  'max-no-answer',
  'wrap-up-time',
  'reject-delay-time',
  'busy-delay-time',
  'no-answer-delay-time',
])

/** mod_callcenter's defaults for agents, in Switchyard's terms. */
export const agentDefaults: readonly Entry[] = [
  { key: 'status', value: 'loggedOut' },
  { key: 'maxMisses', value: 0 },
  { key: 'wrapUp', value: '0s' },
  {
    key: 'rest',
    value: { busy: '1s', declined: '1s', noAnswer: '1s', unreachable: '5s' },
    comments: ['mod_callcenter has 0 s; with 1 s a busy phone is not rung again at once'],
  },
]

/** Reads an agent's type and contact. Undefined for an agent that cannot be imported; the journal gives the reason. */
export function planAgent(agent: AgentEntry, journal: Journal): AgentPlan | undefined {
  const subject = `agent ${agent.name}`
  const values = createValues(agent.params, subject, journal)
  const type = values.text('type')?.toLowerCase()
  if (type === 'uuid-standby') {
    const message = 'left out: type uuid-standby (an agent on a permanent call)'
    journal.add(
      'missing',
      agent.place,
      subject,
      message,
      'give the agent a phone: type callback and a contact',
    )
    return undefined
  }
  if (type !== 'callback') {
    const message =
      type === undefined ? 'left out: no type' : `left out: unknown type ${quote(type)}`
    journal.add(
      'look',
      agent.place,
      subject,
      `${message}, so mod_callcenter does not load it`,
      'write type="callback" if the agent is needed',
    )
    return undefined
  }
  for (const name of agent.params.keys()) {
    if (!known.has(name)) {
      journal.add(
        'look',
        agent.place,
        subject,
        `left out: an agent has no attribute ${quote(name)}`,
      )
    }
  }
  const written = values.text('contact') ?? ''
  const contact: Contact =
    written.trim() === ''
      ? {
          ok: false,
          message: 'no contact',
          cure: 'write one such as user/1001@example.org, or remove the agent',
        }
      : translateContact(written)
  if (!contact.ok) {
    journal.add('fault', agent.place, subject, `contact: ${contact.message}`, contact.cure)
    return undefined
  }
  return { agent, values, contact }
}

/** How long the agent's phone rings, in seconds. */
export function ringSecondsOf({ contact }: AgentPlan, maxSeconds: number): number {
  return Math.min(contact.ringSeconds ?? maxSeconds, maxSeconds)
}

/** An agent's part of the configuration: only what differs from `agentDefaults`. */
export function agentEntries(
  { agent, values, contact }: AgentPlan,
  id: string,
  memberships: readonly Membership[],
  journal: Journal,
): readonly Entry[] {
  const seconds = (name: string) => Math.max(1, values.count(name, 0))
  const status = statusOf({ agent, values }, journal)
  const misses = maxMissesOf({ agent, values }, memberships, journal)
  const wrapUp = values.count('wrap-up-time', 0)
  const rest: Record<string, InlineValue> = {}
  for (const [key, name] of [
    ['busy', 'busy-delay-time'],
    ['declined', 'reject-delay-time'],
    ['noAnswer', 'no-answer-delay-time'],
  ] as const) {
    const span = seconds(name)
    if (span !== 1) {
      rest[key] = spanText(span)
    }
  }
  return [
    ...(id === agent.name ? [] : [{ key: 'description', value: describeName(agent.name) }]),
    { key: 'dial', value: contact.dial },
    { key: 'queues', value: memberships.map(membershipValue) },
    ...(status === 'loggedOut' ? [] : [{ key: 'status', value: status }]),
    ...(misses === 0 ? [] : [{ key: 'maxMisses', value: misses }]),
    ...(wrapUp === 0 ? [] : [{ key: 'wrapUp', value: spanText(wrapUp) }]),
    ...(Object.keys(rest).length === 0 ? [] : [{ key: 'rest', value: rest }]),
  ]
}

function membershipValue({ queueId, level, position }: Membership): InlineValue {
  return level === 1 && position === 1 ? queueId : { queue: queueId, level, position }
}

type Subject = Pick<AgentPlan, 'agent' | 'values'>

function statusOf({ agent, values }: Subject, journal: Journal): string {
  const param = values.get('status')
  const subject = `agent ${agent.name}`
  switch (param?.value.toLowerCase()) {
    case undefined:
    case 'logged out':
      return 'loggedOut'
    case 'available':
      return 'available'
    case 'on break':
      return 'onBreak'
    case 'available (on demand)':
      journal.add(
        'changed',
        agent.place,
        subject,
        'status Available (On Demand): the agent stays available after a call; mod_callcenter waits until the agent asks for the next one',
        'let a plugin put the agent on break after each call, with agent.setStatus',
      )
      return 'available'
    default: {
      const message = `unknown status ${quote(param?.value ?? '')}: loggedOut, as with mod_callcenter`
      journal.add('look', agent.place, subject, message)
      return 'loggedOut'
    }
  }
}

function maxMissesOf(
  { agent, values }: Subject,
  memberships: readonly Membership[],
  journal: Journal,
): number {
  const misses = values.count('max-no-answer', 0)
  const subject = `agent ${agent.name}`
  const forgiving = memberships.filter(({ forgivesMisses }) => forgivesMisses)
  if (misses === 0 || (forgiving.length > 0 && forgiving.length === memberships.length)) {
    return 0
  }
  if (forgiving.length > 0) {
    const message =
      'max-no-answer applies in all queues, also in those whose agent-no-answer-status is Available'
    journal.add('changed', agent.place, subject, message, 'set maxMisses: 0 to turn it off')
  }
  if (misses > 100) {
    journal.add('changed', agent.place, subject, `max-no-answer ${misses}: the maximum is 100`)
  }
  return Math.min(misses, 100)
}
