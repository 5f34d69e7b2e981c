import type { EpochMs } from '../catalogue/ids.ts'
import type { Channel } from './channel.ts'
import { createTemplate, type Fields, type HeaderTemplate } from './template.ts'
import type { Format } from './wire-text.ts'

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
  // The switch leaves out headers without a value.
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

/** Appends the caller profile of `channel`, and of its other leg if it has one, to the pieces of an event. */
export function addProfiles(pieces: string[], channel: Channel, format: Format): void {
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

/** Epoch microseconds, as the switch writes instants; 0 stays 0. */
export function micros(at: EpochMs): string {
  return at === 0 ? '0' : `${at}000`
}
