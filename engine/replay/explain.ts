import type { Envelope } from '../catalogue/envelope.ts'
import { decisionText, seconds } from './decision-text.ts'
import type { EventLine } from './event-lines.ts'
import { needsText } from './needs-text.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Tells the story of a call from its events: what happened when, how long the call waited,
 * which agents it was offered to and why, and how it ended. It never contains the caller's
 * number or name.
 *
 * @param events in the order of the stream; only those of the call are kept
 * @returns text for people, or undefined without any event of the call
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
  // Several engines may have published events of the call, each in order.
  const story = found.toSorted((a, b) => a.at - b.at)
  const [first] = story
  if (first === undefined) {
    return undefined
  }
  const lines = story.flatMap((event) => {
    const [line = '', ...reasons] = describe(event, callId)
    const time = new Date(event.at).toISOString().slice(11, 23)
    const since = `+${seconds(event.at - first.at)}`
    return [`${time} ${since.padStart(10)}  ${line}`, ...reasons.map((text) => `${indent}${text}`)]
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
  withdrawn: 'is no longer rung',
  failed: 'could not be rung because of a fault on the switch',
  expired: 'was released at the deadline, since the switch did not report the outcome',
}

const overflows: Readonly<Record<string, string>> = {
  maxWait: 'it reached the maximum wait',
  full: 'the queue was full',
  joinUnstaffed: 'the queue was not staffed when it arrived',
  unstaffed: 'the queue was not staffed',
  removed: 'the queue was removed from the configuration',
  command: 'a command sent it there',
}

function describe(event: Envelope, callId: string): readonly string[] {
  const fields = fieldsOf(event)
  const text = (name: string) => String(fields[name] ?? '?')
  const span = (name: string) => seconds(Number(fields[name] ?? 0))
  const wait = () => `after waiting ${span('waitMs')}`
  switch (event.type) {
    case 'call.arrived':
      return [`arrived for ${text('dialledNumber')} on ${text('switch')}`]
    case 'call.queued':
      return [queuedText(event, fields), ...needsText(fields)]
    case 'call.dialled':
      return [`${text('switch')} dials the number, for a ${text('origin')}`]
    case 'call.dialEnded': {
      const cause = fields['cause'] === '' ? '' : ` (${text('cause')})`
      return [`dialling ends after ${span('ringMs')}: ${text('outcome')}${cause}`]
    }
    case 'call.changed':
      return [`changed: priority ${text('priority')}`, ...needsText(fields)]
    case 'call.matched':
      return matchedText(fields, callId)
    case 'call.offered': {
      const isLater = Number(fields['startAfterMs'] ?? 0) > 0
      const later = isLater ? `, to ring in ${span('startAfterMs')}` : ''
      return [`offered to ${text('agent')} for ${text('queue')} ${wait()}${later}`]
    }
    case 'call.actionDue':
      return [`${text('name')} is due in ${text('queue')} ${wait()}`]
    case 'call.offerEnded': {
      const cause = fields['cause'] === '' ? '' : ` (${text('cause')})`
      const outcome = text('outcome')
      return [`${text('agent')} ${outcomes[outcome] ?? outcome}${cause}`]
    }
    case 'call.answered': {
      const within = fields['isWithinThreshold'] === true ? 'within' : 'outside'
      const charged = text('chargedTo')
      return [`${text('agent')} answers ${wait()}, ${within} the service level of ${charged}`]
    }
    case 'call.held':
      return [`on hold with ${text('agent')}`]
    case 'call.resumed':
      return [`back with ${text('agent')} after ${span('holdMs')} on hold`]
    case 'call.abandoned': {
      const ringing = fields['wasRinging'] === true ? ', while a phone was ringing' : ''
      return [`the caller hangs up ${wait()}${ringing}`]
    }
    case 'call.overflowed': {
      const why = overflows[text('reason')] ?? text('reason')
      return [`leaves ${text('queue')} for ${text('to')} ${wait()}: ${why}`]
    }
    case 'flow.started':
      return [`the flow ${text('flow')} begins`]
    case 'flow.ended':
      return [`the flow ${text('flow')} ends: ${text('outcome')}`]
    case 'call.contained':
      return [`ends in the flow ${text('flow')} without an agent; the ${text('endedBy')} hung up`]
    case 'call.sentAway':
      return [`ends in the flow ${text('flow')}: ${text('end')}`]
    case 'call.requeued':
      return [`a command moves it from ${text('queue')} to ${text('toQueue')}`]
    case 'call.transferred':
      return fields['agent'] === undefined
        ? ['transferred by the dialplan while it waited']
        : [`transferred away from ${text('agent')} after talking ${span('talkMs')}`]
    case 'call.completed':
      return [
        `ends after talking ${span('talkMs')} with ${text('agent')}, ${span('holdMs')} of it on hold; the ${text('endedBy')} hung up`,
      ]
    case 'call.rejected':
      return [`rejected and left to the dialplan: ${text('reason')}`]
    case 'call.lost':
      return [`LOST: ${text('reason')}`]
    default:
      return [`${event.type} (unknown to this version)`]
  }
}

function queuedText({ at }: Envelope, fields: Fields): string {
  const { queue, chargedTo = queue, priority, enqueuedAt, isAdopted, position } = fields
  const found = isAdopted === true ? 'found waiting in' : 'waits in'
  const kept = typeof enqueuedAt === 'number' ? at - enqueuedAt : 0
  const place = kept > 0 ? `, at its place from ${seconds(kept)} ago` : ''
  const points = priority === undefined || priority === 0 ? '' : `, priority ${String(priority)}`
  const rank = position === undefined ? '' : `, at position ${String(position)}`
  const charged = chargedTo === queue ? '' : `, wait charged to ${String(chargedTo)}`
  return `${found} ${String(queue)}${points}${place}${rank}${charged}`
}

function matchedText(fields: Fields, callId: string): readonly string[] {
  const agents = Array.isArray(fields['agents']) ? fields['agents'].map(String) : []
  const matchUs = fields['matchUs']
  const took = typeof matchUs === 'number' ? ` in ${Math.round(matchUs)} µs` : ''
  const decision = fields['decision']
  const why =
    decision === undefined
      ? ['No decision record: the settings record only a sample.']
      : (decisionText(decision, agents, callId) ?? ['The decision record cannot be read.'])
  return [`matched with ${agents.join(', ') || 'nobody'}${took}`, ...why]
}

function fieldsOf({ data }: Envelope): Fields {
  return data as Fields
}
