import type { EpochMs } from '../catalogue/ids.ts'
import { type Channel, type ChannelState, channelStates } from './channel.ts'
import { completionVariables } from './channel-variables.ts'
import { type EventName, eventKinds } from './event-kinds.ts'
import { createTemplate, type Fields, type HeaderTemplate } from './template.ts'
import { type ByteString, type Format, json, plain } from './wire-text.ts'

/** Headers that an event has beside those of its channel. */
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

const callee: HeaderTemplate = [
  ['Callee-ID-Name', 'Outbound Call'],
  ['Callee-ID-Number', '{dialled}'],
]

function profileTemplate(kind: 'inbound' | 'outbound' | 'anonymous'): HeaderTemplate {
  const headers: HeaderTemplate = [
    ['Direction', '{direction}'],
    ['Logical-Direction', '{direction}'],
    ['Username', '{number}'],
    ['Dialplan', 'XML'],
    ['Caller-ID-Name', '{shownName}'],
    ['Caller-ID-Number', '{shownNumber}'],
    ['Orig-Caller-ID-Name', '{callerName}'],
    ['Orig-Caller-ID-Number', '{number}'],
    ...(kind === 'inbound' ? [] : callee),
    ['Network-Addr', '127.0.0.1'],
    ['ANI', '{number}'],
    ['Destination-Number', '{destination}'],
    ['Unique-ID', '{uuid}'],
    ['Source', 'mod_sofia'],
    ['Context', '{context}'],
    ['Channel-Name', '{name}'],
    ['Profile-Index', '{profileIndex}'],
    ['Profile-Created-Time', '{created}'],
    ['Channel-Created-Time', '{created}'],
    ['Channel-Answered-Time', '{answered}'],
    ['Channel-Progress-Time', '0'],
    ['Channel-Progress-Media-Time', '0'],
    ['Channel-Hangup-Time', '{ended}'],
    ['Channel-Transfer-Time', '0'],
    ['Channel-Resurrect-Time', '0'],
    ['Channel-Bridged-Time', '{bridged}'],
    ['Channel-Last-Hold', '0'],
    ['Channel-Hold-Accum', '0'],
    ['Screen-Bit', 'true'],
    ['Privacy-Hide-Name', 'false'],
    ['Privacy-Hide-Number', 'false'],
  ]
  // The switch leaves headers without a value out.
  return kind === 'anonymous'
    ? headers.filter(([, value]) => !/^.(callerName|shownName).$/.test(value))
    : headers
}

const profiles = {
  inbound: profileTemplates('inbound'),
  outbound: profileTemplates('outbound'),
  anonymous: profileTemplates('anonymous'),
}

function profileTemplates(kind: 'inbound' | 'outbound' | 'anonymous') {
  return {
    profile: createTemplate(profileTemplate(kind), 'Caller-'),
    asOther: createTemplate(profileTemplate(kind), 'Other-Leg-'),
  }
}

const codecText = createTemplate(codecs).shared

/** What the switch says of itself in each event. */
export interface SwitchIdentity {
  readonly coreUuid: string
  readonly hostname: string
}

/** Writes the text of events. One of these serves a whole switch: it keeps the parts that repeat. */
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

  /** The text of one event without the frame around it, in pieces: joining them is left to the reader. */
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
    if (channel && channel.kind !== 'stillborn') {
      pieces.push(codecText[format.name])
      addProfiles(pieces, channel, format)
    }
    if (channel && scope !== 'brief') {
      pieces.push(...channel.fixedVariables(format), setVariables(channel, format))
      if (scope === 'final' && channel.kind !== 'stillborn') {
        pieces.push(completion.shared[format.name], completion.render(times(channel), format))
      }
    }
    pieces.push((last ? headers(last, format) : '') + format.close(body))
    return pieces
  }
}

/** `2026-11-21 23:13:55`, in UTC. */
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
    format.header('Channel-Name', channel.kind === 'stillborn' ? 'N/A' : channel.name) +
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

/** While it hangs up or is transferred, a channel's number is ahead of its name. */
function stateAhead({ state, isLeaving, isUp, isGone }: Channel): ChannelState {
  if (!isUp && !isGone) return 'CS_HANGUP'
  return isLeaving ? 'CS_ROUTING' : state
}

function addProfiles(pieces: string[], channel: Channel, format: Format): void {
  const kind = profileKind(channel)
  pieces.push(profiles[kind].profile.shared[format.name], profile(channel, 'profile', format))
  if (!channel.other) return
  const { type, channel: other } = channel.other
  pieces.push(
    format.header('Other-Type', type),
    profiles[profileKind(other)].asOther.shared[format.name],
    profile(other, 'asOther', format),
  )
}

function profileKind(channel: Channel): keyof typeof profiles {
  return channel.shownName === '' ? 'anonymous' : channel.direction
}

function profile(channel: Channel, as: 'profile' | 'asOther', format: Format): string {
  return channel.cached(format, as, () => {
    const text = profiles[profileKind(channel)][as].render(profileFields(channel), format)
    const prefix = as === 'profile' ? 'Caller' : 'Other-Leg'
    return channel.transferSource === ''
      ? text
      : text + format.header(`${prefix}-Transfer-Source`, channel.transferSource)
  })
}

function profileFields(channel: Channel): Fields {
  return {
    uuid: channel.uuid,
    name: channel.name,
    number: channel.callerNumber,
    callerName: channel.callerName,
    shownName: channel.shownName,
    shownNumber: channel.shownNumber,
    dialled: channel.dialled,
    direction: channel.direction,
    destination: channel.destination,
    context: channel.context,
    profileIndex: String(channel.profileIndex),
    created: micros(channel.createdAt),
    answered: micros(channel.answeredAt),
    bridged: micros(channel.bridgedAt),
    ended: micros(channel.endedAt),
  }
}

function micros(at: EpochMs): string {
  return at === 0 ? '0' : `${at}000`
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
