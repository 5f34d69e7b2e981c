import type { EpochMs } from '../catalogue/ids.ts'
import { addProfiles, micros } from './caller-profile.ts'
import { type Channel, type ChannelState, channelStates } from './channel.ts'
import { completionVariables } from './channel-variables.ts'
import { type EventName, eventKinds } from './event-kinds.ts'
import { createTemplate, type Fields, type HeaderTemplate } from './template.ts'
import { type ByteString, type Format, json, plain } from './wire-text.ts'

/** Headers that an event has in addition to those of its channel. */
export type Extra = readonly (readonly [name: string, value: ByteString])[]

export interface EventContent {
  readonly name: EventName
  readonly channel?: Channel
  /** Headers before the channel's. */
  readonly first?: Extra
  /** Headers after the channel's variables. */
  readonly last?: Extra
  readonly body?: ByteString
}

const completion = createTemplate(completionVariables, 'variable_')

const codecs: HeaderTemplate = [
  ['Channel-Read-Codec-Name', 'PCMU'],
  ['Channel-Read-Codec-Rate', '8000'],
  ['Channel-Read-Codec-Bit-Rate', '64000'],
  ['Channel-Write-Codec-Name', 'PCMU'],
  ['Channel-Write-Codec-Rate', '8000'],
  ['Channel-Write-Codec-Bit-Rate', '64000'],
]

const codecText = createTemplate(codecs).shared

/** How the switch identifies itself in each event. */
export interface SwitchIdentity {
  readonly coreUuid: string
  readonly hostname: string
}

/** Creates the writer of a switch's event text. One serves the whole switch, since it caches repeated parts. */
export function createEventWriter(identity: SwitchIdentity) {
  const beginnings = new Map<string, string>()
  let second = -1
  let dates = { plain: '', json: '' }

  function beginning(name: EventName, format: Format): string {
    const key = format.name + name
    let text = beginnings.get(key)
    if (text === undefined) {
      const [file, functionName, line] = eventKinds[name].calledFrom
      text =
        format.open(name) +
        format.header('Core-UUID', identity.coreUuid) +
        format.header('FreeSWITCH-Hostname', identity.hostname) +
        format.header('FreeSWITCH-Switchname', identity.hostname) +
        format.header('FreeSWITCH-IPv4', '192.0.2.2') +
        format.header('FreeSWITCH-IPv6', 'fd00::2') +
        format.header('Event-Calling-File', file) +
        format.header('Event-Calling-Function', functionName) +
        format.header('Event-Calling-Line-Number', String(line))
      beginnings.set(key, text)
    }
    return text
  }

  function date(at: EpochMs, format: Format): string {
    if (Math.floor(at / 1000) !== second) {
      second = Math.floor(at / 1000)
      const now = new Date(second * 1000)
      const local = stamp(at)
      const write = (f: Format): string =>
        f.header('Event-Date-Local', local) + f.header('Event-Date-GMT', now.toUTCString())
      dates = { plain: write(plain), json: write(json) }
    }
    return dates[format.name] + format.header('Event-Date-Timestamp', `${Math.floor(at * 1000)}`)
  }

  /** Renders one event without its frame, in pieces that the caller joins. */
  return function write(
    { name, channel, first, last, body }: EventContent,
    format: Format,
    at: EpochMs,
    sequence: number,
  ): string[] {
    const { scope } = eventKinds[name]
    let head =
      date(at, format) +
      format.header('Event-Sequence', String(sequence)) +
      (first ? headers(first, format) : '')
    if (channel) head += channelState(channel, name, format)
    const pieces = [beginning(name, format), head]
    if (channel && channel.kind !== 'aborted') {
      pieces.push(codecText[format.name])
      addProfiles(pieces, channel, format)
    }
    if (channel && scope !== 'brief') {
      pieces.push(...channel.fixedVariables(format), setVariables(channel, format))
      if (scope === 'final' && channel.kind !== 'aborted') {
        pieces.push(completion.shared[format.name], completion.render(times(channel), format))
      }
    }
    pieces.push((last ? headers(last, format) : '') + format.close(body))
    return pieces
  }
}

/** Formats an instant in UTC, such as `2026-11-21 23:13:55`. */
export function stamp(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

function headers(extra: Extra, format: Format): string {
  let text = ''
  for (const [name, value] of extra) text += format.header(name, value)
  return text
}

function channelState(channel: Channel, name: EventName, format: Format): string {
  const { state, callState, answerState, hangupCause, uuid, direction, originator } = channel
  const number = channelStates[stateAhead(channel)]
  let text =
    format.header('Channel-State', state) +
    format.header('Channel-Call-State', callState) +
    format.header('Channel-State-Number', String(number)) +
    format.header('Channel-Name', channel.kind === 'aborted' ? 'N/A' : channel.name) +
    format.header('Unique-ID', uuid) +
    format.header('Call-Direction', direction) +
    format.header('Presence-Call-Direction', direction) +
    format.header('Channel-HIT-Dialplan', String(direction === 'inbound')) +
    format.header('Channel-Call-UUID', originator) +
    format.header('Answer-State', answerState)
  if (hangupCause !== undefined && name !== 'CHANNEL_HANGUP_COMPLETE') {
    text += format.header('Hangup-Cause', hangupCause)
  }
  return text
}

/** While a channel hangs up or is transferred, Channel-State-Number is ahead of Channel-State. */
function stateAhead({ state, isLeaving, isUp, isGone }: Channel): ChannelState {
  if (!isUp && !isGone) return 'CS_HANGUP'
  return isLeaving ? 'CS_ROUTING' : state
}

function setVariables(channel: Channel, format: Format): string {
  return channel.cached(format, 'variables', () => {
    let text = ''
    for (const [name, value] of channel.variables()) {
      text += format.header(`variable_${name}`, value)
    }
    return text
  })
}

function times({ createdAt, answeredAt, bridgedAt, endedAt }: Channel): Fields {
  const seconds = (ms: number): string => String(Math.floor(ms / 1000))
  const durationMs = endedAt === 0 ? 0 : endedAt - createdAt
  const billedMs = answeredAt === 0 || endedAt === 0 ? 0 : endedAt - answeredAt
  return {
    stamp: stamp(createdAt),
    created: micros(createdAt),
    createdSeconds: seconds(createdAt),
    answered: micros(answeredAt),
    answeredSeconds: seconds(answeredAt),
    bridged: micros(bridgedAt),
    bridgedSeconds: seconds(bridgedAt),
    ended: micros(endedAt),
    endedSeconds: seconds(endedAt),
    durationMs: String(durationMs),
    durationSeconds: seconds(durationMs),
    billedMs: String(billedMs),
    billedSeconds: seconds(billedMs),
  }
}
