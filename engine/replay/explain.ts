import type { Envelope } from '../catalogue/envelope.ts'
import { decisionText, seconds } from './decision-text.ts'
import type { EventLine } from './event-lines.ts'
import { needsText } from './needs-text.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Tells the story of a call from its events: when what happened, how long it
 * waited, who was rung and why, and how it ended. Never the caller's number or name.
 *
 * @param events all there are, in the order of the stream; only those of the call are kept
 * @returns text for people; undefined when there is no event of the call
 */
export async function explainCall(
  events: AsyncIterable<EventLine> | Iterable<EventLine>,
  callId: string,
): Promise<string | undefined> {
  const found: Envelope[] = []
  for await (const { event } of events) {
    if (fieldsOf(event)['callId'] === callId && event.type.startsWith('call.')) {
      found.push(event)
    }
  }
  // Several engines may have told of it, each in order.
  const story = found.toSorted((a, b) => a.at - b.at)
  const [first] = story
  if (first === undefined) {
    return undefined
  }
  const lines = story.flatMap((event) => {
    const [said = '', ...why] = tell(event, callId)
    const time = new Date(event.at).toISOString().slice(11, 23)
    const since = `+${seconds(event.at - first.at)}`
    return [`${time} ${since.padStart(10)}  ${said}`, ...why.map((line) => `${indent}${line}`)]
  })
  const day = new Date(first.at).toISOString().slice(0, 10)
  return [`Call ${callId} of tenant ${first.tenant}, ${day}, times in UTC`, '', ...lines, ''].join(
    '\n',
  )
}

const indent = ' '.repeat(27)

const outcomes: Readonly<Record<string, string>> = {
  busy: 'was busy',
  declined: 'declined',
  noAnswer: 'did not answer',
  unreachable: 'could not be reached',
  withdrawn: 'was not rung any more',
  failed: 'could not be rung: a fault of the switch',
  expired: 'was given back at the deadline, without a word from the switch',
}

const overflows: Readonly<Record<string, string>> = {
  maxWait: 'had waited too long',
  full: 'found the queue full',
  joinUnstaffed: 'found nobody staffed',
  unstaffed: 'waited with nobody staffed',
  removed: 'was in a queue that is no more',
  command: 'was sent there by a command',
}

function tell(event: Envelope, callId: string): readonly string[] {
  const fields = fieldsOf(event)
  const text = (name: string) => String(fields[name] ?? '?')
  const span = (name: string) => seconds(Number(fields[name] ?? 0))
  switch (event.type) {
    case 'call.arrived':
      return [`arrived for ${text('dialledNumber')} on ${text('switch')}`]
    case 'call.queued':
      return [queuedText(event, fields), ...needsText(fields)]
    case 'call.dialled':
      return [`the number is dialled on ${text('switch')}, for a ${text('origin')}`]
    case 'call.dialEnded': {
      const cause = fields['cause'] === '' ? '' : ` (${text('cause')})`
      return [`dialled for ${span('ringMs')}: ${text('outcome')}${cause}`]
    }
    case 'call.changed':
      return [`more is known of it: priority ${text('priority')}`, ...needsText(fields)]
    case 'call.matched':
      return matchedText(fields, callId)
    case 'call.offered': {
      const later = Number(fields['startAfterMs'] ?? 0) > 0 ? ` in ${span('startAfterMs')}` : ''
      return [`${text('agent')} is rung for ${text('queue')}${later}, ${span('waitMs')} waited`]
    }
    case 'call.actionDue':
      return [`${text('name')} is due in ${text('queue')}, ${span('waitMs')} waited`]
    case 'call.offerEnded': {
      const cause = fields['cause'] === '' ? '' : ` (${text('cause')})`
      const outcome = text('outcome')
      return [`${text('agent')} ${outcomes[outcome] ?? outcome}${cause}`]
    }
    case 'call.answered': {
      const within = fields['isWithinThreshold'] === true ? 'within' : 'beyond'
      const charged = text('chargedTo')
      return [
        `${text('agent')} answers, ${span('waitMs')} waited, ${within} the service level of ${charged}`,
      ]
    }
    case 'call.held':
      return [`on hold with ${text('agent')}`]
    case 'call.resumed':
      return [`${text('agent')} is back, ${span('holdMs')} on hold`]
    case 'call.abandoned': {
      const ringing = fields['wasRinging'] === true ? ' while a phone was ringing' : ''
      return [`the caller hangs up${ringing}, ${span('waitMs')} waited in vain`]
    }
    case 'call.overflowed': {
      const why = overflows[text('reason')] ?? text('reason')
      return [`leaves ${text('queue')} for ${text('to')}, ${span('waitMs')} waited: it ${why}`]
    }
    case 'flow.started':
      return [`the flow ${text('flow')} begins`]
    case 'flow.ended':
      return [`the flow ${text('flow')} ends: ${text('outcome')}`]
    case 'call.contained':
      return [
        `ends in the flow ${text('flow')}, no agent asked for; the ${text('endedBy')} hung up`,
      ]
    case 'call.sentAway':
      return [`ends in the flow ${text('flow')}: ${text('end')}`]
    case 'call.requeued':
      return [`sent from ${text('queue')} to ${text('toQueue')} by a command, its place kept`]
    case 'call.transferred':
      return fields['agent'] === undefined
        ? ['taken away by the dialplan while it waited']
        : [`transferred from ${text('agent')}, ${span('talkMs')} talked`]
    case 'call.completed':
      return [
        `ends: ${span('talkMs')} talked with ${text('agent')}, ${span('holdMs')} of it on hold; the ${text('endedBy')} hung up`,
      ]
    case 'call.rejected':
      return [`sent back to the dialplan: ${text('reason')}`]
    case 'call.lost':
      return [`LOST: ${text('reason')}`]
    default:
      return [`${event.type}, which this version does not know`]
  }
}

function queuedText({ at }: Envelope, fields: Fields): string {
  const { queue, chargedTo = queue, priority, enqueuedAt, isAdopted, position } = fields
  const found = isAdopted === true ? 'found waiting in' : 'waits in'
  const kept = typeof enqueuedAt === 'number' ? at - enqueuedAt : 0
  const place = kept > 0 ? `, with the place of one who has waited ${seconds(kept)}` : ''
  const points = priority === undefined || priority === 0 ? '' : `, priority ${String(priority)}`
  const rank = position === undefined ? '' : `, at position ${String(position)}`
  const charged = chargedTo === queue ? '' : `, its wait charged to ${String(chargedTo)}`
  return `${found} ${String(queue)}${points}${place}${rank}${charged}`
}

function matchedText(fields: Fields, callId: string): readonly string[] {
  const agents = Array.isArray(fields['agents']) ? fields['agents'].map(String) : []
  const matchUs = fields['matchUs']
  const took = typeof matchUs === 'number' ? ` in ${Math.round(matchUs)} µs` : ''
  const decision = fields['decision']
  const why =
    decision === undefined
      ? ['No decision record: the settings sample them.']
      : (decisionText(decision, agents, callId) ?? ['The decision record cannot be read.'])
  return [`matched with ${agents.join(', ') || 'nobody'}${took}`, ...why]
}

function fieldsOf({ data }: Envelope): Fields {
  return data as Fields
}
