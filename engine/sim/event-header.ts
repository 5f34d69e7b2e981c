import type { Channel } from './channel.ts'
import { eventKinds } from './event-kinds.ts'
import type { EventContent, Extra } from './event-text.ts'
import type { ByteString } from './wire-text.ts'

/** The headers that filters use most. Any other is looked up in the event's text. */
const ofChannel: Readonly<Record<string, (channel: Channel) => ByteString | undefined>> = {
  'Unique-ID': ({ uuid }) => uuid,
  'Channel-State': ({ state }) => state,
  'Channel-Call-State': ({ callState }) => callState,
  'Answer-State': ({ answerState }) => answerState,
  'Call-Direction': ({ direction }) => direction,
  'Hangup-Cause': ({ hangupCause }) => hangupCause,
  'Caller-Destination-Number': ({ destination }) => destination,
  'Other-Leg-Unique-ID': ({ other }) => other?.channel.uuid,
}

/** Returns one header of an event. `text` renders the event, and is called only for headers that need it. */
export function headerOf(
  content: EventContent,
  name: string,
  text: () => string,
): ByteString | undefined {
  const { channel } = content
  if (name === 'Event-Name') return content.name
  const own = valueIn(content.last, name) ?? valueIn(content.first, name)
  if (own !== undefined) return own
  // Only EXECUTE events name an application, in the extra headers searched above.
  if (name.startsWith('Application')) return undefined
  const read = ofChannel[name]
  if (read) return channel && read(channel)
  if (name.startsWith('variable_')) {
    const { scope } = eventKinds[content.name]
    const hasVariables = channel && (scope === 'full' || scope === 'final')
    return hasVariables ? channel.variable(name.slice('variable_'.length)) : undefined
  }
  const line = text()
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}: `))
  return line === undefined ? undefined : decodeURIComponent(line.slice(name.length + 2))
}

function valueIn(headers: Extra | undefined, name: string): ByteString | undefined {
  return headers?.find(([given]) => given === name)?.[1]
}
